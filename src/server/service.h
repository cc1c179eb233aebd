#pragma once

// What the listener serves: the seam between sockets and everything else.

#include <cstddef>
#include <string_view>

#include "server/http.h"
#include "server/request_head.h"

namespace assay::server {

class Service {
 public:
  virtual ~Service() = default;

  // How many bytes of body a request of this method and path may have. Called on the I/O thread: must not block.
  virtual std::size_t max_body(Method method, std::string_view path) const = 0;

  // The whole answer, with every header but those of framing. Called on the thread pool; must not throw. `request` has
  // method, path, query, headers, body, peer, secure and loopback as the connection has them.
  virtual Response answer(Request request) = 0;

  // The answer to a request that never became one. Called on the I/O thread: must not block.
  virtual Response refuse(const Request& request, const Refusal& refusal) = 0;
};

}  // namespace assay::server

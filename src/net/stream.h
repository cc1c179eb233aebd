#pragma once

// Byte streams towards a target. Plain interfaces: the sockets are in tcp.cpp, TLS in tls/session.cpp.

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/bytes.h"
#include "base/error.h"
#include "base/time.h"
#include "net/task.h"

namespace assay::net {

enum class CloseMode {
  graceful,  // FIN
  reset,     // RST (SO_LINGER 0): leaves no TIME_WAIT; what TLS probes use
};

class Stream {
 public:
  virtual ~Stream() = default;

  // At least one byte, or 0 when the peer closed in good order. Errors: timeout, cancelled, connection, budget_spent.
  virtual Task<Result<std::size_t>> read_some(std::span<std::uint8_t> into, Deadline deadline) = 0;
  // Everything, or an error.
  virtual Task<Result<void>> write_all(ByteView data, Deadline deadline) = 0;
  virtual void close(CloseMode mode) = 0;
  // "127.0.0.1:443" or "[::1]:443".
  virtual std::string peer() const = 0;
};

}  // namespace assay::net

#pragma once

// Finds what a TLS server accepts (versions, suites, groups) with as few connections as can prove it. Knows no sockets:
// it asks through a Prober. How it goes about it and what it costs: docs/tls-enumeration.md.

#include <string>

#include "model/tls.h"
#include "net/task.h"
#include "net/tls/client_hello.h"
#include "net/tls/server_answer.h"

namespace assay::net::tls {

enum class EnumerationMode {
  policy,      // is anything below TLS 1.2 accepted? what is the best version? Two to four probes
  full,        // every version and every suite that TLS libraries ship; the groups that show on the way
  exhaustive,  // full, every other registered suite, and every group
};
std::string_view to_string(EnumerationMode mode);

// One hello on one new connection.
class Prober {
 public:
  virtual ~Prober() = default;
  // Sends `hello` and reads the answer. Failures are answers too (AnswerKind::failed).
  virtual Task<Answer> ask(ClientHello hello) = 0;
};

// `server_name`: for SNI; empty for addresses. The result has every field but host, port and address. `connections`
// counts the calls of ask(). Ends early, keeping what is known, when the prober is cancelled or refused.
Task<TlsEnumeration> enumerate(Prober& prober, std::string server_name, EnumerationMode mode);

}  // namespace assay::net::tls

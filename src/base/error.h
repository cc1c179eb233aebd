#pragma once

// Failures that a caller handles. Every error names the thing, the reason and the remedy, in one line.

#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace assay {

// What kind of failure it is; decides the exit code and the reason code of an `inconclusive` verdict.
enum class ErrorCode {
  invalid_input,    // what the user or a foreign party gave cannot be read
  not_found,        // a named thing does not exist
  unsupported,      // understood, and not (yet) done by this build
  limit_exceeded,   // a size, depth, count or ratio limit was reached
  timeout,          // a deadline passed
  cancelled,        // the user or the program asked to stop
  egress_refused,   // the egress guard does not allow the address, port or scheme
  budget_spent,     // the scan's budget for this link, or its bytes or time, is used up
  host_paused,      // the host asked to be left alone (Retry-After) or keeps answering 5xx
  name_resolution,  // the name has no address, or the resolver did not answer
  connection,       // refused, reset, unreachable, closed early
  tls,              // a TLS failure
  protocol,         // the peer broke the protocol beyond what we tolerate
  io,               // a file or the operating system
  crypto,           // a cryptographic operation failed
  conflict,         // the stored state does not allow it
  internal,         // a defect of ours
};

// The stable name of `code` in JSON and in verdict reasons, e.g. "egress-refused".
std::string_view to_string(ErrorCode code);

struct Error {
  ErrorCode code = ErrorCode::internal;
  std::string thing;   // what was being worked on: a file, URL, option, host
  std::string reason;  // why it failed
  std::string remedy;  // what the reader can do; may be empty

  // "thing: reason (remedy)", one line, control characters replaced.
  std::string message() const;
};

template <class T>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(ErrorCode code, std::string thing, std::string reason, std::string remedy = {}) {
  return std::unexpected<Error>(Error{code, std::move(thing), std::move(reason), std::move(remedy)});
}

}  // namespace assay

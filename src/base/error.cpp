#include "base/error.h"

#include "base/text.h"

namespace assay {

std::string_view to_string(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_input:
      return "invalid-input";
    case ErrorCode::not_found:
      return "not-found";
    case ErrorCode::unsupported:
      return "unsupported";
    case ErrorCode::limit_exceeded:
      return "limit-exceeded";
    case ErrorCode::timeout:
      return "timeout";
    case ErrorCode::cancelled:
      return "cancelled";
    case ErrorCode::egress_refused:
      return "egress-refused";
    case ErrorCode::budget_spent:
      return "budget-spent";
    case ErrorCode::host_paused:
      return "host-paused";
    case ErrorCode::name_resolution:
      return "name-resolution";
    case ErrorCode::connection:
      return "connection";
    case ErrorCode::tls:
      return "tls";
    case ErrorCode::protocol:
      return "protocol";
    case ErrorCode::io:
      return "io";
    case ErrorCode::crypto:
      return "crypto";
    case ErrorCode::conflict:
      return "conflict";
    case ErrorCode::internal:
      return "internal";
  }
  return "internal";
}

std::string Error::message() const {
  std::string line = thing;
  if (!line.empty() && !reason.empty()) line += ": ";
  line += reason;
  if (!remedy.empty()) line += " (" + remedy + ")";
  return printable(line);
}

}  // namespace assay

#pragma once

// What our server demands of a request's head beyond Beast 1.81, which accepts folded header lines, unknown transfer
// encodings and a missing Host (reference: measured, docs/threat-model.md), and the head of its answers.

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "server/http.h"

namespace assay::server {

// Why a request is answered before any handler sees it; the connection is closed afterwards.
struct Refusal {
  int status = 400;
  std::string type;    // the last segment of the problem's type
  std::string detail;  // for people
};

inline constexpr std::size_t kMaxHead = 16'384;  // bytes of request line and header
inline constexpr int kMaxFields = 100;

// `head`: all up to and including the empty line. Refused: bare CR or LF, control characters, folded lines, white space
// before a colon, a name that is no token, more than kMaxFields fields, another version than HTTP/1.0 and 1.1.
std::optional<Refusal> check_raw_head(std::string_view head);

// How the body is framed and what the client expects.
struct Framing {
  bool keep_alive = true;
  bool chunked = false;
  std::uint64_t length = 0;  // of a body that is not chunked
  bool expects_continue = false;
};
// Refused: not exactly one Host in HTTP/1.1 or a Host that is no host, both Content-Length and Transfer-Encoding, more
// than one of either, another coding than "chunked" (501) or any in HTTP/1.0, an Expect that is not 100-continue (417).
std::expected<Framing, Refusal> check_framing(bool version_1_0, const Headers& headers);

// Status line and header of an answer. Line breaks and other controls in values are dropped.
// `length`: of the body; nullopt for none at all (204, 304, event streams and chunked bodies).
std::string response_head(const Response& response, std::optional<std::uint64_t> length, bool chunked, bool keep_alive,
                          Time date);

}  // namespace assay::server

#pragma once

// Content codings that a server applied although we asked for none (Accept-Encoding: identity).

#include <string>
#include <string_view>

#include "base/bytes.h"

namespace assay::net::http {

// Decoding ends at `max_bytes` of output, or where the output is `max_ratio` times the input and more than `ratio_from`
// bytes: a bomb costs us little more than what it took on the wire.
struct DecodeLimits {
  std::size_t max_bytes = 2U << 20U;
  std::size_t max_ratio = 200;
  std::size_t ratio_from = 256U << 10U;
};

struct Decoded {
  std::string body;
  bool limited = false;   // a limit was reached; `body` is what came before
  bool broken = false;    // the data ended early or is damaged; `body` is what could be read
  bool mismatch = false;  // not in this coding at all; `body` is the input
  bool trailing = false;  // bytes followed the end of the coded data
};

// True for "gzip", "x-gzip" and "deflate".
bool can_decode(std::string_view coding);

// `coding` is one of those (lower case). "deflate" may be zlib (RFC 1950) or, as many servers send, raw (RFC 1951).
Decoded decode_content(std::string_view coding, std::string_view data, const DecodeLimits& limits = {});

}  // namespace assay::net::http

#pragma once

// How long the body of a response is (RFC 9112 §6.3), when the fields that say so may be wrong.

#include <cstdint>
#include <string>
#include <vector>

#include "net/http/anomaly.h"
#include "net/http/head.h"

namespace assay::net::http {

struct Framing {
  enum class Body {
    none,    // HEAD, 101, 204, 304
    length,  // `length` bytes
    chunked,
    until_close,
  };
  Body body = Body::until_close;
  std::uint64_t length = 0;
  std::vector<std::string> transfer_codings;  // besides chunked, lower case, in the order applied
  bool reusable = false;                      // another request may follow on the connection; never after a doubt
};

// A wrong length never makes us wait for bytes that do not come: of several lengths the smallest counts, chunked beats
// a length, and what cannot be understood is read until the server closes.
Framing decide_framing(const Head& head, bool head_request, Anomalies& anomalies);

// The comma-separated, lower-case, non-empty elements of every field called `name`, parameters removed.
std::vector<std::string> list_elements(const std::vector<HttpField>& fields, std::string_view name);

}  // namespace assay::net::http

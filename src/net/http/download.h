#pragma once

// One request for a file that is no evidence by itself, e.g. a certificate revocation list. Through the gate as
// everything; on a connection of its own; redirects are not followed.

#include <string>

#include "base/error.h"
#include "base/url.h"
#include "net/gate.h"
#include "net/http/response_reader.h"
#include "net/task.h"

namespace assay::net::http {

struct Download {
  Url url;  // http only
  std::string method = "GET";
  std::string body;
  std::string body_type;    // Content-Type when there is a body
  std::string link;         // what it is booked on
  std::string purpose;      // for the request log
  std::size_t max_bytes{};  // of content
};

// The content of a complete answer with status 200. Errors: those of Gate; protocol (another status, or no whole
// content); limit_exceeded.
Task<Result<std::string>> download(Gate& gate, ScanContext& scan, Download request);

}  // namespace assay::net::http

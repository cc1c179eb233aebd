#pragma once

// Every error that the server answers is a problem document (RFC 9457, application/problem+json).

#include "base/error.h"
#include "server/http.h"

namespace assay::server {

// The HTTP status of a failure of ours; the one table.
int status_of(ErrorCode code);

// The answer to a failed request: type "/problems/CODE" (relative; e.g. "/problems/not-found"), title, status, detail
// (reason and remedy), thing and request_id. A failure of ours (5xx) tells the client nothing but its request_id; the
// log has the rest.
Response problem(const Request& request, const Error& error);

// A problem that has no ErrorCode: `type` is the last segment of its URI, e.g. "precondition-failed".
Response problem(const Request& request, int status, std::string_view type, std::string_view detail);

// "Not Found"; "" for a status that is not known.
std::string_view status_text(int status);

}  // namespace assay::server

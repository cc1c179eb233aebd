#pragma once

// Preconditions (RFC 9110 §13) on rows that carry a version, and requests that may be sent twice (Idempotency-Key).

#include <functional>

#include "ledger/ledger.h"
#include "server/http.h"

namespace assay::server {

// "\"7\"": the entity tag of a row's version.
std::string etag_of(long long version);

// For unsafe requests on a versioned row: nullopt when If-Match names `version` (or is "*"); otherwise the answer, 428
// without the header and 412 with another version.
std::optional<Response> check_if_match(const Request& request, long long version);

// Adds `etag` to the answer, and makes it a 304 without body when If-None-Match names it.
Response with_etag(const Request& request, Response response, const std::string& etag);

// Runs `body` in one transaction of the ledger. With an Idempotency-Key header (1 to 255 visible ASCII characters) the
// answer is kept in the same transaction for 24 hours, and a second request of the same actor with the key and the same
// content gets it again, marked "Idempotency-Replayed: true"; with other content it is a conflict. An error is not
// kept.
Response in_transaction(ledger::Ledger& ledger, const Request& request,
                        const std::function<Result<Response>(ledger::Work&)>& body);

}  // namespace assay::server

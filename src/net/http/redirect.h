#pragma once

// Which request follows a redirect (RFC 9110 §15.4), if any.

#include <optional>
#include <vector>

#include "model/exchange.h"
#include "net/http/client.h"

namespace assay::net::http {

// The request that `status` and `fields`, the answer to `request`, ask for: the Location seen from the URL asked.
// Another host than those of `redirect_hosts`, another scheme than http(s), or user information in it ends the chain.
// 301, 302 and 303 are followed by GET (HEAD stays HEAD); what proves who we are goes to the same origin only.
std::optional<Request> follow_redirect(const Request& request, int status, const std::vector<HttpField>& fields);

}  // namespace assay::net::http

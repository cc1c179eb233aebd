#pragma once

// Cross-site request forgery: an unsafe request that comes with a session must prove that a page of ours sent it.

#include <optional>
#include <string>

#include "server/http.h"

namespace assay::server::auth {

// The origin of this server as a browser names it: `public_origin` when the operator gave one, else by scheme and Host.
std::string own_origin(const Request& request, const std::string& public_origin);

// Why the request is refused; nullopt when it may go on. It must carry the session's token in X-CSRF-Token; an Origin
// and a Sec-Fetch-Site, when the browser sent them, must be our own. Requests with a token of their own (Authorization)
// and safe ones need nothing: no browser adds that by itself.
std::optional<std::string> forgery_reason(const Request& request, const std::string& public_origin);

// Compares secrets in a time that does not tell where they differ.
bool same_secret(std::string_view a, std::string_view b);

}  // namespace assay::server::auth

#pragma once

// Cookies of our own: the session and, while somebody signs in, the secret of that attempt.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "server/http.h"

namespace assay::server::auth {

// Over TLS the names have the prefix __Host-: a browser then takes them only with Secure, Path=/ and without Domain, so
// that no neighbour can set them. Plain HTTP, which is served on loopback only, cannot have that: there the cookies
// have other names, so that one is never taken for the other.
std::string session_cookie_name(bool secure);
std::string login_cookie_name(bool secure);

// The value of the cookie `name`. Nullopt when it is absent, comes twice with different values, or when the request has
// more than 100 cookies.
std::optional<std::string> find_cookie(const Headers& headers, std::string_view name);

// Set-Cookie: HttpOnly, SameSite=Lax, Path=/, Secure when `secure`. `value`: of base64url characters and '.'.
std::string make_cookie(std::string_view name, std::string_view value, bool secure, std::chrono::seconds max_age);
std::string clear_cookie(std::string_view name, bool secure);

}  // namespace assay::server::auth

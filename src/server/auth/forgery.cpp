#include "server/auth/forgery.h"

#include <openssl/crypto.h>

#include "base/url.h"

namespace assay::server::auth {

std::string own_origin(const Request& request, const std::string& public_origin) {
  if (!public_origin.empty()) return public_origin;
  const auto url =
      parse_url((request.secure ? "https://" : "http://") + std::string(request.headers.get("Host")) + "/");
  return url ? url->origin() : std::string();
}

bool same_secret(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::optional<std::string> forgery_reason(const Request& request, const std::string& public_origin) {
  if (is_safe(request.method) || request.actor.kind != Actor::Kind::session) return std::nullopt;
  if (const auto site = request.headers.find("Sec-Fetch-Site"); site && *site != "same-origin")
    return "Sec-Fetch-Site says that another site sent the request";
  if (const auto origin = request.headers.find("Origin"); origin && *origin != own_origin(request, public_origin))
    return "Origin says that another site sent the request";
  const auto token = request.headers.find("X-CSRF-Token");
  if (!token) return "X-CSRF-Token is missing";
  if (request.actor.csrf.empty() || !same_secret(*token, request.actor.csrf))
    return "X-CSRF-Token is not the session's";
  return std::nullopt;
}

}  // namespace assay::server::auth

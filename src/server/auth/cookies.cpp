#include "server/auth/cookies.h"

#include <fmt/format.h>

#include "base/text.h"

namespace assay::server::auth {

namespace {
constexpr int kMaxCookies = 100;
}

std::string session_cookie_name(bool secure) {
  return secure ? "__Host-assay" : "assay-plain-http";
}

std::string login_cookie_name(bool secure) {
  return secure ? "__Host-assay-login" : "assay-plain-http-login";
}

std::optional<std::string> find_cookie(const Headers& headers, std::string_view name) {
  std::optional<std::string> found;
  int cookies = 0;
  for (const auto& field : headers.all()) {
    if (!iequals(field.name, "Cookie")) continue;
    for (const std::string_view part : split(field.value, ';')) {
      if (++cookies > kMaxCookies) return std::nullopt;
      const std::size_t equals = part.find('=');
      if (equals == std::string_view::npos || trim(part.substr(0, equals)) != name) continue;
      std::string value(trim(part.substr(equals + 1)));
      if (found && *found != value) return std::nullopt;
      found = std::move(value);
    }
  }
  return found;
}

std::string make_cookie(std::string_view name, std::string_view value, bool secure, std::chrono::seconds max_age) {
  return fmt::format("{}={}; Path=/; Max-Age={}; HttpOnly; SameSite=Lax{}", name, value, max_age.count(),
                     secure ? "; Secure" : "");
}

std::string clear_cookie(std::string_view name, bool secure) {
  return make_cookie(name, "", secure, std::chrono::seconds(0));
}

}  // namespace assay::server::auth

#include "judge/session_cookie.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "base/ascii.h"
#include "base/text.h"

namespace assay::judge {

namespace {

constexpr std::size_t kMinRandomValue = 20;  // characters
constexpr double kMinBits = 3.0;             // Shannon entropy per character; hexadecimal text has 3.2 to 4

// "connect.sid" → connect, sid; "accessToken" → access, token; "ASP.NET_SessionId" → asp, net, session, id.
std::vector<std::string> words_of(std::string_view name) {
  std::vector<std::string> words(1);
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    const bool letter = is_upper(c) || is_lower(c);
    if (!letter) {
      words.emplace_back();
      continue;
    }
    if (is_upper(c) && i > 0 && is_lower(name[i - 1])) words.emplace_back();
    words.back().push_back(is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c);
  }
  std::erase_if(words, [](const std::string& w) { return w.empty(); });
  return words;
}

template <std::size_t N>
bool any_word(const std::vector<std::string>& words, const std::array<std::string_view, N>& list) {
  return std::ranges::any_of(
      words, [&](const std::string& w) { return std::ranges::find(list, std::string_view(w)) != list.end(); });
}

bool is_infrastructure(std::string_view name) {
  constexpr std::array<std::string_view, 16> kPrefixes = {"AWSALB",       "AWSELB",
                                                          "ARRAffinity",  "heroku-session-affinity",
                                                          "__cf_bm",      "__cflb",
                                                          "_cfuvid",      "cf_clearance",
                                                          "GCLB",         "GAESA",
                                                          "BIGipServer",  "INGRESSCOOKIE",
                                                          "SERVERID",     "ApplicationGatewayAffinity",
                                                          "visid_incap_", "incap_ses_"};
  return std::ranges::any_of(kPrefixes, [&](std::string_view p) { return istarts_with(name, p); });
}

bool is_session_name(const std::vector<std::string>& words) {
  constexpr std::array<std::string_view, 30> kWords = {
      "sid",   "sess",      "session",      "sessionid",  "sessid", "jsessionid", "phpsessid", "aspsessionid",
      "cfid",  "cftoken",   "auth",         "authn",      "token",  "jwt",        "login",     "identity",
      "sso",   "saml",      "remember",     "credential", "ticket", "bearer",     "accesskey", "apikey",
      "oauth", "authtoken", "sessiontoken", "aspxauth",   "userid", "idtoken"};
  return any_word(words, kWords);
}

bool is_jwt(std::string_view value) {
  return value.starts_with("eyJ") && std::ranges::count(value, '.') >= 2;
}

double bits_per_character(std::string_view s) {
  std::array<int, 256> counts{};
  for (const char c : s) ++counts.at(static_cast<unsigned char>(c));
  double bits = 0;
  for (const int n : counts) {
    if (n == 0) continue;
    const double p = static_cast<double>(n) / static_cast<double>(s.size());
    bits -= p * std::log2(p);
  }
  return bits;
}

// Long, without spaces or separators of structured values, letters and digits mixed, high entropy; UUIDs included.
bool is_random(std::string_view value) {
  if (value.size() < kMinRandomValue) return false;
  const bool plain = std::ranges::all_of(value, [](char c) {
    return is_upper(c) || is_lower(c) || is_digit(c) || std::string_view("-_.~%+/=:").find(c) != std::string_view::npos;
  });
  const bool mixed = std::ranges::any_of(value, is_digit) &&
                     std::ranges::any_of(value, [](char c) { return is_upper(c) || is_lower(c); });
  const bool address = istarts_with(value, "http") || value.starts_with('/');
  return plain && mixed && !address && bits_per_character(value) >= kMinBits;
}

}  // namespace

CookieRole role_of(const SetCookie& cookie) {
  if (is_infrastructure(cookie.name)) return CookieRole::infrastructure;
  const auto words = words_of(cookie.name);
  if (icontains(cookie.name, "csrf") || icontains(cookie.name, "xsrf") || icontains(cookie.name, "forgery"))
    return CookieRole::anti_forgery;
  if (is_jwt(cookie.value)) return CookieRole::session;
  if (istarts_with(cookie.name, "ASPSESSIONID") || is_session_name(words)) return CookieRole::session;
  return is_random(cookie.value) ? CookieRole::likely_session : CookieRole::other;
}

}  // namespace assay::judge

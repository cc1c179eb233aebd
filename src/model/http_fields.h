#pragma once

// Values of the HTTP response fields that judges read. Tolerant where the specification tells a receiver to be, strict
// in what comes out: a value that the receiver has to ignore is an error here, with the reason. All functions are pure
// and linear in their input; values longer than kMaxFieldValue are refused.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/time.h"

namespace assay {

inline constexpr std::size_t kMaxFieldValue = 64U << 10U;  // bytes

// Strict-Transport-Security, RFC 6797 §6.1.
struct Hsts {
  std::int64_t max_age = 0;  // seconds; larger values are cut to the largest int64
  bool include_sub_domains = false;
  bool preload = false;  // not in the RFC; what the preload list asks for
};
// One field value. Errors (a browser ignores the header): no or a malformed max-age, a repeated directive, a directive
// that is no token, a comma (two values joined).
Result<Hsts> parse_hsts(std::string_view value);

// Set-Cookie, RFC 6265bis §5.6.
struct SetCookie {
  std::string name;  // may be empty
  std::string value;
  std::optional<std::int64_t> max_age;  // seconds, may be negative; the last valid one wins
  std::optional<Time> expires;          // the last valid one wins
  std::string domain;                   // lower case, leading dot removed; "" when absent
  std::string path;                     // "" when absent or not starting with '/'
  bool secure = false;
  bool http_only = false;
  bool partitioned = false;
  std::optional<std::string> same_site;  // as sent, lower case; may be none of "strict", "lax", "none"
};
// Errors (a browser drops the cookie): a control character, neither name nor value, name and value above 4096 bytes.
Result<SetCookie> parse_set_cookie(std::string_view value);

// Seconds from `received` for which the cookie is kept: Max-Age before Expires; nullopt for a session cookie.
// Zero or less means that the cookie is being deleted.
std::optional<std::int64_t> lifetime_of(const SetCookie& cookie, Time received);

// Why the cookie breaks the rule of its name's prefix (__Secure-, __Host-, __Http-, __Host-Http-; case-insensitive,
// also at the start of a nameless cookie's value), so that browsers drop it; nullopt when it does not.
std::optional<std::string> prefix_violation(const SetCookie& cookie);

// A cookie-date, RFC 6265bis §5.1.1.
std::optional<Time> parse_cookie_date(std::string_view text);

// Cache-Control, RFC 9111 §5.2.
struct CacheDirective {
  std::string name;                     // lower case
  std::optional<std::string> argument;  // unquoted
};
struct CacheControl {
  std::vector<CacheDirective> directives;  // in order, repeated ones kept
  bool has(std::string_view name) const;   // with or without argument
};
// All values of the field joined, as RFC 9110 §5.3 says. Parts that are no directive are skipped.
CacheControl parse_cache_control(const std::vector<std::string>& values);

// Referrer-Policy: the policy that a list of field values leaves in force (W3C Referrer Policy §8.1: the last
// recognised token); nullopt when none is recognised.
std::optional<std::string> referrer_policy_of(const std::vector<std::string>& values);
// The policy that the last recognised <meta name="referrer"> of an HTML text sets, legacy keywords translated; nullopt
// when there is none. Comments and the contents of script, style, template, textarea, title and noscript are skipped.
std::optional<std::string> meta_referrer_policy(std::string_view html);

// Allow, RFC 9110 §10.2.1: the methods in order, as sent (methods are case-sensitive); parts that are no token are
// skipped.
std::vector<std::string> parse_allow(const std::vector<std::string>& values);

// The media type of a Content-Type value, lower case, without parameters: "text/html"; "" when it is none.
std::string media_type_of(std::string_view content_type);

}  // namespace assay

// Set-Cookie: the receiving side's algorithms of RFC 6265bis (§5.1.1 cookie-date, §5.6 the header, §5.7 prefixes).

#include <algorithm>
#include <array>
#include <chrono>

#include "base/ascii.h"
#include "base/text.h"
#include "model/http_fields.h"

namespace assay {

namespace {

constexpr std::size_t kMaxNameAndValue = 4096;  // bytes
constexpr std::size_t kMaxAttributeValue = 1024;
constexpr std::size_t kMaxMaxAgeDigits = 18;  // fits an int64

bool is_date_delimiter(char c) {
  const auto u = static_cast<unsigned char>(c);
  return u == 0x09 || (u >= 0x20 && u <= 0x2F) || (u >= 0x3B && u <= 0x40) || (u >= 0x5B && u <= 0x60) ||
         (u >= 0x7B && u <= 0x7E);
}

// A run of min..max digits at the start of `s`, not followed by one more digit; the rest is ignored.
std::optional<int> leading_number(std::string_view s, std::size_t min, std::size_t max) {
  std::size_t n = 0;
  int value = 0;
  while (n < s.size() && is_digit(s[n])) {
    if (n == max) return std::nullopt;
    value = value * 10 + (s[n] - '0');
    ++n;
  }
  if (n < min) return std::nullopt;
  return value;
}

struct ClockTime {
  int hour, minute, second;
};

std::optional<ClockTime> clock_time(std::string_view token) {
  const auto parts = split(token, ':');
  if (parts.size() != 3) return std::nullopt;
  // The first two parts are digits only; the last may be followed by anything that is no digit.
  for (std::size_t i = 0; i < 2; ++i)
    if (parts[i].empty() || !std::ranges::all_of(parts[i], is_digit)) return std::nullopt;
  const auto hour = leading_number(parts[0], 1, 2);
  const auto minute = leading_number(parts[1], 1, 2);
  const auto second = leading_number(parts[2], 1, 2);
  if (!hour || !minute || !second) return std::nullopt;
  return ClockTime{*hour, *minute, *second};
}

std::optional<int> month_number(std::string_view token) {
  constexpr std::array<std::string_view, 12> kMonths = {"jan", "feb", "mar", "apr", "may", "jun",
                                                        "jul", "aug", "sep", "oct", "nov", "dec"};
  for (std::size_t i = 0; i < kMonths.size(); ++i)
    if (istarts_with(token, kMonths.at(i))) return static_cast<int>(i) + 1;
  return std::nullopt;
}

void apply_attribute(SetCookie& cookie, std::string_view name, std::string_view value) {
  if (value.size() > kMaxAttributeValue) return;
  if (iequals(name, "secure")) {
    cookie.secure = true;
  } else if (iequals(name, "httponly")) {
    cookie.http_only = true;
  } else if (iequals(name, "partitioned")) {
    cookie.partitioned = true;
  } else if (iequals(name, "samesite")) {
    cookie.same_site = ascii_lower(value);
  } else if (iequals(name, "path")) {
    cookie.path = value.starts_with('/') ? std::string(value) : std::string();
  } else if (iequals(name, "domain")) {
    cookie.domain = ascii_lower(value.starts_with('.') ? value.substr(1) : value);
  } else if (iequals(name, "expires")) {
    if (const auto date = parse_cookie_date(value)) cookie.expires = date;
  } else if (iequals(name, "max-age")) {
    const bool negative = value.starts_with('-');
    const auto digits = negative ? value.substr(1) : value;
    if (digits.empty() || !std::ranges::all_of(digits, is_digit)) return;
    std::int64_t seconds = 0;
    for (const char c : digits.substr(0, kMaxMaxAgeDigits)) seconds = seconds * 10 + (c - '0');
    cookie.max_age = negative ? -seconds : seconds;
  }
}

}  // namespace

std::optional<Time> parse_cookie_date(std::string_view text) {
  std::optional<ClockTime> clock;
  std::optional<int> day;
  std::optional<int> month;
  std::optional<int> year;
  for (std::size_t i = 0; i < text.size();) {
    while (i < text.size() && is_date_delimiter(text[i])) ++i;
    const auto start = i;
    while (i < text.size() && !is_date_delimiter(text[i])) ++i;
    const auto token = text.substr(start, i - start);
    if (token.empty()) continue;
    // Each part is the first token that fits and that no earlier part has taken.
    if (!clock) {
      clock = clock_time(token);
      if (clock) continue;
    }
    if (!day) {
      day = leading_number(token, 1, 2);
      if (day) continue;
    }
    if (!month) {
      month = month_number(token);
      if (month) continue;
    }
    if (!year) year = leading_number(token, 2, 4);
  }
  if (!clock || !day || !month || !year) return std::nullopt;
  if (*year >= 70 && *year <= 99) *year += 1900;
  if (*year >= 0 && *year <= 69) *year += 2000;
  const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (*year < 1601 || !date.ok() || clock->hour > 23 || clock->minute > 59 || clock->second > 59) return std::nullopt;
  return Time(std::chrono::sys_days(date)) + std::chrono::hours(clock->hour) + std::chrono::minutes(clock->minute) +
         std::chrono::seconds(clock->second);
}

Result<SetCookie> parse_set_cookie(std::string_view value) {
  const auto dropped = [](std::string reason) {
    return fail(ErrorCode::invalid_input, "Set-Cookie", std::move(reason), "browsers drop this cookie");
  };
  if (value.size() > kMaxFieldValue) return dropped("is too long");
  for (const char c : value) {
    const auto u = static_cast<unsigned char>(c);
    if ((u < 0x20 && u != 0x09) || u == 0x7F) return dropped("has a control character");
  }
  const auto parts = split(value, ';');
  const auto pair = parts.front();
  const auto equals = pair.find('=');
  SetCookie cookie;
  cookie.name = equals == std::string_view::npos ? std::string() : std::string(trim(pair.substr(0, equals)));
  cookie.value = std::string(trim(equals == std::string_view::npos ? pair : pair.substr(equals + 1)));
  if (cookie.name.empty() && cookie.value.empty()) return dropped("has neither a name nor a value");
  if (cookie.name.size() + cookie.value.size() > kMaxNameAndValue) return dropped("is larger than 4096 bytes");
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const auto at = parts[i].find('=');
    const auto name = trim(parts[i].substr(0, at));
    const auto argument = at == std::string_view::npos ? std::string_view() : trim(parts[i].substr(at + 1));
    apply_attribute(cookie, name, argument);
  }
  return cookie;
}

std::optional<std::int64_t> lifetime_of(const SetCookie& cookie, Time received) {
  if (cookie.max_age) return cookie.max_age;
  if (!cookie.expires) return std::nullopt;
  return std::chrono::duration_cast<std::chrono::seconds>(*cookie.expires - received).count();
}

std::optional<std::string> prefix_violation(const SetCookie& cookie) {
  const bool host = istarts_with(cookie.name, "__Host-");
  const bool host_http = istarts_with(cookie.name, "__Host-Http-");
  const bool http = istarts_with(cookie.name, "__Http-");
  const bool secure = istarts_with(cookie.name, "__Secure-");
  if (cookie.name.empty()) {
    for (const std::string_view prefix : {"__Host-", "__Http-", "__Secure-"})
      if (istarts_with(cookie.value, prefix)) return "a nameless cookie may not start with " + std::string(prefix);
    return std::nullopt;
  }
  if ((host || http || secure) && !cookie.secure) return "the prefix requires Secure";
  if ((http || host_http) && !cookie.http_only) return "the prefix requires HttpOnly";
  if (host && cookie.path != "/") return "the prefix requires Path=/";
  if (host && !cookie.domain.empty()) return "the prefix forbids Domain";
  return std::nullopt;
}

}  // namespace assay

#include "model/http_fields.h"

#include <algorithm>
#include <limits>

#include "base/ascii.h"
#include "base/text.h"

namespace assay {

namespace {

constexpr std::size_t kMaxHstsDirectives = 64;  // repeated names are looked for among them

bool is_token_char(char c) {
  constexpr std::string_view kSpecial = "!#$%&'*+-.^_`|~";
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         kSpecial.find(c) != std::string_view::npos;
}

bool is_token(std::string_view s) {
  return !s.empty() && std::ranges::all_of(s, is_token_char);
}

// Decimal digits only; saturates at the largest int64.
std::optional<std::int64_t> parse_delta_seconds(std::string_view s) {
  if (s.empty() || !std::ranges::all_of(s, is_digit)) return std::nullopt;
  constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
  std::int64_t n = 0;
  for (const char c : s) {
    if (n > (kMax - 9) / 10) return kMax;
    n = n * 10 + (c - '0');
  }
  return n;
}

// `s` cut at every `separator` outside quoted strings; parts are trimmed.
std::vector<std::string_view> split_unquoted(std::string_view s, char separator) {
  std::vector<std::string_view> parts;
  bool quoted = false;
  std::size_t start = 0;
  for (std::size_t i = 0; i < s.size(); ++i) {
    if (quoted && s[i] == '\\') {
      ++i;
    } else if (s[i] == '"') {
      quoted = !quoted;
    } else if (s[i] == separator && !quoted) {
      parts.push_back(trim(s.substr(start, i - start)));
      start = i + 1;
    }
  }
  parts.push_back(trim(s.substr(std::min(start, s.size()))));
  return parts;
}

// A token or a complete quoted-string, unquoted; nullopt for anything else.
std::optional<std::string> unquote(std::string_view s) {
  if (is_token(s)) return std::string(s);
  if (s.size() < 2 || s.front() != '"' || s.back() != '"') return std::nullopt;
  std::string out;
  for (std::size_t i = 1; i + 1 < s.size(); ++i) {
    if (s[i] == '"') return std::nullopt;
    if (s[i] == '\\') {
      if (++i + 1 >= s.size()) return std::nullopt;
    }
    out.push_back(s[i]);
  }
  return out;
}

struct Directive {
  std::string name;                     // lower case
  std::optional<std::string> argument;  // unquoted
};

// token [ "=" ( token / quoted-string ) ], with white space allowed around "=".
std::optional<Directive> parse_directive(std::string_view part) {
  const auto equals = part.find('=');
  const auto name = trim(part.substr(0, equals));
  if (!is_token(name)) return std::nullopt;
  Directive d{ascii_lower(name), std::nullopt};
  if (equals == std::string_view::npos) return d;
  d.argument = unquote(trim(part.substr(equals + 1)));
  if (!d.argument) return std::nullopt;
  return d;
}

}  // namespace

Result<Hsts> parse_hsts(std::string_view value) {
  constexpr std::string_view kThing = "Strict-Transport-Security";
  const auto invalid = [&](std::string reason) {
    return fail(ErrorCode::invalid_input, std::string(kThing), std::move(reason),
                "send one value such as \"max-age=31536000; includeSubDomains\"");
  };
  if (value.size() > kMaxFieldValue) return invalid("is too long");
  Hsts hsts;
  bool has_max_age = false;
  std::vector<std::string> seen;
  for (const auto part : split_unquoted(value, ';')) {
    if (part.empty()) continue;
    const auto directive = parse_directive(part);
    if (!directive) return invalid("\"" + ellipsis(printable(part), 60) + "\" is not a directive");
    if (std::ranges::find(seen, directive->name) != seen.end())
      return invalid("the directive " + directive->name + " is repeated");
    if (seen.size() == kMaxHstsDirectives) return invalid("has too many directives");
    seen.push_back(directive->name);
    if (directive->name == "max-age") {
      const auto seconds = parse_delta_seconds(directive->argument.value_or(""));
      if (!seconds) return invalid("max-age is not a number of seconds");
      hsts.max_age = *seconds;
      has_max_age = true;
    } else if (directive->name == "includesubdomains") {
      hsts.include_sub_domains = true;
    } else if (directive->name == "preload") {
      hsts.preload = true;
    }
  }
  if (!has_max_age) return invalid("has no max-age");
  return hsts;
}

bool CacheControl::has(std::string_view name) const {
  return std::ranges::find(directives, name, &CacheDirective::name) != directives.end();
}

CacheControl parse_cache_control(const std::vector<std::string>& values) {
  CacheControl out;
  for (const auto& value : values) {
    if (value.size() > kMaxFieldValue) continue;
    for (const auto part : split_unquoted(value, ','))
      if (auto d = parse_directive(part)) out.directives.push_back({std::move(d->name), std::move(d->argument)});
  }
  return out;
}

std::vector<std::string> parse_allow(const std::vector<std::string>& values) {
  std::vector<std::string> methods;
  for (const auto& value : values) {
    if (value.size() > kMaxFieldValue) continue;
    for (const auto part : split(value, ','))
      if (const auto method = trim(part); is_token(method)) methods.emplace_back(method);
  }
  return methods;
}

std::string media_type_of(std::string_view content_type) {
  const auto type = trim(content_type.substr(0, content_type.find(';')));
  const auto slash = type.find('/');
  if (slash == std::string_view::npos || !is_token(type.substr(0, slash)) || !is_token(type.substr(slash + 1)))
    return {};
  return ascii_lower(type);
}

}  // namespace assay

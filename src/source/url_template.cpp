#include "source/url_template.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"

namespace assay::source {

namespace {

// atlassian-connect-express, atlassian-connect-spring-boot, and what their users copy from one to the other.
constexpr std::array<std::string_view, 6> kBasePlaceholders = {"{{localBaseUrl}}",  "{{ localBaseUrl }}",
                                                               "${addon.base-url}", "${addon.baseUrl}",
                                                               "${localBaseUrl}",   "{{baseUrl}}"};

constexpr std::size_t kMaxUrlBytes = 8192;

struct Variable {
  std::size_t begin = 0, end = 0;  // the whole spelling, in the text searched
  std::string_view name;
};

// The first variable at or after `from`; one pass, so that hostile text costs no more than its length.
std::optional<Variable> find_variable(std::string_view text, std::size_t from) {
  auto open = std::string_view::npos;
  for (std::size_t i = from; i < text.size(); ++i) {
    if (text[i] == '{') open = i;
    if (text[i] != '}' || open == std::string_view::npos) continue;
    Variable found{open, i + 1, trim(text.substr(open + 1, i - open - 1))};
    open = std::string_view::npos;
    if (found.name.empty()) continue;
    const bool doubled =
        found.begin > from && text[found.begin - 1] == '{' && found.end < text.size() && text[found.end] == '}';
    if (doubled) --found.begin, ++found.end;
    if (found.begin > from && text[found.begin - 1] == '$') --found.begin;
    return found;
  }
  return std::nullopt;
}

std::string fill_value(std::string_view name, std::string_view app_key) {
  if (istarts_with(name, "condition.")) return "true";
  if (iequals(name, "addonkey")) return percent_encode(app_key);
  if (iequals(name, "jwt")) return {};
  return "assay";
}

// The scheme of an absolute URL, or empty: "mailto:x" has one, "/a:b", "{x}:y" and "page?u=http://…" do not.
std::string_view scheme_of(std::string_view s) {
  const auto end = s.find_first_of(":/?#{$");
  if (end == std::string_view::npos || end == 0 || s[end] != ':') return {};
  return s.substr(0, end);
}

// "scheme://authority/rest" with a normalised origin in front.
Result<std::string> absolute_template(std::string_view written) {
  const auto authority_at = written.find_first_not_of("/\\", written.find(':') + 1);
  if (authority_at == std::string_view::npos)
    return fail(ErrorCode::invalid_input, std::string(written), "the URL has no host");
  const auto rest_at = std::min(written.find_first_of("/\\?", authority_at), written.size());
  const auto authority = written.substr(authority_at, rest_at - authority_at);
  if (has_variables(authority))
    return fail(ErrorCode::unsupported, std::string(written), "its host is a variable, so nobody knows whose it is");
  const auto parsed = parse_url(std::string(scheme_of(written)) + "://" + std::string(authority));
  if (!parsed) return std::unexpected(parsed.error());
  if (parsed->has_userinfo)
    return fail(ErrorCode::invalid_input, std::string(written), "it holds a user name or password");
  const auto rest = written.substr(rest_at);
  return parsed->origin() + (rest.starts_with('/') ? "" : "/") + std::string(rest);
}

std::string relative_template(const Url& base, std::string_view written) {
  std::string prefix = base.origin() + base.path;
  if (prefix.ends_with('/')) prefix.pop_back();
  if (written.starts_with('/')) written.remove_prefix(1);
  const bool adds_path = !written.empty() && written.front() != '?';
  const bool bare_origin = prefix == base.origin();
  return prefix + (adds_path || bare_origin ? "/" : "") + std::string(written);
}

}  // namespace

std::string fill_variables(std::string_view text, std::string_view app_key) {
  std::string out;
  std::size_t from = 0;
  while (const auto variable = find_variable(text, from)) {
    out.append(text.substr(from, variable->begin - from)).append(fill_value(variable->name, app_key));
    from = variable->end;
  }
  return out.append(text.substr(from));
}

bool has_variables(std::string_view text) {
  return find_variable(text, 0).has_value();
}

std::optional<std::string> replace_base_placeholder(std::string_view text, std::string_view replacement) {
  std::string out(text);
  for (const auto placeholder : kBasePlaceholders) out = replace_all(std::move(out), placeholder, replacement);
  if (out == text) return std::nullopt;
  return out;
}

Result<ComposedUrl> compose_url(const Url& base, std::string_view written, std::string_view app_key) {
  if (written.size() > kMaxUrlBytes)
    return fail(ErrorCode::limit_exceeded, "URL", fmt::format("it is longer than {} bytes", kMaxUrlBytes));
  written = trim(written);
  written = written.substr(0, written.find('#'));
  std::string absolute;
  if (written.starts_with("//")) {
    absolute = base.scheme + ":" + std::string(written);
    written = absolute;
  }
  const auto scheme = scheme_of(written);
  std::string id;
  if (scheme.empty()) {
    id = relative_template(base, written);
  } else if (iequals(scheme, "http") || iequals(scheme, "https")) {
    auto made = absolute_template(written);
    if (!made) return std::unexpected(made.error());
    id = std::move(*made);
  } else {
    return fail(ErrorCode::unsupported, std::string(written), "it is no http(s) URL");
  }
  auto url = parse_url(fill_variables(id, app_key));
  if (!url) return std::unexpected(url.error());
  return ComposedUrl{std::move(id), std::move(*url)};
}

}  // namespace assay::source

// Referrer policies of header fields and of <meta name="referrer"> (W3C Referrer Policy §8; HTML §4.2.5.1 for the
// legacy keywords).

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "model/http_fields.h"

namespace assay {

namespace {

constexpr std::array<std::string_view, 8> kPolicies = {"no-referrer",
                                                       "no-referrer-when-downgrade",
                                                       "same-origin",
                                                       "origin",
                                                       "strict-origin",
                                                       "origin-when-cross-origin",
                                                       "strict-origin-when-cross-origin",
                                                       "unsafe-url"};

constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kLegacy = {{
    {"never", "no-referrer"},
    {"default", "strict-origin-when-cross-origin"},
    {"always", "unsafe-url"},
    {"origin-when-crossorigin", "origin-when-cross-origin"},
}};

std::optional<std::string> recognised(std::string_view token) {
  auto lower = ascii_lower(trim(token));
  if (std::ranges::find(kPolicies, std::string_view(lower)) != kPolicies.end()) return lower;
  return std::nullopt;
}

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

struct Attribute {
  std::string name;  // lower case
  std::string value;
};

// The attributes of a tag; `at` points behind its name and is moved behind its '>'.
std::vector<Attribute> read_attributes(std::string_view html, std::size_t& at) {
  std::vector<Attribute> attributes;
  while (at < html.size() && html[at] != '>') {
    if (is_space(html[at]) || html[at] == '/') {
      ++at;
      continue;
    }
    const auto start = at++;
    while (at < html.size() && !is_space(html[at]) && html[at] != '=' && html[at] != '>' && html[at] != '/') ++at;
    Attribute attribute{ascii_lower(html.substr(start, at - start)), {}};
    while (at < html.size() && is_space(html[at])) ++at;
    if (at < html.size() && html[at] == '=') {
      ++at;
      while (at < html.size() && is_space(html[at])) ++at;
      const bool quoted = at < html.size() && (html[at] == '"' || html[at] == '\'');
      const char quote = quoted ? html[at++] : '\0';
      const auto value = at;
      while (at < html.size() && (quoted ? html[at] != quote : !is_space(html[at]) && html[at] != '>')) ++at;
      attribute.value = std::string(html.substr(value, at - value));
      if (quoted && at < html.size()) ++at;
    }
    attributes.push_back(std::move(attribute));
  }
  if (at < html.size()) ++at;
  return attributes;
}

// Where the contents of an element that holds no tags end: behind "</name".
std::size_t end_of_raw_text(std::string_view html, std::size_t at, std::string_view name) {
  while (true) {
    at = html.find("</", at);
    if (at == std::string_view::npos) return html.size();
    at += 2;
    if (istarts_with(html.substr(at), name)) return at + name.size();
  }
}

std::optional<std::string> policy_of_meta(const std::vector<Attribute>& attributes) {
  std::string_view name;
  std::string_view content;
  for (const auto& a : attributes) {
    if (a.name == "name" && name.empty()) name = a.value;
    if (a.name == "content" && content.empty()) content = a.value;
  }
  if (!iequals(trim(name), "referrer")) return std::nullopt;
  const auto lower = ascii_lower(trim(content));
  for (const auto& [legacy, policy] : kLegacy)
    if (lower == legacy) return std::string(policy);
  return recognised(lower);
}

}  // namespace

std::optional<std::string> referrer_policy_of(const std::vector<std::string>& values) {
  std::optional<std::string> policy;
  for (const auto& value : values) {
    if (value.size() > kMaxFieldValue) continue;
    for (const auto token : split(value, ','))
      if (auto known = recognised(token)) policy = std::move(known);
  }
  return policy;
}

std::optional<std::string> meta_referrer_policy(std::string_view html) {
  constexpr std::array<std::string_view, 7> kRaw = {"script", "style",    "template", "textarea",
                                                    "title",  "noscript", "xmp"};
  std::optional<std::string> policy;
  std::size_t at = 0;
  while ((at = html.find('<', at)) != std::string_view::npos) {
    ++at;
    if (html.substr(at).starts_with("!--")) {
      const auto end = html.find("-->", at + 3);
      if (end == std::string_view::npos) break;
      at = end + 3;
      continue;
    }
    const auto start = at;
    while (at < html.size() && !is_space(html[at]) && html[at] != '>' && html[at] != '/' && html[at] != '<') ++at;
    const auto name = ascii_lower(html.substr(start, at - start));
    if (name.empty() || name.front() < 'a' || name.front() > 'z') continue;
    const auto attributes = read_attributes(html, at);
    if (name == "meta") {
      if (auto found = policy_of_meta(attributes)) policy = std::move(found);
    } else if (std::ranges::find(kRaw, std::string_view(name)) != kRaw.end()) {
      at = end_of_raw_text(html, at, name);
    }
  }
  return policy;
}

}  // namespace assay

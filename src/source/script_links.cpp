#include "source/script_links.h"

#include <algorithm>
#include <array>
#include <unordered_set>
#include <utility>

#include "base/json.h"
#include "base/text.h"

namespace assay::source {

namespace {

constexpr std::string_view kSpace = " \t\r\n";
constexpr std::size_t kMaxSpace = 64;  // between a keyword and its literal
constexpr std::size_t kMaxLiteral = 512;
constexpr std::size_t kMaxMapUrl = 2048;
constexpr std::string_view kMapMark = "sourceMappingURL=";

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$';
}

std::string_view without_trailing_space(std::string_view s) {
  const auto from = s.size() > kMaxSpace ? s.size() - kMaxSpace : 0;
  const auto last = s.find_last_not_of(kSpace);
  return last == std::string_view::npos || last < from ? std::string_view() : s.substr(0, last + 1);
}

// The word that ends `s`, or "" when it is longer than any that is asked for.
std::string_view last_word(std::string_view s) {
  constexpr std::size_t kLongest = 16;
  std::size_t length = 0;
  while (length < s.size() && length <= kLongest && is_word(s[s.size() - 1 - length])) ++length;
  return length > kLongest ? std::string_view() : s.substr(s.size() - length);
}

// What the text before a literal says of it.
enum class Before { nothing, module, worker };

Before meaning_of(std::string_view before) {
  before = without_trailing_space(before);
  if (before.empty()) return Before::nothing;
  if (before.back() == '(') {
    const auto word = last_word(without_trailing_space(before.substr(0, before.size() - 1)));
    if (word == "import") return Before::module;
    constexpr std::array<std::string_view, 4> kLoaders = {"importScripts", "Worker", "SharedWorker", "URL"};
    return std::ranges::find(kLoaders, word) == kLoaders.end() ? Before::nothing : Before::worker;
  }
  const auto word = last_word(before);
  return word == "from" || word == "import" ? Before::module : Before::nothing;
}

bool is_script_name(std::string_view name) {
  name = name.substr(0, name.find_first_of("?#"));
  return name.ends_with(".js") || name.ends_with(".mjs");
}

bool is_file(std::string_view literal, Before meaning) {
  if (literal.empty() || literal.find_first_of(" \t\r\n<>\\${}") != std::string_view::npos) return false;
  constexpr std::array<std::string_view, 5> kBegins = {"./", "../", "/", "https://", "http://"};
  const bool named = std::ranges::any_of(kBegins, [&](std::string_view b) { return literal.starts_with(b); });
  return meaning == Before::worker ? is_script_name(literal) : named;
}

std::optional<Url> web_url(const Url& base, std::string_view text) {
  auto url = resolve_url(base, text);
  if (!url || (url->scheme != "https" && url->scheme != "http") || url->host.empty() || url->has_userinfo)
    return std::nullopt;
  return std::move(*url);
}

std::optional<Url> map_of(std::string_view script, const Url& base) {
  const auto at = script.rfind(kMapMark);
  if (at == std::string_view::npos) return std::nullopt;
  const auto before = without_trailing_space(script.substr(0, at));
  constexpr std::array<std::string_view, 4> kComments = {"//#", "//@", "/*#", "/*@"};
  if (std::ranges::none_of(kComments, [&](std::string_view c) { return before.ends_with(c); })) return std::nullopt;
  auto text = script.substr(at + kMapMark.size(), kMaxMapUrl + 1);
  text = text.substr(0, text.find_first_of(" \t\r\n'\"`*"));
  if (text.empty() || text.size() > kMaxMapUrl || istarts_with(text, "data:")) return std::nullopt;
  return web_url(base, text);
}

// "webpack://acme/./src/app.js?1a2b" is src/app.js of acme to whoever reads it.
std::string file_name(std::string_view name) {
  if (const auto scheme = name.find("://"); scheme != std::string_view::npos) name.remove_prefix(scheme + 3);
  name = name.substr(0, name.find('?'));
  while (name.starts_with("/") || name.starts_with("./") || name.starts_with("../"))
    name.remove_prefix(name.find('/') + 1);
  return valid_utf8(name);
}

void take_sources(const Json& map, std::vector<MappedSource>& into) {
  const auto texts = map.find("sourcesContent");
  if (texts == map.end() || !texts->is_array()) return;
  const auto names = map.find("sources");
  for (std::size_t i = 0; i < texts->size(); ++i) {
    if (!(*texts)[i].is_string()) continue;
    const bool named = names != map.end() && names->is_array() && i < names->size() && (*names)[i].is_string();
    auto name = named ? file_name((*names)[i].get_ref<const std::string&>()) : std::string();
    if (name.empty()) name = "source-" + std::to_string(i + 1);
    into.push_back({std::move(name), (*texts)[i].get<std::string>()});
  }
}

}  // namespace

ScriptLinks links_of_script(std::string_view script, const Url& base) {
  ScriptLinks links;
  links.source_map = map_of(script, base);
  std::unordered_set<std::string> known;
  for (auto quote = script.find_first_of("\"'`"); quote != std::string_view::npos;
       quote = script.find_first_of("\"'`", quote + 1)) {
    if (links.modules.size() == kMaxScriptLinks) break;
    const auto meaning = meaning_of(script.substr(0, quote));
    if (meaning == Before::nothing) continue;
    const auto rest = script.substr(quote + 1, kMaxLiteral + 1);
    const auto literal = rest.substr(0, rest.find(script[quote]));
    if (literal.size() > kMaxLiteral || !is_file(literal, meaning)) continue;
    auto url = web_url(base, literal);
    if (url && known.insert(url->to_string()).second) links.modules.push_back(std::move(*url));
  }
  return links;
}

Result<std::vector<MappedSource>> sources_of_map(std::string_view json, std::string_view what) {
  // Servers may put this line before it, so that no script can read it (ECMA-426 §11.1).
  if (json.starts_with(")]}'")) json.remove_prefix(std::min(json.find('\n'), json.size()));
  const auto map = parse_json(json, what, {.max_bytes = json.size()});
  if (!map) return std::unexpected(map.error());
  if (!map->is_object() || !map->contains("version"))
    return fail(ErrorCode::invalid_input, std::string(what), "is no source map");
  std::vector<MappedSource> sources;
  take_sources(*map, sources);
  const auto sections = map->find("sections");
  if (sections == map->end() || !sections->is_array()) return sources;
  for (const auto& section : *sections)
    if (section.is_object() && section.contains("map") && section["map"].is_object())
      take_sources(section["map"], sources);
  return sources;
}

}  // namespace assay::source

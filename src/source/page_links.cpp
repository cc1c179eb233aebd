#include "source/page_links.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/ascii.h"
#include "base/text.h"

namespace assay::source {

namespace {

constexpr std::string_view kSpace = " \t\r\n\f";
constexpr std::size_t kMaxUrlText = 2048;

struct Attribute {
  std::string name;  // lower case
  std::string value;
};

struct Tag {
  std::string name;  // lower case
  std::vector<Attribute> attributes;

  const std::string* value(std::string_view name_wanted) const {
    const auto at = std::ranges::find(attributes, name_wanted, &Attribute::name);
    return at == attributes.end() ? nullptr : &at->value;
  }
};

// The five entities that occur in URLs; the others would be no part of a host.
std::string without_entities(std::string_view s) {
  auto text = replace_all(std::string(s), "&quot;", "\"");
  for (const auto& [entity, plain] :
       std::array<std::pair<std::string_view, std::string_view>, 3>{{{"&#x2F;", "/"}, {"&#47;", "/"}, {"&#39;", "'"}}})
    text = replace_all(std::move(text), entity, plain);
  return replace_all(std::move(text), "&amp;", "&");
}

// Start tags, one after the other, as the tokenizer of the HTML standard (§13.2.5) sees them.
class TagReader {
 public:
  explicit TagReader(std::string_view html) : html_(html) {}

  std::optional<Tag> next() {
    while (true) {
      const auto open = html_.find('<', at_);
      if (open == std::string_view::npos || open + 1 >= html_.size()) return std::nullopt;
      at_ = open + 1;
      if (html_.substr(at_).starts_with("!--")) {
        skip_past("-->");
        continue;
      }
      if (!is_letter(html_[at_])) continue;
      Tag tag = read_tag();
      if (tag.name == "script" || tag.name == "style" || tag.name == "textarea" || tag.name == "title")
        skip_raw_text(tag.name);
      return tag;
    }
  }

 private:
  bool more() const { return at_ < html_.size(); }

  void skip_past(std::string_view end) {
    const auto found = html_.find(end, at_);
    at_ = found == std::string_view::npos ? html_.size() : found + end.size();
  }

  void skip_raw_text(std::string_view name) {
    for (auto close = html_.find("</", at_); close != std::string_view::npos; close = html_.find("</", close + 2)) {
      if (!istarts_with(html_.substr(close + 2), name)) continue;
      at_ = close;
      return;
    }
    at_ = html_.size();
  }

  std::string_view take_until(std::string_view stops) {
    const auto end = std::min(html_.find_first_of(stops, at_), html_.size());
    const auto taken = html_.substr(at_, end - at_);
    at_ = end;
    return taken;
  }

  void skip_space() { at_ = std::min(html_.find_first_not_of(" \t\r\n\f/", at_), html_.size()); }

  std::string_view read_value() {
    at_ = std::min(html_.find_first_not_of(kSpace, at_ + 1), html_.size());  // after '='
    if (!more()) return {};
    const char quote = html_[at_];
    if (quote != '"' && quote != '\'') return take_until(" \t\r\n\f>");
    ++at_;
    const auto value = take_until(quote == '"' ? "\"" : "'");
    if (more()) ++at_;
    return value;
  }

  Tag read_tag() {
    Tag tag;
    tag.name = ascii_lower(take_until(" \t\r\n\f/>"));
    for (skip_space(); more() && html_[at_] != '>'; skip_space()) {
      Attribute attribute;
      // A name may begin with '=' (that is an error of the page, and the tokenizer's way of going on).
      const std::size_t begin = at_++;
      take_until(" \t\r\n\f/>=");
      attribute.name = ascii_lower(html_.substr(begin, at_ - begin));
      const auto after = html_.find_first_not_of(kSpace, at_);
      if (after != std::string_view::npos && html_[after] == '=') {
        at_ = after;
        attribute.value = without_entities(read_value());
      }
      tag.attributes.push_back(std::move(attribute));
    }
    if (more()) ++at_;
    return tag;
  }

  std::string_view html_;
  std::size_t at_ = 0;
};

// Which attribute of which element holds a URL, and whether what it names gets the page's powers.
struct Reference {
  std::string_view tag;
  std::string_view attribute;
  bool runs;
};

constexpr std::array kReferences = {
    Reference{"script", "src", true},        Reference{"iframe", "src", true},  Reference{"frame", "src", true},
    Reference{"embed", "src", true},         Reference{"object", "data", true}, Reference{"link", "href", false},
    Reference{"a", "href", false},           Reference{"area", "href", false},  Reference{"form", "action", true},
    Reference{"img", "src", false},          Reference{"source", "src", false}, Reference{"video", "src", false},
    Reference{"audio", "src", false},        Reference{"track", "src", false},  Reference{"input", "src", false},
    Reference{"button", "formaction", true},
};

// A <link> loads code when its relation says so.
bool link_runs(const Tag& tag) {
  const auto* relation = tag.value("rel");
  return relation != nullptr && (icontains(*relation, "stylesheet") || icontains(*relation, "modulepreload"));
}

bool is_script(const Tag& tag) {
  if (tag.name == "script") return true;
  const auto* relation = tag.name == "link" ? tag.value("rel") : nullptr;
  if (relation == nullptr) return false;
  const auto* as = tag.value("as");
  return icontains(*relation, "modulepreload") ||
         (icontains(*relation, "preload") && as != nullptr && iequals(trim(*as), "script"));
}

std::optional<Url> web_url(const Url& base, std::string_view text) {
  if (text.empty() || text.size() > kMaxUrlText) return std::nullopt;
  auto url = resolve_url(base, text);
  if (!url || (url->scheme != "https" && url->scheme != "http") || url->host.empty()) return std::nullopt;
  return std::move(*url);
}

// The host of a host-source, or nullopt for any other source expression.
std::optional<std::string> host_of_source(std::string_view source) {
  if (source.empty() || source.front() == '\'') return std::nullopt;  // keywords, nonces, hashes
  if (const auto scheme = source.find("://"); scheme != std::string_view::npos) source.remove_prefix(scheme + 3);
  source = source.substr(0, source.find('/'));
  if (source.starts_with("*.")) source.remove_prefix(2);
  if (!source.starts_with('[')) source = source.substr(0, source.find(':'));
  if (source.find('.') == std::string_view::npos) return std::nullopt;  // "https:", "data:", "*", "localhost"
  auto host = normalise_host(source);
  if (!host) return std::nullopt;
  return std::move(*host);
}

}  // namespace

std::vector<PageLink> links_of_page(std::string_view html, const Url& base) {
  std::vector<PageLink> links;
  Url page = base;
  TagReader tags(html);
  while (const auto tag = tags.next()) {
    if (links.size() >= kMaxPageLinks) break;
    if (tag->name == "base") {
      if (const auto* href = tag->value("href"))
        if (auto url = web_url(base, trim(*href))) page = std::move(*url);
      continue;
    }
    for (const auto& reference : kReferences) {
      if (reference.tag != tag->name) continue;
      const auto* text = tag->value(reference.attribute);
      if (text == nullptr) continue;
      if (auto url = web_url(page, trim(*text)))
        links.push_back({std::move(*url), reference.runs || (tag->name == "link" && link_runs(*tag)), is_script(*tag)});
    }
  }
  return links;
}

std::vector<std::string> hosts_of_csp(std::string_view policy) {
  std::vector<std::string> hosts;
  for (const auto one : split(policy, ',')) {
    for (const auto directive : split(one, ';')) {
      bool name = true;
      for (const auto word : split(trim(directive), ' ')) {
        if (std::exchange(name, false) || hosts.size() >= kMaxPageLinks) continue;
        auto host = host_of_source(trim(word));
        if (host && std::ranges::find(hosts, *host) == hosts.end()) hosts.push_back(std::move(*host));
      }
    }
  }
  return hosts;
}

}  // namespace assay::source

#include "model/dns.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace assay {

namespace {

constexpr std::size_t kMailTargets = 10;

// The content of a TXT record: its quoted strings put together without anything between (RFC 7208 §3.3), the escapes of
// RFC 1035 §5.1 undone.
std::string txt_content(std::string_view data) {
  std::string out;
  bool inside = false;
  for (std::size_t i = 0; i < data.size(); ++i) {
    if (data[i] == '"') {
      inside = !inside;
    } else if (inside && data[i] == '\\' && i + 1 < data.size()) {
      const auto digits = data.substr(i + 1, 3);
      const bool number =
          digits.size() == 3 && std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; });
      if (number) out += static_cast<char>((digits[0] - '0') * 100 + (digits[1] - '0') * 10 + (digits[2] - '0'));
      if (!number) out += digits.front();
      i += number ? 3 : 1;
    } else if (inside) {
      out += data[i];
    }
  }
  return out;
}

// The name in a domain-spec (RFC 7208 §7.1), without its prefix length and what macros make of it.
std::string fixed_name(std::string_view spec) {
  spec = spec.substr(0, spec.find('/'));
  if (const auto macro = spec.find_last_of("%}"); macro != std::string_view::npos) {
    const auto dot = spec.find('.', macro);
    spec = dot == std::string_view::npos ? std::string_view() : spec.substr(dot + 1);
  }
  if (spec.ends_with('.')) spec.remove_suffix(1);
  return ascii_lower(spec);
}

bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

// The name that a term of an SPF policy takes in; "" when it takes in none.
std::string name_in_term(std::string_view term) {
  constexpr std::array<std::string_view, 4> kTakesIn = {"include:", "redirect=", "a:", "mx:"};
  if (!term.empty() && std::string_view("+-?~").find(term.front()) != std::string_view::npos) term.remove_prefix(1);
  for (const auto opening : kTakesIn)
    if (istarts_with(term, opening)) return fixed_name(term.substr(opening.size()));
  return {};
}

}  // namespace

std::vector<std::string> mail_targets(const DnsRecord& record) {
  std::vector<std::string> targets;
  const auto add = [&](std::string name) {
    if (name.empty() || name == "." || targets.size() >= kMailTargets) return;
    if (!std::ranges::all_of(name, is_host_character)) return;
    if (std::ranges::find(targets, name) == targets.end()) targets.push_back(std::move(name));
  };
  if (record.type == "MX") {
    const auto space = record.data.find(' ');
    if (space != std::string::npos) add(record.data.substr(space + 1));
  } else if (record.type == "TXT") {
    const auto content = txt_content(record.data);
    const auto terms = split(content, ' ');
    if (!iequals(terms.front(), "v=spf1")) return targets;
    for (const auto term : terms) add(name_in_term(term));
  }
  return targets;
}

}  // namespace assay

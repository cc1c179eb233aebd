#include "secrets/password_file.h"

#include <algorithm>
#include <optional>

#include "base/ascii.h"
#include "secrets/reader.h"
#include "secrets/value_score.h"

namespace assay::secrets {
namespace {

constexpr std::size_t kMostOfLine = 512;
constexpr std::size_t kMostBefore = 200;  // bytes of a line before the port

struct Entry {
  std::string_view port;
  QuotedText password;
};

bool ends_entry(char c) {
  return static_cast<unsigned char>(c) <= 0x20 || is(c, kQuote);
}

// The entry that begins at `at`: four fields that hold something (of a file the port need not), and the rest.
std::optional<Entry> entry_at(std::string_view text, std::size_t at) {
  Entry entry;
  auto field = at;
  int fields = 0;
  const auto stop = std::min(text.size(), at + kMostOfLine);
  for (auto i = at; i < stop && !ends_entry(text[i]); ++i) {
    if (text[i] == '\\' && i + 1 < stop && (text[i + 1] == ':' || text[i + 1] == '\\')) {
      ++i;
    } else if (text[i] == ':' && fields < 4) {
      if (i == field && fields != 1) return std::nullopt;
      if (fields == 1) entry.port = text.substr(field, i - field);
      field = i + 1;
      ++fields;
    }
  }
  if (fields < 4) return std::nullopt;
  auto end = field;
  while (end < stop && !ends_entry(text[end]) && !text.substr(end).starts_with("\\n")) ++end;
  entry.password = {field, end};
  return entry;
}

bool is_port(std::string_view port) {
  constexpr std::size_t kMostDigits = 5;
  return port == "*" || (!port.empty() && port.size() <= kMostDigits && std::ranges::all_of(port, is_digit));
}

void add(std::string_view text, const Entry& entry, std::vector<GenericFind>& finds) {
  const auto value = text.substr(entry.password.begin, entry.password.end - entry.password.begin);
  if (value.starts_with('$') || classes_of(value) < 2) return;
  if (const auto find = find_in_argument(text, entry.password, NameMeaning::password)) finds.push_back(*find);
}

}  // namespace

bool is_password_file(std::string_view path) {
  return path.ends_with("pgpass") || path.ends_with("pgpass.conf");
}

void find_in_password_file(std::string_view text, std::vector<GenericFind>& finds) {
  for (std::size_t at = 0; at < text.size();) {
    const auto entry = entry_at(text, at);  // also of a line that a "#" takes out: its password may still be right
    if (entry && (entry->port.empty() || is_port(entry->port))) add(text, *entry, finds);
    const auto feed = text.find('\n', at);
    if (feed == std::string_view::npos) return;
    at = feed + 1;
  }
}

void find_in_password_line(std::string_view text, std::size_t begin, std::size_t /*end*/, const PlaceFacts& /*facts*/,
                           std::vector<GenericFind>& finds) {
  const auto least = begin > kMostBefore ? begin - kMostBefore : 0;
  while (begin > least && !ends_entry(text[begin - 1])) --begin;
  const auto entry = entry_at(text, begin);
  if (entry && is_port(entry->port)) add(text, *entry, finds);
}

}  // namespace assay::secrets

#include "secrets/boundary.h"

#include <algorithm>

namespace assay::secrets {
namespace {

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

bool is_hex(std::string_view s) {
  return std::ranges::all_of(
      s, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); });
}

bool ends_an_escape(std::string_view before) {
  const auto ends = [&](std::string_view opening, std::size_t digits) {
    if (before.size() < opening.size() + digits) return false;
    const auto tail = before.substr(before.size() - opening.size() - digits);
    return tail.starts_with(opening) && is_hex(tail.substr(opening.size()));
  };
  if (ends("%", 2) || ends("\\u", 4) || ends("\\x", 2)) return true;
  return before.size() >= 2 && before[before.size() - 2] == '\\' &&
         std::string_view("ntrbfv0").find(before.back()) != std::string_view::npos;
}

}  // namespace

bool is_bounded(std::string_view text, std::size_t begin, std::size_t end) {
  if (end < text.size() && is_word(text[end])) return false;
  return begin == 0 || !is_word(text[begin - 1]) || ends_an_escape(text.substr(0, begin));
}

}  // namespace assay::secrets

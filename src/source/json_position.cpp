#include "source/json_position.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace assay::source {

namespace {

// The offset just after the string that starts at `open`.
std::size_t string_end(std::string_view text, std::size_t open) {
  for (std::size_t i = open + 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      return i + 1;
    }
  }
  return text.size();
}

}  // namespace

std::string line_and_column(std::string_view text, std::size_t offset) {
  const auto before = text.substr(0, offset);
  const auto line_start = begin_of_line(before, 0, before.size());
  const auto columns = std::ranges::count_if(before.substr(line_start),
                                             [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; });
  return fmt::format("{}:{}", 1 + std::ranges::count(before, '\n'), 1 + columns);
}

std::string position_of_member(std::string_view text, std::string_view name) {
  constexpr std::string_view kSpace = " \t\r\n";
  auto found = std::min(text.find('{'), text.size());
  int depth = 0;
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (c == '"') {
      const auto end = string_end(text, i);
      const auto after = text.find_first_not_of(kSpace, end);
      const bool is_name = depth == 1 && after != std::string_view::npos && text[after] == ':';
      if (is_name && text.substr(i + 1, end - i - 2) == name)
        found = std::min(text.find_first_not_of(kSpace, after + 1), text.size());
      i = end;
      continue;
    }
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
    ++i;
  }
  return line_and_column(text, found);
}

}  // namespace assay::source

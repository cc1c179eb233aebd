#pragma once

// The values that are assigned on the rest of a line.

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace assay::secrets {

inline constexpr std::size_t kMaxLineReach = 400;  // bytes from a context word to its value

namespace line_values {

inline bool is_blank(char c) {
  return c == ' ' || c == '\t';
}
inline bool is_quote(char c) {
  return c == '"' || c == '\'' || c == '`';
}
// What no unquoted value goes across.
inline bool is_hard(char c) {
  return static_cast<unsigned char>(c) <= 0x20 || is_quote(c) || c == ',' || c == ';' || c == '(' || c == ')' ||
         c == '<' || c == '>' || c == '[' || c == ']' || c == '{' || c == '}' || c == '&' || c == '|' || c == '\\';
}

// Whether `at` is behind an operator, a quote or an opening bracket.
inline bool is_behind_operator(std::string_view text, std::size_t at) {
  return at > 0 && std::string_view("\"'`=:>(,").find(text[at - 1]) != std::string_view::npos;
}

// Whether what stands before a run says that the run is a value: an operator, a quote, a flag of a command line, or the
// name of a scheme that is itself a value ("Authorization: GenieKey …").
inline bool is_assigned(std::string_view text, std::size_t from, std::size_t begin) {
  auto at = begin;
  while (at > from && is_blank(text[at - 1])) --at;
  if (is_behind_operator(text, at)) return true;
  if (at == begin) return false;
  auto word = at;
  while (word > 0 && !is_hard(text[word - 1])) --word;
  const bool flag = text[word] == '-' && at - word > 1;
  while (word > 0 && is_blank(text[word - 1])) --word;
  return flag || is_behind_operator(text, word);
}

}  // namespace line_values

// Calls visit(begin, end) for each value that begins after `from` on its line, within kMaxLineReach. A run that holds
// "=" or ":" is offered whole and from behind each of them.
template <class Visit>
void visit_line_values(std::string_view text, std::size_t from, Visit visit) {
  using namespace line_values;
  const auto reach = std::min(text.size(), from + kMaxLineReach);
  const auto newline = text.find('\n', from);
  const auto line_end = std::min(newline, text.size());
  auto at = from;
  while (at < std::min(reach, line_end)) {
    while (at < line_end && is_hard(text[at])) ++at;
    auto end = at;
    while (end < line_end && end - at < kMaxLineReach && !is_hard(text[end])) ++end;
    if (at > from && end > at && is_assigned(text, from, at)) visit(at, end);
    for (auto i = at; i + 1 < end; ++i)
      if ((text[i] == '=' || text[i] == ':') && text[i + 1] != '=') visit(i + 1, end);
    at = std::max(end, at + 1);
  }
}

}  // namespace assay::secrets

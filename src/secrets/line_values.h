#pragma once

// The values that are assigned on the rest of a line.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace assay::secrets {

inline constexpr std::size_t kMaxLineReach = 400;  // bytes from a context word to its value

namespace line_values {

enum Kind : std::uint8_t { kBlank = 1, kHard = 2, kOperator = 4 };

constexpr std::array<std::uint8_t, 256> kinds() {
  std::array<std::uint8_t, 256> table{};
  const auto add = [&](std::string_view characters, Kind kind) {
    for (const char c : characters) table[static_cast<unsigned char>(c)] |= kind;
  };
  for (std::size_t c = 0; c <= 0x20; ++c) table[c] |= kHard;
  add("\"'`,;()<>[]{}&|\\", kHard);
  add(" \t", kBlank);
  add("\"'`=:>(,", kOperator);
  return table;
}

inline bool is(char c, Kind kind) {
  static constexpr auto kKinds = kinds();
  return (kKinds[static_cast<unsigned char>(c)] & kind) != 0;
}

// What no unquoted value goes across.
inline bool is_hard(char c) {
  return is(c, kHard);
}

// Whether `at` is behind an operator, a quote or an opening bracket.
inline bool is_behind_operator(std::string_view text, std::size_t at) {
  return at > 0 && is(text[at - 1], kOperator);
}

// Whether what stands before a run says that the run is a value: an operator, a quote, a flag of a command line, or the
// name of a scheme that is itself a value ("Authorization: GenieKey …").
inline bool is_assigned(std::string_view text, std::size_t from, std::size_t begin) {
  auto at = begin;
  while (at > from && is(text[at - 1], kBlank)) --at;
  if (is_behind_operator(text, at)) return true;
  if (at == begin) return false;
  auto word = at;
  while (word > 0 && !is_hard(text[word - 1])) --word;
  const bool flag = text[word] == '-' && at - word > 1;
  while (word > 0 && is(text[word - 1], kBlank)) --word;
  return flag || is_behind_operator(text, word);
}

}  // namespace line_values

struct ValueRange {
  std::size_t begin, end;
};

// The bytes around [begin, end) up to what no unquoted value goes across, not before `least` and at most kMaxLineReach
// behind `begin`.
inline ValueRange value_around(std::string_view text, std::size_t least, std::size_t begin, std::size_t end) {
  const auto most = std::min(text.size(), begin + kMaxLineReach + 1);
  while (begin > least && !line_values::is_hard(text[begin - 1])) --begin;
  while (end < most && !line_values::is_hard(text[end])) ++end;
  return {begin, end};
}

// Calls visit(begin, end) for each reading of [begin, end) as a value: whole, when what stands before it, from `least`
// on, says that it is one, and from behind each "=" and ":" in it.
template <class Visit>
void visit_values(std::string_view text, std::size_t least, std::size_t begin, std::size_t end, Visit visit) {
  if (line_values::is_assigned(text, least, begin)) visit(begin, end);
  for (auto i = begin; i + 1 < end; ++i)
    if ((text[i] == '=' || text[i] == ':') && text[i + 1] != '=') visit(i + 1, end);
}

}  // namespace assay::secrets

#pragma once

// The values that are assigned on the rest of a line.

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "secrets/reader.h"

namespace assay::secrets {

inline constexpr std::size_t kMaxLineReach = 400;  // bytes from a context word to its value

namespace line_values {

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
  while (word > 0 && !is(text[word - 1], kHard)) --word;
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
  while (begin > least && !is(text[begin - 1], kHard)) --begin;
  while (end < most && !is(text[end], kHard)) ++end;
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

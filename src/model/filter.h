#pragma once

// The filter grammar of every list, export, saved view and sink (docs/platform.md, "Lists: one filter grammar"): the
// text as terms and words, without a knowledge of which fields there are. Pure.

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/time.h"

namespace assay {

inline constexpr std::size_t kMaxFilterBytes = 2000;
inline constexpr std::size_t kMaxFilterTerms = 50;    // words included
inline constexpr std::size_t kMaxFilterValues = 100;  // of one term

enum class FilterOp { one_of, less, at_most, greater, at_least };  // ":", "<", "<=", ">", ">="

struct FilterValue {
  std::string text;
  bool prefix = false;     // written with a trailing "*"
  std::size_t column = 0;  // 1-based, in characters; 0 when it was not read from text
  bool operator==(const FilterValue& other) const { return text == other.text && prefix == other.prefix; }
};

// FIELD:VALUE[,VALUE…], -FIELD:…, FIELD<X, …
struct FilterTerm {
  std::string field;
  FilterOp op = FilterOp::one_of;
  std::vector<FilterValue> values;  // at least one; one when `op` compares
  bool negated = false;
  std::size_t column = 0;
  bool operator==(const FilterTerm& other) const {
    return field == other.field && op == other.op && values == other.values && negated == other.negated;
  }
};

// All terms must hold and all words be found.
struct Filter {
  std::vector<FilterTerm> terms;
  std::vector<std::string> words;  // never empty ones
  bool operator==(const Filter&) const = default;
};

// Errors (invalid_input, limit_exceeded) name the part, the column and what is expected.
Result<Filter> parse_filter(std::string_view text);

// A text that parse_filter reads as `filter` again.
std::string format_filter(const Filter& filter);

// A date of a filter: "2026-12-01" (the whole day in UTC), RFC 3339, or from `now` "-7d", "+2w", "-12h", "-30m".
struct FilterTime {
  Time from{};   // the first moment
  Time until{};  // the first moment after it: a day later for a day, a millisecond later otherwise
};
Result<FilterTime> parse_filter_time(std::string_view text, Time now);

}  // namespace assay

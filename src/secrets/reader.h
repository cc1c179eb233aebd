#pragma once

// A place in a text that moves to the right: what the readers of assignments, calls and command lines are made of.

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace assay::secrets {

// kName: of names in programs, dotted and hyphenated ones included. kHard: ends a value that has no quotes. kOperator:
// stands right before a value.
enum CharClass : unsigned char { kOther = 0, kName = 1, kBlank = 2, kQuote = 4, kHard = 8, kOperator = 16 };

constexpr std::array<unsigned char, 256> char_classes() {
  std::array<unsigned char, 256> table{};
  for (int c = 0; c <= 0x20; ++c) table[static_cast<std::size_t>(c)] = kHard;
  for (const char c : std::string_view(" \t")) table[static_cast<unsigned char>(c)] = kBlank | kHard;
  for (const char c : std::string_view("\"'`")) table[static_cast<unsigned char>(c)] = kQuote | kHard;
  for (const char c : std::string_view(",;()<>[]{}|\\&")) table[static_cast<unsigned char>(c)] = kHard;
  for (char c = 'a'; c <= 'z'; ++c) table[static_cast<unsigned char>(c)] = kName;
  for (char c = 'A'; c <= 'Z'; ++c) table[static_cast<unsigned char>(c)] = kName;
  for (char c = '0'; c <= '9'; ++c) table[static_cast<unsigned char>(c)] = kName;
  for (const char c : std::string_view("_-$.")) table[static_cast<unsigned char>(c)] = kName;
  for (const char c : std::string_view("\"'`=:>(,")) table[static_cast<unsigned char>(c)] |= kOperator;
  return table;
}

inline bool is(char c, unsigned classes) {
  static constexpr auto kClasses = char_classes();
  return (kClasses[static_cast<unsigned char>(c)] & classes) != 0;
}

inline constexpr std::size_t kMaxBlanks = 64;   // people align what they assign
inline constexpr std::size_t kMaxValue = 1024;  // bytes of a value

class Reader {
 public:
  Reader(std::string_view text, std::size_t at) : text_(text), at_(at) {}

  bool ended() const { return at_ >= text_.size(); }
  char now() const { return ended() ? '\0' : text_[at_]; }
  char next() const { return at_ + 1 < text_.size() ? text_[at_ + 1] : '\0'; }
  std::size_t at() const { return at_; }
  void go(std::size_t n) { at_ += n; }
  std::string_view text() const { return text_; }
  std::string_view rest(std::size_t most) const { return text_.substr(std::min(at_, text_.size()), most); }

  std::size_t skip(unsigned classes, std::size_t most) {
    const auto from = at_;
    while (!ended() && at_ - from < most && is(text_[at_], classes)) ++at_;
    return at_ - from;
  }
  // Also over ends of lines.
  void skip_space() {
    for (std::size_t n = 0; n < kMaxBlanks && (is(now(), kBlank) || now() == '\n' || now() == '\r'); ++n) ++at_;
  }
  bool take(std::string_view s) {
    if (!rest(s.size()).starts_with(s)) return false;
    at_ += s.size();
    return true;
  }

 private:
  std::string_view text_;
  std::size_t at_;
};

// The bytes between two quotes.
struct QuotedText {
  std::size_t begin = 0, end = 0;
};

// The quote that the reader stands at, with what belongs to it: \", ''' and the like, r"…". Empty when there is none,
// and then the reader stays.
std::string_view take_opening(Reader& r);

// What stands from here up to `quote`, on this line unless the quote is one of texts of many lines; the reader goes
// behind it. Nothing when it is empty, or longer than kMaxValue.
std::optional<QuotedText> read_quoted(Reader& r, std::string_view quote);

// Both in one.
std::optional<QuotedText> read_literal(Reader& r);

}  // namespace assay::secrets

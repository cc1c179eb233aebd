#include "secrets/randomness.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>
#include <string>

#include "base/ascii.h"
#include "secrets/letter_pairs.h"

namespace assay::secrets {
namespace {

constexpr double kStepsABit = 4.0;
constexpr double kFirstLetter = 3.5;  // bits of a word's first letter
constexpr double kSeparator = 2.0;    // "-", "_", ".", "/", blank behind a word
constexpr double kDigit = 3.3;        // log2 of ten
constexpr double kIntoNumber = 4.5;   // a digit behind a letter
constexpr double kOutOfNumber = 6.0;  // a letter behind a digit: rare in names
constexpr double kCaseBreak = 7.0;    // an upper-case letter inside of a word that goes on in lower case
constexpr double kSymbol = 5.0;
constexpr double kOfWords = 3.9;    // mean bits; of the words of a text nine in ten are below
constexpr double kThoughtUp = 4.3;  // one in fifty of random words of ten letters and digits is below

std::size_t letter(char c) {
  return static_cast<std::size_t>((c | 0x20) - 'a');
}

double pair_bits(char a, char b) {
  return static_cast<double>(kLetterPairs.at(letter(a))[letter(b)] - '0') / kStepsABit;
}

// Of a letter behind a letter; `before` is the one before both, 0 when there is none. Words change from lower to upper
// case at their seams ("getToken"), and seams stand three letters or more apart.
double letter_bits(std::string_view s, std::size_t i) {
  const char a = s[i - 1];
  const char b = s[i];
  if (is_lower(a) && is_upper(b)) {
    const bool after_word = i >= 2 && is_lower(s[i - 2]);
    const bool before_word = i + 1 < s.size() && is_letter(s[i + 1]);
    return after_word && before_word ? kFirstLetter : kCaseBreak;
  }
  // "Token" and "JSONValue", but not "xYz".
  if (is_upper(a) && is_lower(b)) return pair_bits(a, b) + (i >= 2 && is_digit(s[i - 2]) ? 1.0 : 0.0);
  return pair_bits(a, b);
}

double bits_at(std::string_view s, std::size_t i) {
  const char b = s[i];
  if (i == 0) return is_letter(b) ? kFirstLetter : is_digit(b) ? kDigit : kSymbol;
  const char a = s[i - 1];
  if (is_letter(b)) return is_letter(a) ? letter_bits(s, i) : is_digit(a) ? kOutOfNumber : kFirstLetter;
  if (is_digit(b)) return is_letter(a) ? kIntoNumber : kDigit;
  const bool separator = std::string_view("-_./ :,").find(b) != std::string_view::npos;
  return separator && (is_letter(a) || is_digit(a)) ? kSeparator : kSymbol;
}

}  // namespace

double surprise(std::string_view s) {
  if (s.size() < 2) return 0;
  double bits = 0;
  for (std::size_t i = 0; i < s.size(); ++i) bits += bits_at(s, i);
  return bits / static_cast<double>(s.size());
}

bool reads_as_words(std::string_view s) {
  return surprise(s) < kOfWords;
}

bool made_by_people(std::string_view s) {
  while (!s.empty() && !is_letter(s.back())) s.remove_suffix(1);
  while (!s.empty() && !is_letter(s.front())) s.remove_prefix(1);
  constexpr std::string_view kDigitsForLetters = "013457@$";
  constexpr std::string_view kLetters = "oieastas";
  std::string word(s);
  for (auto& c : word)
    if (const auto at = kDigitsForLetters.find(c); at != std::string_view::npos) c = kLetters[at];
  return surprise(word) < kThoughtUp;
}

std::size_t longest_sequence(std::string_view s) {
  std::size_t longest = s.empty() ? 0 : 1;
  std::size_t run = 1;
  int step = 2;  // none that counts
  for (std::size_t i = 1; i < s.size(); ++i) {
    const int now = s[i] - s[i - 1];
    if (now == step)
      ++run;
    else
      run = std::abs(now) <= 1 ? 2 : 1;
    step = std::abs(now) <= 1 ? now : 2;
    longest = std::max(longest, run);
  }
  return longest;
}

std::size_t distinct_characters(std::string_view s) {
  std::array<bool, 256> seen{};
  for (const char c : s) seen[static_cast<unsigned char>(c)] = true;
  return static_cast<std::size_t>(std::ranges::count(seen, true));
}

}  // namespace assay::secrets

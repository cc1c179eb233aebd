#include "secrets/value_score.h"

#include <algorithm>
#include <cstddef>

#include "base/ascii.h"
#include "base/text.h"
#include "secrets/checks.h"
#include "secrets/randomness.h"

namespace assay::secrets {
namespace {

constexpr std::size_t kLeastToken = 12;
constexpr std::size_t kLeastOfSomeKey = 20;
constexpr std::size_t kLeastWithoutDigit = 24;
constexpr std::size_t kLeastRun = 8;  // letters and digits in a row: "aws.auth#sigv4" has fewer
constexpr int kLeastDigits = 3;       // of what is named by nothing that opens
constexpr std::size_t kLeastDrawn = 8;
constexpr std::size_t kMostPassword = 128;  // longer ones are texts

bool has(std::string_view s, char from, char to) {
  return std::ranges::any_of(s, [=](char c) { return c >= from && c <= to; });
}

double clamp(double x, double low, double high) {
  return std::min(std::max(x, low), high);
}

std::size_t longest_run(std::string_view s) {
  std::size_t longest = 0;
  std::size_t run = 0;
  for (const char c : s) {
    run = is_alnum(c) ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  return longest;
}

// "required|min:8|confirmed": what a field must be.
bool is_list_of_words(std::string_view value) {
  return std::ranges::count(value, '|') >= 2 && std::ranges::all_of(split(value, '|'), made_by_people);
}

// A mixture of classes speaks for a password, words alone against it.
double score_of_password(std::string_view value) {
  if (value.size() < kLeastPassword || value.size() > kMostPassword) return 0;
  const double bits = surprise(value);
  const int classes = classes_of(value);
  if (!has(value, '0', '9') && made_by_people(value)) return 0.1;
  if (is_list_of_words(value)) return 0.1;
  double score = 0.25 + 0.08 * (classes - 1) + 0.12 * clamp(bits - 3.6, -1.0, 1.5);
  score += 0.01 * clamp(static_cast<double>(value.size()) - 8.0, -2.0, 10.0);
  return clamp(score, 0.0, 0.65);
}

// Long, of letters and digits, and no words. Letters of one case are names ("keyword.language.gdscript"), however
// strange their words.
double score_of_token(std::string_view value, NameMeaning meaning) {
  if (value.size() < (meaning == NameMeaning::some_key ? kLeastOfSomeKey : kLeastToken)) return 0;
  const bool both_cases = has(value, 'a', 'z') && has(value, 'A', 'Z');
  if (!has(value, '0', '9') && (value.size() < kLeastWithoutDigit || !both_cases)) return 0.1;
  if (reads_as_words(value)) return 0.1;
  if (std::ranges::all_of(value, is_digit)) return 0.1;
  if (longest_run(value) < kLeastRun) return 0.1;
  if (meaning == NameMeaning::some_key && std::ranges::count_if(value, is_digit) < kLeastDigits) return 0.1;
  const double bits = surprise(value);
  double score = 0.3 + 0.12 * clamp(bits - 4.2, -1.5, 1.2) + 0.06 * clamp(entropy(value) - 3.2, -2.0, 1.5);
  score += 0.006 * clamp(static_cast<double>(value.size()) - 20.0, -8.0, 20.0);
  if (meaning != NameMeaning::token) score -= 0.03;
  return clamp(score, 0.0, 0.65);
}

bool has_blanks_or_more(std::string_view value) {
  return std::ranges::any_of(
      value, [](char c) { return static_cast<unsigned char>(c) <= 0x20 || static_cast<unsigned char>(c) >= 0x7f; });
}

// "#1a7f37", with transparency or without.
bool is_color(std::string_view value) {
  return (value.size() == 7 || value.size() == 9) && value.find_first_not_of("0123456789abcdefABCDEF", 1) == value.npos;
}

}  // namespace

double score_of_value(std::string_view value, NameMeaning meaning) {
  return meaning == NameMeaning::password ? score_of_password(value) : score_of_token(value, meaning);
}

bool is_drawn(std::string_view value) {
  return value.size() >= kLeastDrawn && has(value, '0', '9') && std::ranges::any_of(value, is_letter) &&
         !made_by_people(value);
}

bool is_text(std::string_view value) {
  if (has_blanks_or_more(value)) return true;
  if (value.find("://") != std::string_view::npos || value.starts_with("./") || value.starts_with("../") ||
      value.starts_with("~/") || value.starts_with("www.") || value.starts_with("arn:") || value.starts_with("urn:"))
    return true;
  // "#password-input-2", "#1a7f37"
  if (value.starts_with('#') && (made_by_people(value) || is_color(value))) return true;
  // "/etc/app/key.pem", "config.secret.path", "user@host.name"
  return value.starts_with('/') && reads_as_words(value);
}

bool is_passphrase(std::string_view value) {
  constexpr std::size_t kMostWords = 4;
  constexpr std::string_view kOther = ":,;=(){}[]<>/\\\"'`";  // of sentences and code
  if (value.find_first_of(kOther) != std::string_view::npos) return false;
  const auto words = split(value, ' ');
  return words.size() > 1 && words.size() <= kMostWords &&
         std::ranges::none_of(words, [](auto word) { return word.empty() || has_blanks_or_more(word); }) &&
         std::ranges::any_of(words, is_drawn);
}

bool is_code(std::string_view value) {
  return value.find("::") != std::string_view::npos || value.find("->") != std::string_view::npos ||
         value.find("()") != std::string_view::npos || value.ends_with(';') || value.starts_with("self.") ||
         value.starts_with("this.") || value.starts_with("process.env") || value.starts_with("os.environ");
}

bool names_a_secret(std::string_view value) {
  const bool is_name = std::ranges::all_of(
      value, [](char c) { return is_letter(c) || std::string_view("_-.$").find(c) != std::string_view::npos; });
  return is_name && meaning_of(value) != NameMeaning::nothing;
}

int classes_of(std::string_view s) {
  const bool other = !std::ranges::all_of(s, is_alnum);
  return static_cast<int>(has(s, 'a', 'z')) + static_cast<int>(has(s, 'A', 'Z')) + static_cast<int>(has(s, '0', '9')) +
         static_cast<int>(other);
}

}  // namespace assay::secrets

#include "net/http/retry_after.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <vector>

#include "base/text.h"

namespace assay::net::http {
namespace {

constexpr std::array<std::string_view, 12> kMonths = {"jan", "feb", "mar", "apr", "may", "jun",
                                                      "jul", "aug", "sep", "oct", "nov", "dec"};

std::optional<int> number(std::string_view text) {
  constexpr std::size_t kMaxDigits = 9;
  int n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (text.empty() || text.size() > kMaxDigits || error != std::errc{} || end != text.data() + text.size() || n < 0) {
    return std::nullopt;
  }
  return n;
}

std::vector<std::string_view> words(std::string_view text) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    const auto end = std::min(text.find_first_of(" ,-"), text.size());
    if (end > 0) out.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::optional<std::chrono::seconds> time_of_day(std::string_view text) {
  const auto parts = split(text, ':');
  if (parts.size() != 3) return std::nullopt;
  const auto hour = number(parts[0]);
  const auto minute = number(parts[1]);
  const auto second = number(parts[2]);
  if (!hour || !minute || !second || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  return std::chrono::hours(*hour) + std::chrono::minutes(*minute) + std::chrono::seconds(*second);
}

// RFC 9110: a two-digit year that seems more than 50 years ahead is in the past; no Retry-After is that old or far.
int full_year(int year) {
  constexpr int kPivot = 70;
  if (year >= 100) return year;
  return year >= kPivot ? 1900 + year : 2000 + year;
}

}  // namespace

// All three forms name day before year among their numbers, and differ in where month and time stand.
std::optional<Time> parse_http_date(std::string_view text) {
  constexpr std::size_t kLongest = 64;
  if (text.size() > kLongest) return std::nullopt;
  std::optional<std::chrono::seconds> time;
  std::optional<unsigned> month;
  std::vector<int> numbers;
  for (const auto word : words(trim(text))) {
    const auto named = std::ranges::find(kMonths, ascii_lower(word));
    if (named != kMonths.end()) {
      month = static_cast<unsigned>(named - kMonths.begin()) + 1;
    } else if (word.find(':') != std::string_view::npos) {
      time = time_of_day(word);
    } else if (const auto n = number(word)) {
      numbers.push_back(*n);
    }
  }
  if (!time || !month || numbers.size() != 2) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(full_year(numbers[1])), std::chrono::month(*month),
                                         std::chrono::day(static_cast<unsigned>(numbers[0]))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date) + *time;
}

std::optional<Duration> parse_retry_after(std::string_view text, Time at) {
  constexpr Duration kLongest = std::chrono::days(365);
  text = trim(text);
  if (const auto seconds = number(text)) return std::min<Duration>(std::chrono::seconds(*seconds), kLongest);
  const auto date = parse_http_date(text);
  if (!date) return std::nullopt;
  return std::clamp<Duration>(*date - at, Duration::zero(), kLongest);
}

}  // namespace assay::net::http

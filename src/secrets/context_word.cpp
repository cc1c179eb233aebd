#include "secrets/context_word.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/ascii.h"
#include "base/text.h"

namespace assay::secrets {
namespace {

constexpr std::string_view kSeparators = "_-. ";
constexpr std::size_t kShort = 4;
constexpr std::size_t kLeastSought = 3;  // shorter parts are everywhere

bool is_separator(char c) {
  return kSeparators.find(c) != std::string_view::npos;
}

// Parts that names of many providers' secrets share.
bool is_common(std::string_view part) {
  constexpr auto kCommon = std::to_array<std::string_view>(
      {"api",     "key",    "token",   "secret",   "access", "auth",    "client",   "id",
       "private", "app",    "account", "password", "user",   "webhook", "oauth",    "public",
       "service", "server", "project", "session",  "cloud",  "data",    "personal", "signing"});
  return std::ranges::find(kCommon, part) != kCommon.end();
}

bool begins_a_word(std::string_view text, std::size_t begin) {
  if (begin == 0) return true;
  const char before = text[begin - 1];
  return !(is_lower(before) || is_upper(before)) || (is_lower(before) && is_upper(text[begin]));
}

bool ends_a_word(std::string_view text, std::size_t end) {
  if (end == text.size() || is_lower(text[end])) return end == text.size();
  if (!is_upper(text[end]) || is_lower(text[end - 1])) return true;
  return end + 1 < text.size() && is_lower(text[end + 1]);  // "AWSKey"
}

// Where the first `count` of `parts` begin when they end before what begins at `begin`.
std::optional<std::size_t> backwards(std::string_view text, std::size_t begin, const std::vector<std::string>& parts,
                                     std::size_t count) {
  for (std::size_t i = count; i-- > 0;) {
    if (begin > 0 && is_separator(text[begin - 1])) --begin;
    if (begin < parts[i].size() || !iequals(text.substr(begin - parts[i].size(), parts[i].size()), parts[i]))
      return std::nullopt;
    begin -= parts[i].size();
  }
  return begin;
}

std::optional<std::size_t> forwards(std::string_view text, std::size_t begin, const std::vector<std::string>& parts,
                                    std::size_t from) {
  for (std::size_t i = from; i < parts.size(); ++i) {
    if (begin < text.size() && is_separator(text[begin])) ++begin;
    if (!iequals(text.substr(begin, parts[i].size()), parts[i])) return std::nullopt;
    begin += parts[i].size();
  }
  return begin;
}

}  // namespace

ContextWord::ContextWord(std::string_view word) {
  for (const auto part : split(word, ' '))
    if (!part.empty()) parts_.push_back(ascii_lower(part));
  for (const auto& part : parts_) size_ += part.size();
  name_ = join(parts_, " ");
  const auto rarity = [](std::string_view part) {
    return (is_common(part) || part.size() < kLeastSought ? 0U : 100U) + part.size();
  };
  for (std::size_t i = 1; i < parts_.size(); ++i)
    if (rarity(parts_[i]) > rarity(parts_[chosen_])) chosen_ = i;
}

bool ContextWord::stands_at(std::string_view text, std::size_t end, std::size_t& word_end) const {
  const auto begin = backwards(text, end - literal().size(), parts_, chosen_);
  if (!begin) return false;
  const auto finish = forwards(text, end, parts_, chosen_ + 1);
  if (!finish) return false;
  word_end = *finish;
  return size_ > kShort || (begins_a_word(text, *begin) && ends_a_word(text, *finish));
}

}  // namespace assay::secrets

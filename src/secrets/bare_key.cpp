#include "secrets/bare_key.h"

#include <algorithm>
#include <array>

#include "base/ascii.h"
#include "base/text.h"
#include "secrets/randomness.h"
#include "secrets/reader.h"
#include "secrets/value_score.h"

namespace assay::secrets {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kKey = "key";
constexpr std::size_t kLeastKey = 24;
constexpr std::size_t kMostKey = 128;
constexpr std::ptrdiff_t kLeastDigits = 4;
constexpr double kLeastSurprise = 4.5;  // of random letters and digits of both cases
constexpr std::size_t kAround = 200;    // bytes before and behind that may speak of data

// What keys of data are spoken of with: caches, stores, indexes, translations, lists of an interface, public keys.
constexpr auto kOfData = std::to_array(
    {"cache"sv, "public"sv,   "pubkey"sv,  "i18n"sv,   "transl"sv,   "locale"sv, "react"sv,  "label"sv,
     "title"sv, "children"sv, "props"sv,   "column"sv, "index"sv,    "sort"sv,   "bucket"sv, "object"sv,
     "s3"sv,    "etag"sv,     "hash"sv,    "digest"sv, "checksum"sv, "kid"sv,    "uuid"sv,   "guid"sv,
     "icon"sv,  "menu"sv,     "algolia"sv, "search"sv, "site"sv,     "figma"sv,  "node"sv,   "component"sv,
     "style"sv, "foreign"sv,  "primary"sv, "cursor"sv, "page"sv,     "token"sv,  "\"id\""sv, " id:"sv});

bool is_drawn_key(std::string_view value) {
  if (value.size() < kLeastKey || value.size() > kMostKey) return false;
  const auto is_one = [](char c) { return is_alnum(c) || std::string_view("+/=_-").find(c) != std::string_view::npos; };
  return std::ranges::all_of(value, is_one) && std::ranges::any_of(value, is_lower) &&
         std::ranges::any_of(value, is_upper) && std::ranges::count_if(value, is_digit) >= kLeastDigits &&
         surprise(value) >= kLeastSurprise && is_drawn(value);
}

bool speaks_of_data(std::string_view text, const QuotedText& value) {
  const auto from = value.begin > kAround ? value.begin - kAround : 0;
  const auto around = ascii_lower(text.substr(from, value.begin - from)) + ascii_lower(text.substr(value.end, kAround));
  return std::ranges::any_of(kOfData, [&](std::string_view word) { return around.find(word) != std::string::npos; });
}

}  // namespace

bool is_given_to_key(std::string_view text, std::size_t at) {
  if (at < kKey.size() + 2 || !is(text[at - 1], kQuote)) return false;
  --at;
  while (at > 0 && is(text[at - 1], kBlank)) --at;
  if (at == 0 || (text[at - 1] != ':' && text[at - 1] != '=')) return false;
  --at;
  while (at > 0 && is(text[at - 1], kBlank)) --at;
  if (at > 0 && is(text[at - 1], kQuote)) --at;
  const auto before = text.substr(0, at);
  if (!before.ends_with(kKey)) return false;
  return at == kKey.size() || !is(before[at - kKey.size() - 1], kName);
}

void find_bare_key(std::string_view text, std::size_t at, const PlaceFacts& facts, std::vector<GenericFind>& finds) {
  if (facts.minified) return;
  Reader r(text, at);
  const auto value = read_quoted(r, text.substr(at - 1, 1));
  if (!value || !is_drawn_key(text.substr(value->begin, value->end - value->begin))) return;
  if (speaks_of_data(text, *value)) return;
  auto find = find_in_argument(text, *value, NameMeaning::some_key);
  if (!find) return;
  find->key = kKey;
  find->score = std::min(find->score, kGenericMostOfLow);
  finds.push_back(*find);
}

}  // namespace assay::secrets

#include "secrets/session_cookie.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "secrets/name_meaning.h"
#include "secrets/reader.h"
#include "secrets/value_score.h"

namespace assay::secrets {
namespace {

constexpr int kMostCookies = 32;
constexpr std::size_t kMostName = 80;
constexpr std::size_t kLeastValue = 16;

// "JSESSIONID", "connect.sid", "laravel_session", "cloud.session.token", "remember_user_token"; not "XSRF-TOKEN",
// "session_id_expires", "_ga".
bool names_a_session(std::string_view name) {
  constexpr auto kEnds = std::to_array<std::string_view>({"session", "sessionid", "sessid", "sid", "auth", "aspxauth"});
  const auto lower = ascii_lower(name);
  const auto meaning = meaning_of(name);
  if (meaning == NameMeaning::token || meaning == NameMeaning::password) return true;
  return std::ranges::any_of(kEnds, [&](std::string_view end) { return lower.ends_with(end); }) ||
         lower.ends_with("session_id") || lower.ends_with("session-id");
}

bool ends_value(char c) {
  return static_cast<unsigned char>(c) <= 0x20 || is(c, kQuote) ||
         std::string_view(";,\\<>()").find(c) != std::string_view::npos;
}

// The sign and the quotes between the name of a field and its cookies; false when there is no sign.
bool skip_to_cookies(Reader& r, bool flag) {
  constexpr std::string_view kMarks = "\"'`]\\ \t";
  bool sign = flag;
  for (int i = 0; i < 12; ++i) {
    const char c = r.now();
    const bool operation = c == ':' || c == '=' || c == ',' || c == '(' || c == '[';
    if (!operation && kMarks.find(c) == std::string_view::npos) break;
    sign = sign || operation;
    r.go(1);
  }
  return sign;
}

}  // namespace

void find_in_cookie(std::string_view text, std::size_t begin, std::size_t end, const PlaceFacts& /*facts*/,
                    std::vector<GenericFind>& finds) {
  if (end < text.size() && is(text[end], kName)) return;
  while (begin > 0 && end - begin < kMostName && is(text[begin - 1], kName)) --begin;
  Reader r(text, end);
  if (skip_to_cookies(r, text[begin] == '-')) find_cookies(text, r.at(), finds);
}

void find_cookies(std::string_view text, std::size_t at, std::vector<GenericFind>& finds) {
  Reader r(text, at);
  for (int i = 0; i < kMostCookies; ++i) {
    r.skip(kBlank, kMaxBlanks);
    const auto from = r.at();
    r.skip(kName, kMostName);
    const auto name = text.substr(from, r.at() - from);
    if (name.empty() || !r.take("=")) return;
    const auto begin = r.at();
    while (!r.ended() && !ends_value(r.now()) && r.at() - begin < kMaxValue) r.go(1);
    const QuotedText value{begin, r.at()};
    const auto written = text.substr(value.begin, value.end - value.begin);
    if (written.size() >= kLeastValue && names_a_session(name) && is_drawn(written) && r.now() != '<' &&
        r.now() != '(') {
      if (auto find = find_in_argument(text, value, NameMeaning::token)) {
        find->key = name;
        find->score = std::min(find->score, kGenericMostOfLow);
        finds.push_back(*find);
      }
    }
    if (!r.take(";")) return;
  }
}

}  // namespace assay::secrets

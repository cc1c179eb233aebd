#include "secrets/generic.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "secrets/assignment.h"
#include "secrets/checks.h"
#include "secrets/name_meaning.h"
#include "secrets/randomness.h"

namespace assay::secrets {
namespace {

constexpr std::size_t kLeastPassword = 6;
constexpr std::size_t kLeastToken = 12;
constexpr std::size_t kLeastWithoutDigit = 24;
constexpr std::size_t kMostPassword = 128;  // longer ones are texts
constexpr std::size_t kMostUserinfo = 256;
constexpr std::size_t kLeastBearer = 16;

bool is_alnum(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool has(std::string_view s, char from, char to) {
  return std::ranges::any_of(s, [=](char c) { return c >= from && c <= to; });
}

// Lower, upper, digit, other: how many of the four occur.
int classes_of(std::string_view s) {
  return static_cast<int>(has(s, 'a', 'z')) + static_cast<int>(has(s, 'A', 'Z')) + static_cast<int>(has(s, '0', '9')) +
         static_cast<int>(!std::ranges::all_of(s, is_alnum));
}

// What no secret has, and texts, paths and code do.
bool is_text(std::string_view value) {
  if (std::ranges::any_of(
          value, [](char c) { return static_cast<unsigned char>(c) <= 0x20 || static_cast<unsigned char>(c) >= 0x7f; }))
    return true;
  if (value.find("://") != std::string_view::npos || value.starts_with("./") || value.starts_with("../") ||
      value.starts_with("~/") || value.starts_with("www.") || value.starts_with("arn:") || value.starts_with("urn:"))
    return true;
  // "#password-input-2"
  if (value.starts_with('#') && made_by_people(value)) return true;
  // "/etc/app/key.pem", "config.secret.path", "user@host.name"
  return value.starts_with('/') && reads_as_words(value);
}

// "required|min:8|confirmed": what a field must be.
bool is_list_of_words(std::string_view value) {
  return std::ranges::count(value, '|') >= 2 && std::ranges::all_of(split(value, '|'), made_by_people);
}

// A dotted, scoped or called name: code, not a literal.
bool is_code(std::string_view value) {
  return value.find("::") != std::string_view::npos || value.find("->") != std::string_view::npos ||
         value.find("()") != std::string_view::npos || value.ends_with(';') || value.starts_with("self.") ||
         value.starts_with("this.") || value.starts_with("process.env") || value.starts_with("os.environ");
}

// What stands between a name and its value: "(token) => …", "sign('', 'secret') => …".
bool is_function(std::string_view between) {
  const auto arrow = between.find("=>");
  return arrow != std::string_view::npos && between.substr(0, arrow).find(')') != std::string_view::npos;
}

// "getCredentials('name')", "secrets.read('name')": what a call looks up is the name of a secret. `before`: what stands
// before the value, back to the name that it is given to, inclusive.
bool is_looked_up(std::string_view before) {
  while (!before.empty() && std::string_view("'\"` ").find(before.back()) != std::string_view::npos)
    before.remove_suffix(1);
  if (!before.ends_with('(')) return false;
  before.remove_suffix(1);
  const auto is_name = [](char c) { return is_alnum(c) || c == '_' || c == '$'; };
  auto begin = before.size();
  while (begin > 0 && is_name(before[begin - 1])) --begin;
  const auto parts = parts_of_name(before.substr(begin));
  constexpr auto kLookUps = std::to_array<std::string_view>(
      {"get", "find", "fetch", "load", "lookup", "query", "require", "use", "has", "is"});
  return !parts.empty() && std::ranges::find(kLookUps, parts.front()) != kLookUps.end();
}

double clamp(double x, double low, double high) {
  return std::min(std::max(x, low), high);
}

// People choose passwords: a mixture of classes speaks for one, words alone against it.
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

// The name of another secret: "DB_PASSWORD", "updatePassword", "var.db_password".
bool names_a_secret(std::string_view value) {
  const bool is_name = std::ranges::all_of(value, [](char c) {
    return (is_alnum(c) && !(c >= '0' && c <= '9')) || std::string_view("_-.$").find(c) != std::string_view::npos;
  });
  return is_name && meaning_of(value) != NameMeaning::nothing;
}

// Machines draw tokens: long, of letters and digits, and no words. Letters of one case are names
// ("keyword.language.gdscript"), however strange their words.
double score_of_token(std::string_view value, NameMeaning meaning) {
  if (value.size() < kLeastToken) return 0;
  const bool both_cases = has(value, 'a', 'z') && has(value, 'A', 'Z');
  if (!has(value, '0', '9') && (value.size() < kLeastWithoutDigit || !both_cases)) return 0.1;
  if (reads_as_words(value)) return 0.1;
  if (std::ranges::all_of(value, [](char c) { return c >= '0' && c <= '9'; })) return 0.1;
  const double bits = surprise(value);
  double score = 0.3 + 0.12 * clamp(bits - 4.2, -1.5, 1.2) + 0.06 * clamp(entropy(value) - 3.2, -2.0, 1.5);
  score += 0.006 * clamp(static_cast<double>(value.size()) - 20.0, -8.0, 20.0);
  if (meaning == NameMeaning::key) score -= 0.03;
  return clamp(score, 0.0, 0.65);
}

// "Bearer abc…" given to a name: the token is the secret.
std::size_t scheme_length(std::string_view value) {
  for (const std::string_view scheme : {"Bearer ", "Basic ", "Token ", "bearer ", "token "})
    if (value.starts_with(scheme)) return scheme.size();
  return 0;
}

}  // namespace

std::optional<GenericFind> find_assigned(std::string_view text, std::size_t begin, std::size_t end,
                                         const PlaceFacts& facts) {
  const auto assignment = read_assignment(text, begin, end);
  if (!assignment) return std::nullopt;
  GenericFind find{.begin = assignment->begin, .end = assignment->end};
  find.key = text.substr(assignment->key_begin, assignment->key_end - assignment->key_begin);
  // Without quotes a word of code is a name; files of configuration write values like this.
  if (!assignment->quoted && !assignment->flag && !facts.configuration) return std::nullopt;
  if (is_function(text.substr(assignment->key_end, assignment->begin - assignment->key_end))) return std::nullopt;
  if (is_looked_up(text.substr(assignment->key_begin, assignment->begin - assignment->key_begin))) return std::nullopt;
  // "arn:aws:…:secret:name"
  if (assignment->key_begin > 0 && text[assignment->key_begin - 1] == ':') return std::nullopt;
  const auto meaning = meaning_of(find.key);
  if (meaning == NameMeaning::nothing) return std::nullopt;
  find.begin += scheme_length(text.substr(find.begin, find.end - find.begin));
  const auto value = text.substr(find.begin, find.end - find.begin);
  if (value.size() < kLeastPassword || is_text(value) || (!assignment->quoted && is_code(value))) return std::nullopt;
  find.score = meaning == NameMeaning::password ? score_of_password(value) : score_of_token(value, meaning);
  if (!assignment->quoted) find.score = std::max(0.0, find.score - 0.05);
  find.words = reads_as_words(value);
  if (names_a_secret(value)) {
    find.score = 0.1;
    find.words = true;
  }
  return find;
}

std::optional<GenericFind> find_in_url(std::string_view text, std::size_t end) {
  const auto rest = text.substr(end, kMostUserinfo);
  std::size_t colon = std::string_view::npos;
  std::size_t at = std::string_view::npos;
  for (std::size_t i = 0; i < rest.size(); ++i) {
    const char c = rest[i];
    if (static_cast<unsigned char>(c) <= 0x20 || std::string_view("/\"'`<>\\|?#)],;").find(c) != std::string_view::npos)
      break;
    if (c == ':' && colon == std::string_view::npos) colon = i;
    if (c == '@') at = i;
  }
  if (colon >= at || at == std::string_view::npos || colon + 1 == at) return std::nullopt;
  GenericFind find{.begin = end + colon + 1, .end = end + at};
  const auto user = rest.substr(0, colon);
  const auto password = rest.substr(colon + 1, at - colon - 1);
  const auto host = rest.substr(at + 1);
  // "mailto:", "http://host:8080@…" and the like have no dot, port or name behind the "@".
  if (host.empty() || !(is_alnum(host.front()) || host.front() == '[' || host.front() == '$' || host.front() == '{'))
    return std::nullopt;
  find.words = reads_as_words(password) && classes_of(password) == 1;
  find.score = find.words ? 0.1 : 0.35 + score_of_password(password) / 2;
  if (user == password || istarts_with(host, "example.") || istarts_with(host, "host")) find.score = 0.1;
  return find;
}

std::optional<GenericFind> find_in_field(std::string_view text, std::size_t end) {
  auto at = end;
  const auto limit = std::min(text.size(), end + 16);
  while (at < limit && std::string_view("\"'`\\ \t:=,)]>").find(text[at]) != std::string_view::npos) ++at;
  const auto rest = text.substr(at, kMaxValue);
  const bool basic = istarts_with(rest, "basic ");
  if (!basic && !istarts_with(rest, "bearer ") && !istarts_with(rest, "token ")) return std::nullopt;
  const auto begin = rest.find(' ') + 1;
  auto stop = begin;
  while (stop < rest.size() &&
         (is_alnum(rest[stop]) || std::string_view("-._~+/=").find(rest[stop]) != std::string_view::npos))
    ++stop;
  const auto token = rest.substr(begin, stop - begin);
  GenericFind find{.begin = at + begin, .end = at + stop};
  std::string note;
  if (basic ? check_secret({"structure", "basic"}, token, note) != CheckResult::right : token.size() < kLeastBearer)
    return std::nullopt;
  find.words = reads_as_words(token);
  find.score = basic ? 0.6 : 0.2 + score_of_token(token, NameMeaning::token) * 0.8;
  return find;
}

}  // namespace assay::secrets

#include "secrets/generic.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/ascii.h"
#include "base/text.h"
#include "secrets/arguments.h"
#include "secrets/assignment.h"
#include "secrets/checks.h"
#include "secrets/name_meaning.h"
#include "secrets/randomness.h"
#include "secrets/value_score.h"

namespace assay::secrets {
namespace {

constexpr std::size_t kMostUserinfo = 256;
constexpr std::size_t kMostUrl = 400;
constexpr std::size_t kLeastBearer = 16;
constexpr int kMostItems = 32;  // of a list
constexpr double kWithoutQuotes = 0.05;

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

// Whether the name begins its line, or a macro: then a value behind blanks is given to it, in prose it need not be.
bool is_directive(std::string_view text, std::size_t key) {
  constexpr std::size_t kMost = 80;
  const auto from = key > kMost ? key - kMost : 0;
  auto before = text.substr(from, key - from);
  before.remove_prefix(std::min(before.size(), before.rfind('\n') + 1));
  while (!before.empty() && (before.back() == ' ' || before.back() == '\t')) before.remove_suffix(1);
  return before.empty() || before.ends_with("define");
}

// Whether a value behind a name and blanks ends its line or its command.
bool ends_directive(std::string_view text, std::size_t end) {
  return end >= text.size() || std::string_view("\r\n;\"'`").find(text[end]) != std::string_view::npos;
}

// How sure it must be that the value is a secret, by how it stands there.
enum class Standing { none, weak, plain };

Standing standing_of(std::string_view text, const Assignment& a, const PlaceFacts& facts) {
  if (a.joint == Joint::blank) {
    if (a.quoted) return is_directive(text, a.key_begin) ? Standing::plain : Standing::weak;
    if (!facts.configuration || !ends_directive(text, a.end)) return Standing::none;
    return is_directive(text, a.key_begin) ? Standing::plain : Standing::weak;
  }
  if (a.quoted || a.joint == Joint::flag) return Standing::plain;
  // Without quotes a word of code is a name; files of configuration write values like this.
  if (facts.configuration) return Standing::plain;
  return is_drawn(text.substr(a.begin, a.end - a.begin)) && is_inside_of_text(text, a) ? Standing::weak
                                                                                       : Standing::none;
}

// "Bearer abc…" given to a name: the token is the secret.
std::size_t scheme_length(std::string_view value) {
  for (const std::string_view scheme : {"Bearer ", "Basic ", "Token ", "bearer ", "token "})
    if (value.starts_with(scheme)) return scheme.size();
  return 0;
}

// Cheap: most values are none.
bool may_be_secret(std::string_view value, const Assignment& a) {
  if (value.size() < kLeastPassword || (!a.quoted && is_code(value))) return false;
  return !is_text(value.substr(scheme_length(value))) || (a.quoted && is_passphrase(value));
}

// Of the values that one name is given, one by one.
class Judge {
 public:
  Judge(std::string_view text, std::string_view key, NameMeaning meaning, Standing standing)
      : text_(text), key_(key), meaning_(meaning), standing_(standing), pair_(names_credentials(key)) {}

  // `index` among the values of a list.
  void look_at(const Assignment& a, int index, std::vector<GenericFind>& finds) const {
    GenericFind find{.begin = a.begin, .end = a.end, .key = key_};
    find.begin += scheme_length(text_.substr(find.begin, find.end - find.begin));
    const auto value = text_.substr(find.begin, find.end - find.begin);
    if (!may_be_secret(value, a)) return;
    const bool weak = standing_ == Standing::weak || index > 0 || meaning_ == NameMeaning::some_key;
    if (weak && !is_drawn(value)) return;
    find.score = score_of_value(value, meaning_);
    // ("user", "password")
    if (pair_ && index == 1) find.score = std::max(find.score, score_of_value(value, NameMeaning::password));
    if (!a.quoted) find.score = std::max(0.0, find.score - kWithoutQuotes);
    // What little speaks for is not even worth to be shown as put aside.
    if (weak && find.score < kGenericLeast) return;
    const bool name = find.score >= kGenericLeast && names_a_secret(value);
    if (name) find.score = 0.1;
    find.words = name || (find.score < kGenericLeast && reads_as_words(value));
    finds.push_back(find);
  }

 private:
  std::string_view text_, key_;
  NameMeaning meaning_;
  Standing standing_;
  bool pair_;
};

// The name before the "{" that [0, at) is in: "Jwt": { "Key": … }. Empty when it is far off.
std::string parent_of(std::string_view text, std::size_t at) {
  constexpr std::size_t kMost = 400;
  const auto from = at > kMost ? at - kMost : 0;
  auto before = text.substr(from, at - from);
  if (const auto closed = before.rfind('}'); closed != std::string_view::npos) before.remove_prefix(closed);
  const auto opened = before.rfind('{');
  if (opened == std::string_view::npos) return "";
  before = before.substr(0, opened);
  while (!before.empty() && !is_alnum(before.back())) before.remove_suffix(1);
  auto begin = before.size();
  while (begin > 0 && is_alnum(before[begin - 1])) --begin;
  return std::string(before.substr(begin));
}

// "Key" says nothing alone, and what it opens in "Jwt": { "Key": … }.
NameMeaning meaning_at(std::string_view text, std::size_t at, std::string_view key) {
  if (key != "Key") return meaning_of(key);
  const auto meaning = meaning_of(parent_of(text, at) + "Key");
  return meaning == NameMeaning::some_key ? NameMeaning::nothing : meaning;
}

// Credentials(user, "…"): whose first argument is no literal.
void find_in_credentials(std::string_view text, std::size_t begin, std::size_t end, std::vector<GenericFind>& finds) {
  Reader r(text, end);
  r.skip(kName, kMaxKey);
  const auto name_end = r.at();
  if (r.now() == '(' && names_credentials(text.substr(begin, name_end - begin)))
    find_second_argument(text, name_end + 1, finds);
}

// "arn:aws:…:secret:name", "mod:token:name"
bool is_part_of_path(std::string_view text, const Assignment& a) {
  return a.key_begin > 0 && text[a.key_begin - 1] == ':' && a.key_end < text.size() && text[a.key_end] == ':';
}

}  // namespace

void find_assigned(std::string_view text, std::size_t begin, std::size_t end, const PlaceFacts& facts,
                   std::vector<GenericFind>& finds) {
  while (end > begin + 1 && !is(text[end - 1], kName)) --end;
  while (begin + 1 < end && !is(text[begin], kName)) ++begin;
  auto assignment = read_assignment(text, begin, end);
  if (!assignment) return find_in_credentials(text, begin, end, finds);
  const auto standing = standing_of(text, *assignment, facts);
  if (standing == Standing::none || is_part_of_path(text, *assignment)) return;
  const bool one = !assignment->listed && assignment->joint == Joint::operation;
  if (one && !may_be_secret(text.substr(assignment->begin, assignment->end - assignment->begin), *assignment)) return;
  const auto key_begin = assignment->key_begin;
  const auto key_end = assignment->key_end;
  if (is_function(text.substr(key_end, assignment->begin - key_end))) return;
  if (is_looked_up(text.substr(key_begin, assignment->begin - key_begin))) return;
  const auto key = text.substr(key_begin, key_end - key_begin);
  const auto meaning = meaning_at(text, key_begin, key);
  if (meaning == NameMeaning::nothing) return;
  const Judge judge(text, key, meaning, standing);
  const bool arguments = assignment->joint != Joint::operation && assignment->quoted && names_credentials(key);
  for (int i = 0; i < kMostItems && assignment; ++i) {
    judge.look_at(*assignment, i, finds);
    if (!assignment->listed && !arguments) break;
    assignment = next_in_list(text, *assignment);
  }
}

namespace {

// scheme://user:password@host; `end`: behind "://".
void find_userinfo(std::string_view text, std::size_t end, std::vector<GenericFind>& finds) {
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
  if (colon >= at || at == std::string_view::npos || colon + 1 == at) return;
  GenericFind find{.begin = end + colon + 1, .end = end + at};
  const auto user = rest.substr(0, colon);
  const auto password = rest.substr(colon + 1, at - colon - 1);
  const auto host = rest.substr(at + 1);
  // "mailto:", "http://host:8080@…" and the like have no dot, port or name behind the "@".
  if (host.empty() || !(is_alnum(host.front()) || host.front() == '[' || host.front() == '$' || host.front() == '{'))
    return;
  find.words = reads_as_words(password) && classes_of(password) == 1;
  find.score = find.words ? 0.1 : 0.35 + score_of_value(password, NameMeaning::password) / 2;
  if (user == password || istarts_with(host, "example.") || istarts_with(host, "host")) find.score = 0.1;
  finds.push_back(find);
}

// "p" is a password beside a user only: ?u=bob&p=…
void find_in_query(std::string_view text, std::size_t end, std::vector<GenericFind>& finds) {
  constexpr auto kUsers = std::to_array<std::string_view>({"u", "user", "username", "usr", "login"});
  const auto rest = text.substr(end, kMostUrl);
  const auto query = rest.find('?');
  if (query == std::string_view::npos) return;
  const auto ends_url = [](char c) {
    return static_cast<unsigned char>(c) <= 0x20 || c == '<' || c == '\\' || is(c, kQuote);
  };
  if (std::ranges::any_of(rest.substr(0, query), ends_url)) return;
  bool user = false;
  std::optional<QuotedText> password;
  for (auto at = query + 1; at < rest.size();) {
    auto stop = at;
    while (stop < rest.size() && rest[stop] != '&' && !ends_url(rest[stop])) ++stop;
    const auto parameter = rest.substr(at, stop - at);
    const auto sign = parameter.find('=');
    auto name = parameter.substr(0, sign);
    if (name.starts_with("amp;")) name.remove_prefix(4);
    user = user || std::ranges::find(kUsers, name) != kUsers.end();
    if (name == "p" && sign != std::string_view::npos) password = {end + at + sign + 1, end + stop};
    if (stop == rest.size() || rest[stop] != '&') break;
    at = stop + 1;
  }
  if (!user || !password || !is_drawn(text.substr(password->begin, password->end - password->begin))) return;
  if (const auto find = find_in_argument(text, *password, NameMeaning::password)) finds.push_back(*find);
}

}  // namespace

void find_in_url(std::string_view text, std::size_t /*begin*/, std::size_t end, const PlaceFacts& /*facts*/,
                 std::vector<GenericFind>& finds) {
  find_userinfo(text, end, finds);
  find_in_query(text, end, finds);
}

namespace {

// The credentials behind the scheme that begins at `at`.
std::optional<GenericFind> find_of_scheme(std::string_view text, std::size_t at) {
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
  find.score = basic ? 0.6 : 0.2 + score_of_value(token, NameMeaning::token) * 0.8;
  return find;
}

}  // namespace

void find_in_field(std::string_view text, std::size_t /*begin*/, std::size_t end, const PlaceFacts& /*facts*/,
                   std::vector<GenericFind>& finds) {
  auto at = end;
  const auto limit = std::min(text.size(), end + 16);
  while (at < limit && std::string_view("\"'`\\ \t:=,)]>").find(text[at]) != std::string_view::npos) ++at;
  if (const auto find = find_of_scheme(text, at)) finds.push_back(*find);
}

void find_behind_scheme(std::string_view text, std::size_t begin, std::size_t /*end*/, const PlaceFacts& /*facts*/,
                        std::vector<GenericFind>& finds) {
  // In prose a word follows; in fields the scheme begins the value.
  if (begin == 0 || std::string_view("\"'`: \t").find(text[begin - 1]) == std::string_view::npos) return;
  const auto find = find_of_scheme(text, begin);
  if (find && find->score >= kGenericLeast && !find->words) finds.push_back(*find);
}

std::optional<GenericFind> find_in_argument(std::string_view text, const QuotedText& argument, NameMeaning meaning) {
  const auto value = text.substr(argument.begin, argument.end - argument.begin);
  if (value.size() < kLeastPassword || is_text(value) || names_a_secret(value)) return std::nullopt;
  const auto score = score_of_value(value, meaning);
  if (score < kGenericLeast) return std::nullopt;
  return GenericFind{.begin = argument.begin, .end = argument.end, .key = {}, .score = score};
}

}  // namespace assay::secrets

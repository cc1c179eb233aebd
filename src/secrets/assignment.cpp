#include "secrets/assignment.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace assay::secrets {
namespace {

constexpr std::size_t kMaxBlanks = 64;  // people align what they assign
constexpr std::size_t kMaxType = 40;
constexpr std::size_t kMaxCallee = 80;
constexpr int kMaxCalls = 3;  // in each other

enum CharClass : unsigned char { kOther = 0, kName = 1, kBlank = 2, kQuote = 4, kHard = 8 };

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
  return table;
}

bool is(char c, unsigned classes) {
  static constexpr auto kClasses = char_classes();
  return (kClasses[static_cast<unsigned char>(c)] & classes) != 0;
}

// A place in the text that moves to the right.
class Reader {
 public:
  Reader(std::string_view text, std::size_t at) : text_(text), at_(at) {}

  bool ended() const { return at_ >= text_.size(); }
  char now() const { return ended() ? '\0' : text_[at_]; }
  char next() const { return at_ + 1 < text_.size() ? text_[at_ + 1] : '\0'; }
  std::size_t at() const { return at_; }
  void go(std::size_t n) { at_ += n; }
  void set(std::size_t at) { at_ = at; }
  std::string_view text() const { return text_; }
  std::string_view rest(std::size_t most) const { return text_.substr(std::min(at_, text_.size()), most); }

  std::size_t skip(unsigned classes, std::size_t most) {
    const auto from = at_;
    while (!ended() && at_ - from < most && is(text_[at_], classes)) ++at_;
    return at_ - from;
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

// What closes a name: quotes (also escaped ones), brackets of a subscript, "?" and "!" of types.
bool skip_closers(Reader& r) {
  bool quoted = false;
  for (int i = 0; i < 6; ++i) {
    const char c = r.now();
    if (is(c, kQuote))
      quoted = true;
    else if (c != ']' && c != ')' && c != '\\' && c != '?' && c != '!')
      break;
    if ((c == '?' && r.next() == '?') || (c == '!' && r.next() == '=')) break;
    r.go(1);
  }
  return quoted;
}

// ": string =" and "string =": a type between the name and "=".
bool take_type(Reader& r) {
  auto ahead = r;
  ahead.skip(kBlank, kMaxBlanks);
  const auto from = ahead.at();
  while (!ahead.ended() && ahead.at() - from < kMaxType &&
         (is(ahead.now(), kName) || std::string_view("<>[]?|: *&").find(ahead.now()) != std::string_view::npos))
    ahead.go(1);
  if (ahead.at() == from || ahead.now() != '=' || ahead.next() == '=' || ahead.next() == '>') return false;
  ahead.go(1);
  r = ahead;
  return true;
}

enum class Operator { none, assign, comma, bracket, element, blank };

Operator take_operator(Reader& r, bool quoted_key, bool flag) {
  const auto blanks = r.skip(kBlank, kMaxBlanks);
  for (const std::string_view op : {"===", "!==", "==", "!=", ":=", "=>", "||=", "?\?=", "?=", "+=", "<-", "=~"})
    if (r.take(op)) return Operator::assign;
  switch (r.now()) {
    case '=':
      r.go(1);
      return Operator::assign;
    case ':':
      if (r.next() == ':') return Operator::none;
      r.go(1);
      take_type(r);
      return Operator::assign;
    case ',':
      if (!quoted_key && !flag) return Operator::none;
      r.go(1);
      return Operator::comma;
    case '(':
      if (quoted_key) return Operator::none;
      r.go(1);
      return Operator::bracket;
    case '>':
      r.go(1);
      return Operator::element;
    default:
      break;
  }
  if (blanks != 0 && flag) return Operator::blank;
  if (blanks != 0 && is(r.now(), kName) && take_type(r)) return Operator::assign;
  return Operator::none;
}

// "name": "TOKEN", "value": "…", on this line or the next; key="Token" value="…".
bool take_value_word(Reader& r) {
  auto ahead = r;
  if (ahead.now() == ',') ahead.go(1);
  ahead.skip(kBlank, kMaxBlanks);
  if (ahead.now() == '\r') ahead.go(1);
  if (ahead.now() == '\n') ahead.go(1);
  ahead.skip(kBlank, kMaxBlanks);
  ahead.skip(kQuote, 1);
  if (!istarts_with(ahead.rest(5), "value")) return false;
  ahead.go(5);
  ahead.skip(kQuote, 1);
  ahead.skip(kBlank, kMaxBlanks);
  if (ahead.now() != ':' && ahead.now() != '=') return false;
  ahead.go(1);
  r = ahead;
  return true;
}

// The quote that the reader stands at, with what belongs to it: \", ''' and the like, r"…". Empty when there is none.
std::string_view take_opening(Reader& r) {
  auto ahead = r;
  for (int i = 0; i < 2 && std::string_view("rbuRBUL@f").find(ahead.now()) != std::string_view::npos; ++i) ahead.go(1);
  if (ahead.now() == '\0') return {};
  if (ahead.now() == '\\' && is(ahead.next(), kQuote)) {
    const auto quote = ahead.rest(2);
    ahead.go(2);
    r = ahead;
    return quote;
  }
  if (!is(ahead.now(), kQuote)) return {};
  auto quote = ahead.rest(3);
  if (quote.size() < 3 || quote[1] != quote[0] || quote[2] != quote[0]) quote = quote.substr(0, 1);
  ahead.go(quote.size());
  r = ahead;
  return quote;
}

bool read_quoted(Reader& r, std::string_view quote, Assignment& found) {
  found.begin = r.at();
  const auto rest = r.rest(kMaxValue);
  for (std::size_t i = 0; i < rest.size(); ++i) {
    if (rest.substr(i).starts_with(quote)) {
      found.end = found.begin + i;
      found.quoted = true;
      r.go(i + quote.size());
      return i > 0;
    }
    if (rest[i] == '\n' && quote.size() < 3 && quote[0] != '`') return false;
    if (rest[i] == '\\' && quote[0] != '\\') ++i;
  }
  return false;
}

bool read_bare(Reader& r, Assignment& found) {
  found.begin = r.at();
  while (!r.ended() && !is(r.now(), kHard) && r.at() - found.begin < kMaxValue) r.go(1);
  found.end = r.at();
  return found.end > found.begin;
}

// A name of the environment where its default may follow: getenv("X", "default").
bool is_name_of_variable(std::string_view s) {
  return std::ranges::all_of(s, [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; });
}

// X || "…": what counts when there is no X.
bool read_fallback(Reader& r, Assignment& found) {
  r.skip(kBlank, kMaxBlanks);
  if (!r.take("||") && !r.take("?\?") && !r.take("or ")) return false;
  r.skip(kBlank, kMaxBlanks);
  const auto quote = take_opening(r);
  return !quote.empty() && read_quoted(r, quote, found);
}

// X("…"), X(Y("…")), getenv("X", "…"), getenv("X") || "…": the literal that a call comes down to.
bool read_call(Reader& r, Assignment& found, int depth) {
  if (depth == 0 || r.skip(kName, kMaxCallee) == 0 || !r.take("(")) return false;
  r.skip(kBlank, kMaxBlanks);
  const auto quote = take_opening(r);
  if (quote.empty()) return read_call(r, found, depth - 1);
  if (!read_quoted(r, quote, found)) return false;
  if (!is_name_of_variable(r.text().substr(found.begin, found.end - found.begin))) return true;
  if (r.take(")")) return read_fallback(r, found);
  if (!r.take(",")) return false;
  r.skip(kBlank, kMaxBlanks);
  const auto second = take_opening(r);
  return !second.empty() && read_quoted(r, second, found);
}

bool read_value(Reader& r, Operator op, Assignment& found) {
  r.skip(kBlank, kMaxBlanks);
  if (r.now() == '\n' || r.now() == '\r') {
    if (op == Operator::element || op == Operator::blank) return false;
    auto ahead = r;
    while (ahead.now() == '\r' || ahead.now() == '\n') ahead.go(1);
    ahead.skip(kBlank, kMaxBlanks);
    if (!is(ahead.now(), kQuote)) return false;
    r = ahead;
  }
  if (r.now() == '[' || r.now() == '(' || r.now() == '{') {
    r.go(1);
    r.skip(kBlank, kMaxBlanks);
  }
  if (const auto quote = take_opening(r); !quote.empty()) return read_quoted(r, quote, found);
  if (op == Operator::comma || op == Operator::bracket) return false;
  const auto plain = found;
  if (auto call = r; read_call(call, found, kMaxCalls)) return true;
  found = plain;
  if (!read_bare(r, found)) return false;
  // A call, a subscript or a template is no literal.
  const char after = r.now();
  const auto bare = found;
  if (read_fallback(r, found)) return true;
  found = bare;
  return after != '(' && after != '[' && after != '{' && after != '|';
}

// Whether "name", "value" is one pair and not two items of a list of names: the arguments of a call, or all there is
// between brackets.
bool is_pair(std::string_view text, const Assignment& found) {
  const auto is_mark = [&](std::size_t at) { return is(text[at], kQuote | kBlank) || text[at] == '\\'; };
  auto before = found.key_begin;
  while (before > 0 && is_mark(before - 1)) --before;
  auto after = found.end;
  while (after < text.size() && (is_mark(after) || text[after] == '\n' || text[after] == '\r')) ++after;
  const char opening = before > 0 ? text[before - 1] : '\0';
  const char closing = after < text.size() ? text[after] : '\0';
  return opening == '(' || closing == ')' || (opening == '[' && closing == ']') || (opening == '{' && closing == '}');
}

}  // namespace

bool may_be_assigned(std::string_view text, std::size_t end) {
  constexpr std::string_view kFollows = "=:,(>?|!<+";
  const auto limit = std::min(text.size(), end + kMaxKey);
  while (end < limit && is(text[end], kName)) ++end;
  if (end == limit) return false;
  const char c = text[end];
  if (kFollows.find(c) != std::string_view::npos || is(c, kQuote) || c == ']' || c == ')' || c == '\\') return true;
  if (!is(c, kBlank)) return false;
  while (end < limit && is(text[end], kBlank)) ++end;
  return end < limit && (kFollows.find(text[end]) != std::string_view::npos || is(text[end], kName | kQuote));
}

std::optional<Assignment> read_assignment(std::string_view text, std::size_t begin, std::size_t end) {
  Assignment found;
  found.key_begin = begin;
  while (found.key_begin > 0 && begin - found.key_begin < kMaxKey && is(text[found.key_begin - 1], kName))
    --found.key_begin;
  Reader r(text, end);
  r.skip(kName, kMaxKey);
  found.key_end = r.at();
  const bool flag = text[found.key_begin] == '-';
  // "x-y.password" and "-password": what is no part of a name stands before it.
  while (found.key_begin < begin && std::string_view("-.$").find(text[found.key_begin]) != std::string_view::npos)
    ++found.key_begin;
  const bool quoted_key = skip_closers(r);
  found.flag = flag;
  if (take_value_word(r)) {
    if (!read_value(r, Operator::assign, found)) return std::nullopt;
    return found;
  }
  const auto op = take_operator(r, quoted_key, flag);
  if (op == Operator::none || !read_value(r, op, found)) return std::nullopt;
  if (op == Operator::comma && !flag && !is_pair(text, found)) return std::nullopt;
  return found;
}

}  // namespace assay::secrets

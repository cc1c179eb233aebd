#include "secrets/assignment.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace assay::secrets {
namespace {

constexpr std::size_t kMaxType = 40;
constexpr std::size_t kMaxCallee = 80;
constexpr std::size_t kMaxSubscript = 64;
constexpr std::size_t kMaxBlock = 300;  // bytes from the name of a block to the default in it
constexpr int kMaxCalls = 3;            // in each other

// What closed a name.
struct Closers {
  bool quote = false;
  bool brace = false;  // $ENV{NAME}
};

// Quotes (also escaped ones), brackets of a subscript, "?" and "!" of types, "[]" of an array.
Closers skip_closers(Reader& r) {
  Closers closers;
  for (int i = 0; i < 6; ++i) {
    const char c = r.now();
    if (is(c, kQuote))
      closers.quote = true;
    else if (c == '}')
      closers.brace = true;
    else if (c == '[' && r.next() == ']')
      r.go(1);
    else if (c != ']' && c != ')' && c != '\\' && c != '?' && c != '!')
      break;
    if ((c == '?' && r.next() == '?') || (c == '!' && r.next() == '=')) break;
    r.go(1);
  }
  return closers;
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

// `literal`: what follows must be a literal in quotes. `blank`: there is no operator at all.
enum class Operator { none, assign, literal, call, element, blank };

// X || "…", X ?? "…", X or "…", X.unwrap_or("…"), X.orElse("…"): what counts when there is no X.
bool take_fallback(Reader& r) {
  const auto may_begin = [](char c) { return c == '|' || c == '?' || c == 'o' || c == '/' || c == '.'; };
  if (!is(r.now(), kBlank) && !may_begin(r.now())) return false;
  auto ahead = r;
  ahead.skip(kBlank, kMaxBlanks);
  if (!may_begin(ahead.now())) return false;
  if (ahead.take("||") || ahead.take("?\?") || ahead.take("or ") || ahead.take("// ")) {
    ahead.skip(kBlank, kMaxBlanks);
    r = ahead;
    return true;
  }
  for (const std::string_view method : {".unwrap_or(", ".unwrap_or_else(", ".orElse(", ".getOrElse(", ".or_else("}) {
    if (!ahead.take(method)) continue;
    // "|_| ", "() -> ": a function of nothing
    for (int i = 0; i < 8 && std::string_view("|_ ()->").find(ahead.now()) != std::string_view::npos; ++i) ahead.go(1);
    r = ahead;
    return true;
  }
  return false;
}

Operator take_sign(Reader& r, bool quoted_key, bool flag, bool in_braces) {
  // The second character of each; most signs have only one.
  if (std::string_view("=>|?-~").find(r.next()) != std::string_view::npos)
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
      // {password, "…"}: a tuple of Erlang
      if (!quoted_key && !flag && !in_braces) return Operator::none;
      r.go(1);
      return Operator::literal;
    case '(':
      if (quoted_key) return Operator::none;
      r.go(1);
      return Operator::call;
    case '>':
      r.go(1);
      return Operator::element;
    default:
      return Operator::none;
  }
}

// Whether the word here has a digit: without one, what stands behind a name and blanks is prose.
bool has_number(Reader r) {
  const auto word = r.rest(kMaxKey);
  for (const char c : word) {
    if (c >= '0' && c <= '9') return true;
    if (is(c, kHard)) return false;
  }
  return false;
}

Operator take_operator(Reader& r, Closers closers, bool flag, bool in_braces) {
  if (!closers.quote && r.now() == '{' && is(r.next(), kQuote)) {  // token_{"…"}
    r.go(1);
    return Operator::literal;
  }
  if (take_fallback(r)) return Operator::literal;
  const auto blanks = r.skip(kBlank, kMaxBlanks);
  const auto sign = take_sign(r, closers.quote, flag, in_braces);
  if (sign != Operator::none) return closers.brace && sign != Operator::assign ? Operator::none : sign;
  if (blanks == 0 || closers.brace || r.now() == ':' || r.now() == ',') return Operator::none;
  if (flag) return Operator::blank;
  if (closers.quote) return r.take("to ") ? Operator::literal : Operator::none;  // of Kotlin
  if (is(r.now(), kName) && take_type(r)) return Operator::assign;
  if (r.now() == '[') return is(r.next(), kQuote) ? Operator::literal : Operator::none;  // :auth ["…" "…"]
  return is(r.now(), kQuote) || has_number(r) ? Operator::blank : Operator::none;
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

// <key>TOKEN</key> <string>…</string>, <name>TOKEN</name> <value>…</value>: up to where the value begins.
bool take_next_element(Reader& r) {
  if (r.now() != '<') return false;
  auto ahead = r;
  if (!ahead.take("</") || ahead.skip(kName, kMaxKey) == 0 || !ahead.take(">")) return false;
  ahead.skip_space();
  for (const std::string_view element : {"<string>", "<value>", "<param-value>"}) {
    if (!ahead.take(element)) continue;
    r = ahead;
    return true;
  }
  return false;
}

// variable "token" { … default = "…" }: up to where the value begins.
bool take_default(Reader& r) {
  auto ahead = r;
  ahead.skip(kBlank, kMaxBlanks);
  if (!ahead.take("{")) return false;
  auto block = ahead.rest(kMaxBlock);
  block = block.substr(0, block.find('}'));
  const auto at = block.find("default");
  if (at == std::string_view::npos) return false;
  ahead.go(at + std::string_view("default").size());
  ahead.skip(kBlank, kMaxBlanks);
  if (!ahead.take("=")) return false;
  r = ahead;
  return true;
}

bool take_literal(Reader& r, Assignment& found) {
  const auto literal = read_literal(r);
  if (!literal) return false;
  found.begin = literal->begin;
  found.end = literal->end;
  found.quoted = true;
  return true;
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

// "new std::string", "env::var", "[]byte"
bool take_callee(Reader& r) {
  r.take("new ");
  r.take("[]");
  const auto from = r.at();
  while (!r.ended() && r.at() - from < kMaxCallee && (is(r.now(), kName) || r.now() == ':')) r.go(1);
  return r.at() != from && r.take("(");
}

// X("…"), X(Y("…")), getenv("X", "…"), getenv("X") || "…": the literal that a call comes down to.
bool read_call(Reader& r, Assignment& found, int depth) {
  if (depth == 0 || !take_callee(r)) return false;
  r.skip(kBlank, kMaxBlanks);
  auto ahead = r;
  if (take_opening(ahead).empty()) return read_call(r, found, depth - 1);
  if (!take_literal(r, found)) return false;
  if (!is_name_of_variable(r.text().substr(found.begin, found.end - found.begin))) return true;
  if (r.take(")")) return take_fallback(r) && take_literal(r, found);
  if (!r.take(",")) return false;
  r.skip(kBlank, kMaxBlanks);
  return take_literal(r, found);
}

// "- item" of YAML on one of the next lines.
bool take_item(Reader& r) {
  auto ahead = r;
  if (ahead.now() != '\n' && ahead.now() != '\r') return false;
  ahead.skip_space();
  if (!ahead.take("- ")) return false;
  ahead.skip(kBlank, kMaxBlanks);
  r = ahead;
  return true;
}

// What opens a list or a value before its quote.
bool take_bracket(Reader& r) {
  if (r.take("<<")) return true;
  if ((r.now() != '[' && r.now() != '(' && r.now() != '{') || (r.now() == '[' && r.next() == ']')) return false;
  r.go(1);
  r.skip_space();
  r.take("<<");
  return true;
}

// os.environ["X"], $ENV{X}
void skip_subscript(Reader& r) {
  const char closing = r.now() == '[' ? ']' : r.now() == '{' ? '}' : '\0';
  if (closing == '\0') return;
  const auto end = r.rest(kMaxSubscript).find(closing);
  if (end != std::string_view::npos) r.go(end + 1);
}

bool read_bare_value(Reader& r, Operator op, Assignment& found) {
  if (!read_bare(r, found)) return false;
  // A call, a subscript or a template is no literal.
  const char after = r.now();
  const auto bare = found;
  skip_subscript(r);
  if (op != Operator::blank && take_fallback(r) && take_literal(r, found)) return true;
  found = bare;
  return after != '(' && after != '[' && after != '{' && after != '|';
}

bool read_value(Reader& r, Operator op, Assignment& found) {
  r.skip(kBlank, kMaxBlanks);
  if (r.now() == '\n' || r.now() == '\r') {
    if (op == Operator::element || op == Operator::blank) return false;
    if (take_item(r)) {
      found.listed = true;
      return take_literal(r, found) || read_bare(r, found);
    }
    auto ahead = r;
    while (ahead.now() == '\r' || ahead.now() == '\n') ahead.go(1);
    ahead.skip(kBlank, kMaxBlanks);
    if (!is(ahead.now(), kQuote)) return false;
    r = ahead;
  }
  // "{…}" in an element is a password that Maven has encrypted.
  if (op != Operator::element && take_bracket(r)) found.listed = true;
  if (r.now() == ':' && is(r.next(), kQuote)) r.go(1);  // :"…" is an atom of Elixir
  auto ahead = r;
  if (!take_opening(ahead).empty()) return take_literal(r, found);
  if (op == Operator::literal || op == Operator::call) return false;
  const auto plain = found;
  if (auto call = r; op != Operator::blank && read_call(call, found, kMaxCalls)) return true;
  found = plain;
  return read_bare_value(r, op, found);
}

char before_marks(std::string_view text, std::size_t at) {
  while (at > 0 && (is(text[at - 1], kQuote | kBlank) || text[at - 1] == '\\')) --at;
  return at > 0 ? text[at - 1] : '\0';
}

char after_marks(std::string_view text, std::size_t at) {
  while (at < text.size() &&
         (is(text[at], kQuote | kBlank) || std::string_view("\\\r\n").find(text[at]) != std::string_view::npos))
    ++at;
  return at < text.size() ? text[at] : '\0';
}

// Whether "name", "value" is one pair and not two items of a list of names: the arguments of a call, or all there is
// between brackets.
bool is_pair(std::string_view text, const Assignment& found, bool quoted_key) {
  const char opening = before_marks(text, found.key_begin);
  const char closing = after_marks(text, found.end);
  if (!quoted_key && opening == ':') return true;  // an atom: set :token, "…"
  if (!quoted_key) return opening == '{' && (closing == '}' || closing == '>' || closing == ']' || closing == ',');
  return opening == '(' || closing == ')' || (opening == '[' && closing == ']') || (opening == '{' && closing == '}');
}

// --pass: #1a7f37; in a style sheet: a command line gives its options no ":". `r` stands behind the name.
bool is_style_property(Reader r) {
  r.skip(kBlank, kMaxBlanks);
  return r.now() == ':';
}

// name: TOKEN
//   value: …
bool value_follows(std::string_view text, std::size_t end) {
  Reader r(text, end);
  r.skip_space();
  return r.now() == 'v' || r.now() == 'V';
}

}  // namespace

bool may_be_assigned(std::string_view text, std::size_t end) {
  constexpr std::string_view kFollows = "=:,(>?|!<+{}[";
  const auto limit = std::min(text.size(), end + kMaxKey);
  while (end < limit && is(text[end], kName)) ++end;
  if (end == limit) return false;
  const char c = text[end];
  if (kFollows.find(c) != std::string_view::npos || is(c, kQuote) || c == ']' || c == ')' || c == '\\') return true;
  if (c == '\n' || c == '\r') return value_follows(text, end);
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
  const bool long_flag = text.substr(found.key_begin, 2) == "--";
  // "x-y.password" and "-password": what is no part of a name stands before it.
  while (found.key_begin < begin && std::string_view("-.$").find(text[found.key_begin]) != std::string_view::npos)
    ++found.key_begin;
  if (take_next_element(r)) {
    if (!read_value(r, Operator::element, found)) return std::nullopt;
    return found;
  }
  const auto closers = skip_closers(r);
  if (flag) found.joint = Joint::flag;
  if (long_flag && !closers.quote && is_style_property(r)) return std::nullopt;
  if (take_value_word(r) || (closers.quote && take_default(r))) {
    if (!read_value(r, Operator::assign, found)) return std::nullopt;
    return found;
  }
  const bool comma = r.now() == ',';
  const bool in_braces =
      comma && found.key_begin > 0 && (text[found.key_begin - 1] == ':' || before_marks(text, found.key_begin) == '{');
  const auto op = take_operator(r, closers, flag, in_braces);
  if (op == Operator::none || !read_value(r, op, found)) return std::nullopt;
  if (comma && !flag && !is_pair(text, found, closers.quote)) return std::nullopt;
  if (op == Operator::call) found.joint = Joint::call;
  if (op == Operator::blank && !flag) found.joint = Joint::blank;
  return found;
}

std::optional<Assignment> next_in_list(std::string_view text, const Assignment& found) {
  Reader r(text, found.end);
  for (int i = 0; i < 3 && (is(r.now(), kQuote) || r.now() == '\\'); ++i) r.go(1);
  auto next = found;
  if (found.listed && take_item(r)) {
    if (!take_literal(r, next) && !read_bare(r, next)) return std::nullopt;
    return next;
  }
  if (!found.quoted) return std::nullopt;
  if (r.now() == '>') r.take(">>");
  r.skip_space();
  r.take(",");
  r.skip_space();
  r.take("<<");
  // Some("…"), secret("…")
  if (is(r.now(), kName)) {
    r.skip(kName, kMaxCallee);
    if (!r.take("(")) return std::nullopt;
  }
  if (!take_literal(r, next)) return std::nullopt;
  return next;
}

bool is_inside_of_text(std::string_view text, const Assignment& found) {
  if (found.quoted || found.key_begin == 0 || found.end >= text.size()) return false;
  const char before = text[found.key_begin - 1];
  const char after = text[found.end];
  if (before == '{' && after == '}') return found.key_begin > 1 && text[found.key_begin - 2] == '$';
  const bool ends = is(after, kQuote) || after == '\\';
  if (is(before, kQuote) && ends) return true;
  const bool joined = text.substr(found.key_end, found.begin - found.key_end) == "=";
  if (!joined || std::string_view("\"'`;,&? ").find(before) == std::string_view::npos) return false;
  if (ends) return true;
  if (after != ';' && after != ',' && after != '&') return false;
  // The text ends on this line.
  constexpr std::size_t kMost = 200;
  const auto rest = text.substr(found.end, kMost);
  return rest.substr(0, rest.find('\n')).find_first_of("\"'`") != std::string_view::npos;
}

}  // namespace assay::secrets

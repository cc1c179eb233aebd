#include "secrets/command_words.h"

#include <algorithm>

#include "base/text.h"

namespace assay::secrets {
namespace {

constexpr std::size_t kMostBefore = 200;   // bytes from the beginning of a literal to the command in it
constexpr std::size_t kMostBetween = 100;  // bytes between two words of a list

// What a literal on the line of `at` holds before it; nothing when `at` is in none.
struct Literal {
  char quote;
  std::string_view before;
};
std::optional<Literal> literal_around(std::string_view text, std::size_t at) {
  const auto from = begin_of_line(text, at > kMostBefore ? at - kMostBefore : 0, at);
  char quote = '\0';
  std::size_t begin = from;
  for (auto i = from; i < at; ++i) {
    const char c = text[i];
    if (c == '\\') {
      ++i;
    } else if (quote == '\0' && is(c, kQuote)) {
      quote = c;
      begin = i + 1;
    } else if (c == quote) {
      quote = '\0';
    }
  }
  if (quote == '\0' || begin > at) return std::nullopt;
  return Literal{quote, text.substr(begin, at - begin)};
}

// Whether a command begins behind `before`: at the beginning of a literal, behind another command, or behind words that
// take one.
bool begins_command(std::string_view before) {
  const auto last = before.find_last_not_of(" \t");
  if (last == std::string_view::npos) return true;
  before = before.substr(0, last + 1);
  if (std::string_view("|;&(\"'`").find(before.back()) != std::string_view::npos) return true;
  const auto word = before.substr(before.find_last_of(" \t") + 1);  // the whole when there is no blank
  for (const std::string_view opener : {"sudo", "exec", "time", "env", "nohup", "-c", "-i", "RUN"})
    if (word == opener) return true;
  // NAME=value, docker exec NAME
  return word.find('=') != std::string_view::npos || before.find("exec ") != std::string_view::npos;
}

}  // namespace

std::optional<QuotedText> Words::next_of_line() {
  skip_blanks();
  const auto from = r_.at();
  while (!r_.ended() && !ends_word()) {
    const auto head = r_.text().substr(from, r_.at() - from);
    if (is(r_.now(), kQuote)) {
      if (r_.now() == quote_) break;
      // The quote that the whole command stands in ends it; one that opens a word, or the value of an option, does
      // not.
      if (!head.empty() && !head.starts_with('-') && !head.starts_with('/')) break;
      return read_literal(r_);
    }
    if (is_escaped_quote()) {
      const bool opens = head.empty() || head.ends_with('=') || (head.starts_with('-') && head.size() == 2);
      if (form_ == Form::line || !opens) break;
      return read_literal(r_);
    }
    r_.go(1);
  }
  if (r_.at() == from) return std::nullopt;
  return QuotedText{from, r_.at()};
}

std::optional<QuotedText> Words::next_of_list() {
  const auto from = r_.at();
  while (!r_.ended() && r_.at() - from < kMostBetween && !ends_list()) {
    if (!is(r_.now(), kQuote)) {
      r_.go(1);
      continue;
    }
    const auto literal = read_literal(r_);
    r_.skip(kBlank, kMaxBlanks);
    if (r_.now() == '+' || r_.now() == '%') return std::nullopt;  // a part of a text
    return literal;
  }
  return std::nullopt;
}

void Words::skip_blanks() {
  for (;;) {
    r_.skip(kBlank, kMaxBlanks);
    if (r_.now() != '\\' || r_.next() != '\n') return;
    r_.go(2);
  }
}

bool Words::ends_word() const {
  const char c = r_.now();
  if (form_ == Form::literal && c == '\\' && r_.next() == 'n') return true;
  return static_cast<unsigned char>(c) <= 0x20 || c == '|' || c == ';' || c == '<' || c == '>';
}

// Names, commas and openings stand between the words; a closing bracket only before another call: .arg("-u").
bool Words::ends_list() const {
  const char c = r_.now();
  if (c == ')' || c == ']') {
    auto ahead = r_;
    while (ahead.now() == ')' || ahead.now() == ']') ahead.go(1);
    ahead.skip_space();
    return ahead.now() != '.';
  }
  return !is(c, kName | kBlank | kQuote) && std::string_view(",[({&\r\n").find(c) == std::string_view::npos;
}

std::optional<Words> words_in_program(std::string_view text, std::size_t begin, std::size_t end) {
  if (text.substr(end).starts_with(".exe")) end += 4;
  if (end >= text.size()) return std::nullopt;
  // "/usr/bin/mysql"
  if (begin > 0 && text[begin - 1] == '/')
    for (std::size_t i = 0; begin > 0 && i < kMostBefore && (is(text[begin - 1], kName) || text[begin - 1] == '/'); ++i)
      --begin;
  const char after = text[end];
  if (is(after, kQuote) && begin > 0 && text[begin - 1] == after) return Words(text, end + 1, Words::Form::list);
  if (!is(after, kBlank | kQuote)) return std::nullopt;
  const auto literal = literal_around(text, begin);
  if (!literal || !begins_command(literal->before)) return std::nullopt;
  return Words(text, end, Words::Form::literal, literal->quote);
}

}  // namespace assay::secrets

#include "secrets/insert_statement.h"

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "secrets/name_meaning.h"
#include "secrets/reader.h"

namespace assay::secrets {
namespace {

constexpr std::size_t kMostOfStatement = 32U << 10U;
constexpr std::size_t kMostColumns = 64;
constexpr int kMostRows = 500;
constexpr std::size_t kMostName = 100;
constexpr std::size_t kMostExpression = 300;  // bytes of a value that is no literal

struct Column {
  std::string_view name;
  NameMeaning meaning = NameMeaning::nothing;
};

// Blanks, and ends of lines as literals of programs write them.
void skip_gap(Reader& r) {
  for (;;) {
    r.skip_space();
    if (r.now() != '\\' || std::string_view("nrt").find(r.next()) == std::string_view::npos) return;
    r.go(2);
  }
}

// What is kept instead of a password: "$2b$12$…", "pbkdf2_sha256$…", "{SSHA}…", "*" and 40 hexadecimal digits, and the
// digits or the Base64 of a digest.
bool is_digest(std::string_view value) {
  constexpr std::size_t kShortest = 24;  // of 16 bytes in Base64
  if (std::ranges::count(value, '$') >= 2 || value.starts_with('{') || value.size() > 2 * kShortest) return true;
  if (value.starts_with('*')) value.remove_prefix(1);
  const bool hexadecimal = value.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
  return value.size() >= kShortest && (hexadecimal || value.ends_with('='));
}

class InsertReader {
 public:
  InsertReader(std::string_view text, std::size_t at, std::vector<GenericFind>& finds)
      : text_(text), r_(text.substr(0, std::min(text.size(), at + kMostOfStatement)), at), finds_(finds) {}

  void read() {
    if (!read_table() || !read_columns()) return;
    skip_gap(r_);
    if (!istarts_with(r_.rest(6), "values")) return;
    r_.go(6);
    for (int row = 0; row < kMostRows; ++row) {
      if (!read_row()) return;
      skip_gap(r_);
      if (!r_.take(",")) return;
    }
  }

 private:
  static bool is_mark(char c) { return is(c, kQuote) || c == '[' || c == ']' || c == '\\'; }

  // shop.users, `users`, [dbo].[Users], \"users\"
  bool read_table() {
    const auto from = r_.at();
    while (!r_.ended() && r_.at() - from < kMostName && (is(r_.now(), kName) || is_mark(r_.now()))) r_.go(1);
    skip_gap(r_);
    return r_.take("(");
  }

  bool read_columns() {
    bool wanted = false;
    do {
      skip_gap(r_);
      while (is_mark(r_.now())) r_.go(1);
      const auto from = r_.at();
      if (r_.skip(kName, kMostName) == 0 || columns_.size() == kMostColumns) return false;
      const auto name = text_.substr(from, r_.at() - from);
      auto meaning = meaning_of(name);
      if (meaning == NameMeaning::some_key) meaning = NameMeaning::nothing;
      wanted = wanted || meaning != NameMeaning::nothing;
      columns_.push_back({name, meaning});
      while (is_mark(r_.now())) r_.go(1);
      skip_gap(r_);
    } while (r_.take(","));
    return wanted && r_.take(")");
  }

  bool read_row() {
    skip_gap(r_);
    if (!r_.take("(")) return false;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (i > 0 && !r_.take(",")) return false;
      skip_gap(r_);
      const auto value = read_value();
      skip_gap(r_);
      if (r_.now() != ',' && r_.now() != ')') return false;
      if (value) judge(columns_[i], *value);
    }
    return r_.take(")");
  }

  // A literal, or the one that a call begins with: MD5('…'), crypt('…', gen_salt('bf')). Goes behind the expression.
  std::optional<QuotedText> read_value() {
    auto value = read_text();
    const auto from = r_.at();
    int depth = 0;
    while (!r_.ended() && r_.at() - from < kMostExpression) {
      const char c = r_.now();
      if (depth == 0 && (c == ',' || c == ')')) return value;
      if (is(c, kQuote) || c == '\\') {
        if (!read_text()) return std::nullopt;
        continue;
      }
      // A cast (::text) leaves a literal what it is; anything else makes it a part of a text.
      if (value && depth == 0 && !is(c, kName | kBlank) && c != ':' && c != '\n') value.reset();
      if (c == '(') ++depth;
      if (c == ')') --depth;
      r_.go(1);
      if (c == '(' && depth == 1 && !value && r_.at() - from > 1) value = read_text();
    }
    return std::nullopt;
  }

  // '…' with '' for a quote, N'…', E'…', "…" of MySQL, \'…\' in a literal of a program.
  std::optional<QuotedText> read_text() {
    auto ahead = r_;
    if (is(ahead.next(), kQuote) && std::string_view("NnEe").find(ahead.now()) != std::string_view::npos) ahead.go(1);
    const bool escaped = ahead.now() == '\\';
    if (escaped) ahead.go(1);
    const char quote = ahead.now();
    if (quote != '\'' && quote != '"') return std::nullopt;
    ahead.go(1);
    const auto begin = ahead.at();
    while (!ahead.ended() && ahead.at() - begin < kMaxValue) {
      const auto at = ahead.at();
      if (escaped && ahead.now() == '\\' && ahead.next() == quote) {
        ahead.go(2);
        r_ = ahead;
        return QuotedText{begin, at};
      }
      if (ahead.now() == quote && ahead.next() != quote) {
        ahead.go(1);
        r_ = ahead;
        return QuotedText{begin, at};
      }
      ahead.go(ahead.now() == quote || ahead.now() == '\\' ? 2 : 1);
    }
    return std::nullopt;
  }

  void judge(const Column& column, const QuotedText& literal) {
    if (column.meaning == NameMeaning::nothing || literal.end <= literal.begin) return;
    const auto value = text_.substr(literal.begin, literal.end - literal.begin);
    if (column.meaning == NameMeaning::password && is_digest(value)) return;
    auto find = find_in_argument(text_, literal, column.meaning);
    if (!find) return;
    find->key = column.name;
    finds_.push_back(*find);
  }

  std::string_view text_;
  Reader r_;
  std::vector<Column> columns_;
  std::vector<GenericFind>& finds_;
};

}  // namespace

void find_in_insert(std::string_view text, std::size_t /*begin*/, std::size_t end, const PlaceFacts& /*facts*/,
                    std::vector<GenericFind>& finds) {
  InsertReader(text, end, finds).read();
}

}  // namespace assay::secrets

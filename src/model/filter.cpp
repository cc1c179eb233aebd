#include "model/filter.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <optional>
#include <utility>

#include "base/ascii.h"
#include "base/text.h"

namespace assay {

namespace {

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}
bool is_name(char c) {
  return is_letter(c) || is_digit(c) || c == '_' || c == '-';
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<Filter> run() {
    Filter filter;
    for (skip_spaces(); at_ < text_.size(); skip_spaces()) {
      if (filter.terms.size() + filter.words.size() == kMaxFilterTerms)
        return fail(ErrorCode::limit_exceeded, "filter", fmt::format("has more than {} terms", kMaxFilterTerms),
                    "use fewer");
      const bool negated = text_[at_] == '-';
      const auto name = field_at(at_ + (negated ? 1 : 0));
      if (!name.empty()) {
        auto term = read_term(name, negated);
        if (!term) return std::unexpected(term.error());
        filter.terms.push_back(std::move(*term));
        continue;
      }
      if (negated) return error(at_, "\"-\" excludes only FIELD:VALUE", "quote a word that begins with \"-\"");
      const std::size_t begin = at_;
      auto word = read_text(false);
      if (!word) return std::unexpected(word.error());
      if (trim(*word).empty()) return error(begin, "a word is empty", "leave it out");
      filter.words.push_back(std::move(*word));
    }
    return filter;
  }

 private:
  std::unexpected<Error> error(std::size_t at, std::string reason, std::string remedy) const {
    return fail(ErrorCode::invalid_input, "filter", fmt::format("column {}: {}", column(at), reason),
                std::move(remedy));
  }

  std::size_t column(std::size_t at) const {
    const auto before = text_.substr(0, at);
    return 1 + static_cast<std::size_t>(std::ranges::count_if(
                   before, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
  }

  void skip_spaces() {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  }

  // The field's name when a term begins at `begin`; empty when a word does.
  std::string_view field_at(std::size_t begin) const {
    if (begin >= text_.size() || !is_letter(text_[begin])) return {};
    std::size_t end = begin;
    while (end < text_.size() && is_name(text_[end])) ++end;
    if (end == text_.size() || (text_[end] != ':' && text_[end] != '<' && text_[end] != '>')) return {};
    return text_.substr(begin, end - begin);
  }

  FilterOp read_operator() {
    const char sign = text_[at_++];
    if (sign == ':') return FilterOp::one_of;
    const bool equal = at_ < text_.size() && text_[at_] == '=';
    if (equal) ++at_;
    if (sign == '<') return equal ? FilterOp::at_most : FilterOp::less;
    return equal ? FilterOp::at_least : FilterOp::greater;
  }

  Result<FilterTerm> read_term(std::string_view name, bool negated) {
    FilterTerm term{.field = std::string(name), .negated = negated, .column = column(at_)};
    const std::size_t begin = at_;
    at_ += name.size() + (negated ? 1 : 0);
    term.op = read_operator();
    const bool compares = term.op != FilterOp::one_of;
    if (compares && negated)
      return error(begin, "\"-\" excludes only FIELD:VALUE", fmt::format("turn the comparison of {} round", name));
    for (;;) {
      if (term.values.size() == kMaxFilterValues)
        return fail(ErrorCode::limit_exceeded, "filter",
                    fmt::format("column {}: {} has more than {} values", term.column, name, kMaxFilterValues),
                    "use fewer");
      auto value = read_value(name, compares);
      if (!value) return std::unexpected(value.error());
      term.values.push_back(std::move(*value));
      if (compares || at_ == text_.size() || text_[at_] != ',') break;
      ++at_;
    }
    if (at_ < text_.size() && !is_space(text_[at_]))
      return error(at_, fmt::format("{} is not expected here", quote_char()), "separate terms with spaces");
    return term;
  }

  Result<FilterValue> read_value(std::string_view name, bool compares) {
    FilterValue value{.column = column(at_)};
    const std::size_t begin = at_;
    if (at_ == text_.size() || is_space(text_[at_]) || text_[at_] == ',')
      return error(at_, fmt::format("a value of {} is missing", name), fmt::format("write {}:VALUE", name));
    const bool quoted = text_[at_] == '"';
    auto text = read_text(true);
    if (!text) return std::unexpected(text.error());
    value.text = std::move(*text);
    if (!quoted && value.text.ends_with('*')) {
      value.prefix = true;
      value.text.pop_back();
    } else if (quoted && at_ < text_.size() && text_[at_] == '*') {
      value.prefix = true;
      ++at_;
    }
    if (!quoted && value.text.find('*') != std::string::npos)
      return error(begin, "\"*\" stands only at the end of a value", "quote the value to look for the character");
    if (value.prefix && value.text.empty()) return error(begin, "\"*\" alone names everything", "leave the term out");
    if (value.prefix && compares) return error(begin, "a comparison takes no \"*\"", "write the whole value");
    return value;
  }

  // A quoted text, or a bare one until a space, a quotation mark or (in a list of values) a comma.
  Result<std::string> read_text(bool in_list) {
    const std::size_t begin = at_;
    if (text_[at_] == '"') return read_quoted();
    while (at_ < text_.size() && !is_space(text_[at_]) && text_[at_] != '"' && !(in_list && text_[at_] == ',')) ++at_;
    if (at_ < text_.size() && text_[at_] == '"')
      return error(at_, "a quotation mark stands inside of a word", "quote the whole word");
    return std::string(text_.substr(begin, at_ - begin));
  }

  Result<std::string> read_quoted() {
    const std::size_t begin = at_++;
    std::string out;
    for (; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size() && (text_[at_ + 1] == '"' || text_[at_ + 1] == '\\')) ++at_;
      out += text_[at_];
    }
    if (at_ == text_.size()) return error(begin, "a quoted text has no end", "close it with a quotation mark");
    ++at_;
    return out;
  }

  std::string quote_char() const { return fmt::format("\"{}\"", printable(ellipsis(text_.substr(at_), 12))); }

  std::string_view text_;
  std::size_t at_ = 0;
};

std::string quoted(std::string_view text) {
  return fmt::format("\"{}\"", replace_all(replace_all(std::string(text), "\\", "\\\\"), "\"", "\\\""));
}

// As it can stand without quotation marks wherever a value or a word may.
std::string bare_or_quoted(std::string_view text) {
  const bool plain = !text.empty() && (is_letter(text[0]) || is_digit(text[0])) &&
                     std::ranges::all_of(text, [](char c) { return is_name(c) || c == '.' || c == '/' || c == '@'; });
  return plain ? std::string(text) : quoted(text);
}

std::string_view sign_of(FilterOp op) {
  switch (op) {
    case FilterOp::one_of:
      return ":";
    case FilterOp::less:
      return "<";
    case FilterOp::at_most:
      return "<=";
    case FilterOp::greater:
      return ">";
    case FilterOp::at_least:
      return ">=";
  }
  return ":";
}

std::optional<std::chrono::minutes> unit_of(char c) {
  switch (c) {
    case 'm':
      return std::chrono::minutes{1};
    case 'h':
      return std::chrono::hours{1};
    case 'd':
      return std::chrono::days{1};
    case 'w':
      return std::chrono::weeks{1};
    default:
      return std::nullopt;
  }
}

// "-7d": nullopt when it is not of that form.
std::optional<Time> relative_time(std::string_view text, Time now) {
  if (text.size() < 3 || (text[0] != '-' && text[0] != '+')) return std::nullopt;
  const auto unit = unit_of(text.back());
  int count = 0;
  const auto* const end = text.data() + text.size() - 1;
  const auto [at, failed] = std::from_chars(text.data() + 1, end, count);
  constexpr int kMost = 1'000'000;  // minutes to weeks: no date beyond what milliseconds can hold
  if (!unit || failed != std::errc{} || at != end || count < 0 || count > kMost) return std::nullopt;
  return text[0] == '-' ? now - *unit * count : now + *unit * count;
}

}  // namespace

Result<Filter> parse_filter(std::string_view text) {
  if (text.size() > kMaxFilterBytes)
    return fail(ErrorCode::limit_exceeded, "filter",
                fmt::format("is {} bytes long, the limit is {}", text.size(), kMaxFilterBytes), "shorten it");
  if (!is_valid_utf8(text) || std::ranges::any_of(text, [](char c) {
        return !is_space(c) && (static_cast<unsigned char>(c) < 0x20 || c == '\x7F');
      }))
    return fail(ErrorCode::invalid_input, "filter", "holds control characters or invalid UTF-8", "remove them");
  return Parser(text).run();
}

std::string format_filter(const Filter& filter) {
  std::string out;
  const auto separate = [&] {
    if (!out.empty()) out += ' ';
  };
  for (const auto& term : filter.terms) {
    separate();
    out += fmt::format("{}{}{}", term.negated ? "-" : "", term.field, sign_of(term.op));
    for (std::size_t i = 0; i < term.values.size(); ++i)
      out += fmt::format("{}{}{}", i == 0 ? "" : ",", bare_or_quoted(term.values[i].text),
                         term.values[i].prefix ? "*" : "");
  }
  for (const auto& word : filter.words) {
    separate();
    out += bare_or_quoted(word);
  }
  return out;
}

Result<FilterTime> parse_filter_time(std::string_view text, Time now) {
  using std::chrono::days;
  using std::chrono::milliseconds;
  if (const auto relative = relative_time(text, now)) return FilterTime{*relative, *relative + milliseconds{1}};
  if (text.size() == 10) {
    if (const auto day = parse_rfc3339(fmt::format("{}T00:00:00Z", text))) return FilterTime{*day, *day + days{1}};
  } else if (const auto time = parse_rfc3339(text)) {
    return FilterTime{*time, *time + milliseconds{1}};
  }
  return fail(ErrorCode::invalid_input, "filter", fmt::format("\"{}\" is no date", printable(ellipsis(text, 40))),
              "write 2026-12-01, 2026-12-01T09:30:00Z, or from now -7d, +2w, -12h");
}

}  // namespace assay

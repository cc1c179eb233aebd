#include "secrets/reader.h"

namespace assay::secrets {

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

std::optional<QuotedText> read_quoted(Reader& r, std::string_view quote) {
  const auto begin = r.at();
  const auto rest = r.rest(kMaxValue);
  for (std::size_t i = 0; i < rest.size(); ++i) {
    if (rest.substr(i).starts_with(quote)) {
      r.go(i + quote.size());
      if (i == 0) return std::nullopt;
      return QuotedText{begin, begin + i};
    }
    if (rest[i] == '\n' && quote.size() < 3 && quote[0] != '`') return std::nullopt;
    if (rest[i] == '\\' && quote[0] != '\\') ++i;
  }
  return std::nullopt;
}

std::optional<QuotedText> read_literal(Reader& r) {
  const auto quote = take_opening(r);
  return quote.empty() ? std::nullopt : read_quoted(r, quote);
}

}  // namespace assay::secrets

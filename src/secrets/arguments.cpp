#include "secrets/arguments.h"

#include <algorithm>
#include <array>
#include <optional>

#include "secrets/name_meaning.h"
#include "secrets/reader.h"
#include "secrets/value_score.h"

namespace assay::secrets {
namespace {

constexpr int kMostArguments = 6;
constexpr std::size_t kMostOfOne = 300;  // bytes of an argument that is no literal
constexpr std::size_t kMostCallee = 80;

enum class Kind {
  user_and_password,  // login("user", "…"): the second, however it was chosen
  password_at_end,    // connect("host", "user", "…"): one behind the first, if it was drawn
  token,              // bearer("…"), jwt.sign(claims, "…"): any, if it was drawn
  userinfo,           // USERPWD, "user:…"
  characters,         // "…".toCharArray()
  field,              // setValue("…", forHTTPHeaderField: "X-Api-Key")
};

struct Call {
  std::string_view word;
  Kind kind;
};

// Those whose names hold a word of secrets ("basic_auth", "Credentials") are found by it.
constexpr auto kCalls = std::to_array<Call>({
    {"login(\"", Kind::user_and_password},
    {"login('", Kind::user_and_password},
    {"Login(\"", Kind::user_and_password},
    {"Credentials.basic(", Kind::user_and_password},
    {"authorization_basic(", Kind::user_and_password},
    {"username_pw_set(", Kind::user_and_password},
    {"onnect(\"", Kind::password_at_end},
    {"onnect('", Kind::password_at_end},
    {"DriverManager.", Kind::password_at_end},  // getConnection(
    {"new PDO(", Kind::password_at_end},
    {"new \\PDO(", Kind::password_at_end},
    {"createHmac(", Kind::password_at_end},
    {"omniauth ", Kind::password_at_end},
    {"jwt.sign(", Kind::token},
    {"jwt.verify(", Kind::token},
    {"jwt.encode(", Kind::token},
    {"jwt:verify(", Kind::token},
    {"Jwt.encode(", Kind::token},
    {"USERPWD,", Kind::userinfo},
    {".toCharArray(", Kind::characters},
    {"forHTTPHeaderField", Kind::field},
});

constexpr auto kWords = [] {
  std::array<std::string_view, kCalls.size()> words{};
  std::ranges::transform(kCalls, words.begin(), &Call::word);
  return words;
}();

const Call* call_of(std::string_view word) {
  const auto at = std::ranges::find_if(kCalls, [word](const Call& call) { return call.word == word; });
  return at == kCalls.end() ? nullptr : &*at;
}

// Goes behind the argument, to its comma or to what ends the call; false when it does not end within kMostOfOne bytes.
bool skip_argument(Reader& r) {
  int depth = 0;
  const auto from = r.at();
  while (!r.ended() && r.at() - from < kMostOfOne) {
    const char c = r.now();
    if (is(c, kQuote)) {
      if (!read_literal(r)) return false;
      continue;
    }
    if (depth == 0 && (c == ',' || c == ')' || c == ';' || c == '\n')) return true;
    if (c == '(' || c == '[' || c == '{') ++depth;
    if (c == ')' || c == ']' || c == '}') --depth;
    if (depth < 0) return true;
    r.go(1);
  }
  return false;
}

// "…", Some("…"), named: "…", :"…" and nothing behind it that changes it.
std::optional<QuotedText> read_argument(Reader& r) {
  auto ahead = r;
  for (int i = 0; i < 2 && is(ahead.now(), kName); ++i) {
    auto name = ahead;
    name.skip(kName, kMostCallee);
    if (name.now() != '(' && name.now() != ':' && name.now() != '=') break;
    name.go(1);
    name.skip(kBlank, kMaxBlanks);
    ahead = name;
  }
  const auto literal = read_literal(ahead);
  if (!literal) return std::nullopt;
  r = ahead;
  r.skip(kBlank, kMaxBlanks);
  if (r.now() == '+' || r.now() == '%') return std::nullopt;  // a part of a text
  return literal;
}

// Calls visit(index, literal) for each argument that is a literal, until it says true.
template <class Visit>
void each_argument(std::string_view text, std::size_t at, Visit visit) {
  Reader r(text, at);
  for (int i = 0; i < kMostArguments; ++i) {
    r.skip_space();
    const auto literal = read_argument(r);
    if (literal && visit(i, *literal)) return;
    if (!skip_argument(r) || !r.take(",")) return;
  }
}

class CallReader {
 public:
  CallReader(std::string_view text, std::vector<GenericFind>& finds) : text_(text), finds_(finds) {}

  void second_of(std::size_t at) {
    each_argument(text_, at, [&](int index, const QuotedText& literal) {
      if (index == 1) add(literal, NameMeaning::password);
      return index >= 1;
    });
  }

  void drawn_of(std::size_t at, int first, NameMeaning meaning) {
    each_argument(text_, at, [&](int index, const QuotedText& literal) {
      return index >= first && is_drawn(value_of(literal)) && add(literal, meaning);
    });
  }

  void userinfo_at(std::size_t at) {
    Reader r(text_, at);
    for (int i = 0; i < 6 && std::string_view("\"' \t,=>").find(r.now()) != std::string_view::npos; ++i) {
      if (auto literal = read_literal(r)) {
        const auto colon = value_of(*literal).find(':');
        if (colon == std::string_view::npos) return;
        literal->begin += colon + 1;
        add(*literal, NameMeaning::password);
        return;
      }
      r.go(1);
    }
  }

  // `at`: behind the quote.
  void characters_before(std::size_t at) {
    if (const auto literal = literal_ending_at(at); literal && is_drawn(value_of(*literal)))
      add(*literal, NameMeaning::password);
  }

  // "…", forHTTPHeaderField: "X-Api-Key": the word is [begin, end).
  void value_of_field(std::size_t begin, std::size_t end) {
    while (begin > 0 && is(text_[begin - 1], kBlank)) --begin;
    if (begin == 0 || text_[begin - 1] != ',') return;
    Reader r(text_, end);
    r.take(":");
    r.skip(kBlank, kMaxBlanks);
    const auto name = read_literal(r);
    if (!name) return;
    const auto meaning = meaning_of(value_of(*name));
    const auto value = literal_ending_at(begin - 1);
    if (value && meaning != NameMeaning::nothing) add(*value, meaning);
  }

 private:
  std::string_view value_of(const QuotedText& literal) const {
    return text_.substr(literal.begin, literal.end - literal.begin);
  }

  std::optional<QuotedText> literal_ending_at(std::size_t at) const {
    if (at < 2 || text_[at - 1] != '"') return std::nullopt;
    const auto from = at - 2 > kMostOfOne ? at - 2 - kMostOfOne : 0;
    const auto before = text_.substr(from, at - 1 - from);
    const auto quote = before.find_last_of("\"\n");
    if (quote == std::string_view::npos || before[quote] != '"' || quote + 1 == before.size()) return std::nullopt;
    return QuotedText{from + quote + 1, at - 1};
  }

  bool add(const QuotedText& literal, NameMeaning meaning) {
    const auto find = find_in_argument(text_, literal, meaning);
    if (find) finds_.push_back(*find);
    return find.has_value();
  }

  std::string_view text_;
  std::vector<GenericFind>& finds_;
};

}  // namespace

std::span<const std::string_view> call_words() {
  return kWords;
}

void find_in_call(std::string_view text, std::size_t begin, std::size_t end, const PlaceFacts& /*facts*/,
                  std::vector<GenericFind>& finds) {
  const auto* call = call_of(text.substr(begin, end - begin));
  if (call == nullptr) return;
  CallReader reader(text, finds);
  if (is(text[end - 1], kQuote)) --end;
  switch (call->kind) {
    case Kind::user_and_password:
      return reader.second_of(end);
    case Kind::password_at_end:
      return reader.drawn_of(end, 1, NameMeaning::password);
    case Kind::token:
      return reader.drawn_of(end, 0, NameMeaning::token);
    case Kind::userinfo:
      return reader.userinfo_at(end);
    case Kind::characters:
      return reader.characters_before(begin);
    case Kind::field:
      return reader.value_of_field(begin, end);
  }
}

void find_second_argument(std::string_view text, std::size_t at, std::vector<GenericFind>& finds) {
  CallReader(text, finds).second_of(at);
}

}  // namespace assay::secrets

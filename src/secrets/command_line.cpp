#include "secrets/command_line.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/text.h"
#include "secrets/reader.h"
#include "secrets/value_score.h"

namespace assay::secrets {
namespace {

constexpr std::size_t kMostOfLine = 400;  // bytes of a command that are looked at
constexpr int kMostWords = 40;

enum class Kind {
  attached,   // -p…
  separate,   // -p …, and "-p…" where that is allowed, too
  userinfo,   // -u user,…
  second,     // name …
  any,        // a word that is no option, path or name: it was drawn
  piped,      // echo "user:…" | word
  statement,  // word '…'
  pgpass,     // word base:user:…
};

struct Command {
  std::string_view word;
  Kind kind;
  std::string_view flag = {};
};

constexpr auto kCommands = std::to_array<Command>({
    {"mysql ", Kind::attached, "-p"},
    {"mysqldump ", Kind::attached, "-p"},
    {"mysqladmin ", Kind::attached, "-p"},
    {"mysqlimport ", Kind::attached, "-p"},
    {"mariadb ", Kind::attached, "-p"},
    {" login ", Kind::separate, "-p"},  // docker, az, oc, cf
    {"mongo ", Kind::separate, "-p"},
    {"mongosh ", Kind::separate, "-p"},
    {"mongodump ", Kind::separate, "-p"},
    {"mongorestore ", Kind::separate, "-p"},
    {"twine upload ", Kind::separate, "-p"},
    {"redis-cli ", Kind::separate, "-a"},
    {"openssl enc ", Kind::separate, "-k"},
    {"ldapsearch ", Kind::separate, "-w"},
    {"ldapmodify ", Kind::separate, "-w"},
    {"lftp ", Kind::userinfo, "-u"},
    {"smbclient ", Kind::userinfo, "-U"},
    {"net user ", Kind::second},
    {"add_user ", Kind::second},         // rabbitmqctl
    {"change_password ", Kind::second},  // the same
    {"net use ", Kind::any},
    {"htpasswd ", Kind::any},
    {"chpasswd", Kind::piped},
    {"identified by ", Kind::statement},
    {":5432:", Kind::pgpass},
});

constexpr auto kWords = [] {
  std::array<std::string_view, kCommands.size()> words{};
  std::ranges::transform(kCommands, words.begin(), &Command::word);
  return words;
}();

const Command* command_of(std::string_view word) {
  const auto at =
      std::ranges::find_if(kCommands, [word](const Command& command) { return iequals(command.word, word); });
  return at == kCommands.end() ? nullptr : &*at;
}

// The words of a command, without their quotes.
class Words {
 public:
  Words(std::string_view text, std::size_t at) : r_(text.substr(0, std::min(text.size(), at + kMostOfLine)), at) {}

  std::optional<QuotedText> next() {
    skip_blanks();
    const auto from = r_.at();
    while (!r_.ended() && !ends_word()) {
      if (is(r_.now(), kQuote)) {
        // The quote that the whole command stands in ends it; one that opens a word, or the value of an option, does
        // not.
        const auto head = r_.text().substr(from, r_.at() - from);
        if (!head.empty() && !head.starts_with('-') && !head.starts_with('/')) break;
        return read_literal(r_);
      }
      if (r_.now() == '\\' && is(r_.next(), kQuote)) break;
      r_.go(1);
    }
    if (r_.at() == from) return std::nullopt;
    return QuotedText{from, r_.at()};
  }

 private:
  void skip_blanks() {
    for (;;) {
      r_.skip(kBlank, kMaxBlanks);
      if (r_.now() != '\\' || r_.next() != '\n') return;
      r_.go(2);
    }
  }
  bool ends_word() const {
    const char c = r_.now();
    return static_cast<unsigned char>(c) <= 0x20 || c == '|' || c == ';' || c == '<' || c == '>';
  }

  Reader r_;
};

class CommandReader {
 public:
  CommandReader(std::string_view text, std::vector<GenericFind>& finds) : text_(text), finds_(finds) {}

  void behind_flag(std::size_t at, const Command& command) {
    Words words(text_, at);
    for (int i = 0; i < kMostWords; ++i) {
      const auto word = words.next();
      if (!word) return;
      const auto before = text_.substr(0, word->begin);
      const auto value = value_of(*word);
      // -p"…" comes without its flag.
      const bool quoted = is(before.empty() ? '\0' : before.back(), kQuote) && before.size() > command.flag.size() &&
                          before.substr(0, before.size() - 1).ends_with(command.flag);
      if (quoted) return add_of(*word, command.kind);
      if (!value.starts_with(command.flag) || value.starts_with("--")) continue;
      if (value.size() > command.flag.size())
        return add_of({word->begin + command.flag.size(), word->end}, command.kind);
      if (command.kind == Kind::attached) continue;
      if (const auto next = words.next()) add_of(*next, command.kind);
      return;
    }
  }

  void second_word(std::size_t at) {
    Words words(text_, at);
    if (const auto name = words.next(); !name || !is(text_[name->begin], kName)) return;
    const auto password = words.next();
    if (password && is_chosen(value_of(*password))) add(*password);
  }

  void any_word(std::size_t at) {
    Words words(text_, at);
    for (int i = 0; i < kMostWords; ++i) {
      const auto word = words.next();
      if (!word) return;
      const auto value = value_of(*word);
      if (is_chosen(value) && is_drawn(value) && value.find('.') == std::string_view::npos) return add(*word);
    }
  }

  // On the line before `at`.
  void piped_before(std::size_t at) {
    const auto from = begin_of_line(text_, at > kMostOfLine ? at - kMostOfLine : 0, at);
    const auto line = text_.substr(from, at - from);
    const auto pipe = line.rfind('|');
    if (pipe == std::string_view::npos) return;
    const auto colon = line.substr(0, pipe).rfind(':');
    if (colon == std::string_view::npos) return;
    const auto begin = from + colon + 1;
    auto end = begin;
    while (end < at && !is(text_[end], kQuote | kBlank) && text_[end] != '\\' && text_[end] != '|') ++end;
    if (end > begin) add({begin, end});
  }

  void behind_statement(std::size_t at) {
    Reader r(text_, at);
    for (const std::string_view word : {"PASSWORD ", "password ", "VALUES ", "values "}) r.take(word);
    if (const auto literal = read_literal(r)) add(*literal);
  }

  // base:user:…
  void of_pgpass(std::size_t at) {
    auto begin = at;
    for (int i = 0; i < 2; ++i) {
      const auto from = begin;
      while (begin < text_.size() && (is(text_[begin], kName) || text_[begin] == '*')) ++begin;
      if (begin == from || begin >= text_.size() || text_[begin] != ':') return;
      ++begin;
    }
    auto end = begin;
    while (end < text_.size() && end - begin < kMaxValue && static_cast<unsigned char>(text_[end]) > 0x20 &&
           !is(text_[end], kQuote))
      ++end;
    if (end > begin) add({begin, end});
  }

 private:
  std::string_view value_of(const QuotedText& word) const { return text_.substr(word.begin, word.end - word.begin); }

  // No option, path or number.
  static bool is_chosen(std::string_view value) {
    return std::string_view("-/\\*$%@<").find(value.front()) == std::string_view::npos && classes_of(value) > 1;
  }

  void add_of(QuotedText word, Kind kind) {
    if (kind == Kind::userinfo) {
      const auto seam = value_of(word).find_first_of(":,%");
      if (seam == std::string_view::npos) return;
      word.begin += seam + 1;
    }
    add(word);
  }

  void add(const QuotedText& word) {
    const auto value = value_of(word);
    if (value.starts_with('$') || classes_of(value) < 2) return;
    if (const auto find = find_in_argument(text_, word, NameMeaning::password)) finds_.push_back(*find);
  }

  std::string_view text_;
  std::vector<GenericFind>& finds_;
};

}  // namespace

std::span<const std::string_view> command_words() {
  return kWords;
}

void find_in_command(std::string_view text, std::size_t begin, std::size_t end, const PlaceFacts& /*facts*/,
                     std::vector<GenericFind>& finds) {
  const auto* command = command_of(text.substr(begin, end - begin));
  if (command == nullptr) return;
  CommandReader reader(text, finds);
  switch (command->kind) {
    case Kind::attached:
    case Kind::separate:
    case Kind::userinfo:
      return reader.behind_flag(end, *command);
    case Kind::second:
      return reader.second_word(end);
    case Kind::any:
      return reader.any_word(end);
    case Kind::piped:
      return reader.piped_before(begin);
    case Kind::statement:
      return reader.behind_statement(end);
    case Kind::pgpass:
      return reader.of_pgpass(end);
  }
}

}  // namespace assay::secrets

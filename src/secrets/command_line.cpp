#include "secrets/command_line.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/text.h"
#include "secrets/command_words.h"
#include "secrets/reader.h"
#include "secrets/session_cookie.h"
#include "secrets/value_score.h"

namespace assay::secrets {
namespace {

constexpr int kMostWords = 40;

enum class Kind {
  attached,   // -p…
  separate,   // -p …, and "-p…" where that is allowed, too
  userinfo,   // -u user,…
  cookies,    // -b name=…; name=…
  second,     // name …
  any,        // a word that is no option, path or name: it was drawn
  piped,      // echo "user:…" | word
  statement,  // word '…'
};

// Where a command is read: in lines that people run, in literals of programs, or in both.
enum class Where { lines, programs, both };

struct Command {
  std::string_view word;
  Kind kind;
  std::string_view flag = {};
  Where where = Where::lines;
  std::string_view long_flag = {};

  std::string_view program() const { return word.substr(0, word.find(' ')); }
  // "login" of "docker login "
  std::string_view subcommand() const { return trim(word.substr(program().size())); }
};

// A catalogue's rules know curl and sshpass in lines.
constexpr auto kCommands = std::to_array<Command>({
    {"mysql ", Kind::attached, "-p", Where::both},
    {"mysqldump ", Kind::attached, "-p", Where::both},
    {"mysqladmin ", Kind::attached, "-p", Where::both},
    {"mysqlimport ", Kind::attached, "-p", Where::both},
    {"mariadb ", Kind::attached, "-p", Where::both},
    {" login ", Kind::separate, "-p"},  // docker, az, oc, cf
    {"docker login ", Kind::separate, "-p", Where::programs, "--password"},
    {"podman login ", Kind::separate, "-p", Where::programs, "--password"},
    {"mongo ", Kind::separate, "-p", Where::both},
    {"mongosh ", Kind::separate, "-p", Where::both},
    {"mongodump ", Kind::separate, "-p", Where::both},
    {"mongorestore ", Kind::separate, "-p", Where::both},
    {"twine upload ", Kind::separate, "-p", Where::both},
    {"sshpass ", Kind::separate, "-p", Where::programs},
    {"redis-cli ", Kind::separate, "-a", Where::both},
    {"openssl enc ", Kind::separate, "-k", Where::both},
    {"ldapsearch ", Kind::separate, "-w", Where::both},
    {"ldapmodify ", Kind::separate, "-w", Where::both},
    {"curl ", Kind::userinfo, "-u", Where::programs, "--user"},
    {"curl ", Kind::cookies, "-b", Where::both},
    {"lftp ", Kind::userinfo, "-u", Where::both},
    {"smbclient ", Kind::userinfo, "-U", Where::both},
    {"net user ", Kind::second},
    {"add_user ", Kind::second},         // rabbitmqctl
    {"change_password ", Kind::second},  // the same
    {"rabbitmqctl add_user ", Kind::second, {}, Where::programs},
    {"rabbitmqctl change_password ", Kind::second, {}, Where::programs},
    {"net use ", Kind::any},
    {"htpasswd ", Kind::any, {}, Where::both},
    {"chpasswd", Kind::piped, {}, Where::both},
    {"identified by ", Kind::statement},
});

const std::vector<std::string_view>& words_in(Where where) {
  static const auto kWords = [] {
    std::array<std::vector<std::string_view>, 2> words;
    for (const auto& command : kCommands) {
      if (command.where != Where::programs) words[0].push_back(command.word);
      if (command.where == Where::lines) continue;
      if (std::ranges::find(words[1], command.program()) == words[1].end()) words[1].push_back(command.program());
    }
    return words;
  }();
  return where == Where::lines ? kWords[0] : kWords[1];
}

const Command* command_of(std::string_view word) {
  const auto at = std::ranges::find_if(kCommands, [word](const Command& command) {
    return command.where != Where::programs && iequals(command.word, word);
  });
  return at == kCommands.end() ? nullptr : &*at;
}

class CommandReader {
 public:
  CommandReader(std::string_view text, std::vector<GenericFind>& finds) : text_(text), finds_(finds) {}

  // The command's word begins at `begin`; `words` are those behind it.
  void read(const Command& command, std::size_t begin, const Words& words) {
    switch (command.kind) {
      case Kind::attached:
      case Kind::separate:
      case Kind::userinfo:
      case Kind::cookies:
        return behind_flag(words, command);
      case Kind::second:
        return second_word(words);
      case Kind::any:
        return any_word(words);
      case Kind::piped:
        return piped_before(begin);
      case Kind::statement:
        return behind_statement(words.at());
    }
  }

 private:
  void behind_flag(Words words, const Command& command) {
    for (int i = 0; i < kMostWords; ++i) {
      const auto word = words.next();
      if (!word) return;
      const auto before = text_.substr(0, word->begin);
      const auto value = value_of(*word);
      // -p"…" comes without its flag.
      const bool quoted = is(before.empty() ? '\0' : before.back(), kQuote) && before.size() > command.flag.size() &&
                          before.substr(0, before.size() - 1).ends_with(command.flag);
      if (quoted) return add_of(*word, command.kind);
      const bool spelled = !command.long_flag.empty() && value == command.long_flag;
      if (!spelled && (!value.starts_with(command.flag) || value.starts_with("--"))) continue;
      if (!spelled && value.size() > command.flag.size())
        return add_of({word->begin + command.flag.size(), word->end}, command.kind);
      if (command.kind == Kind::attached) continue;
      if (const auto next = words.next()) add_of(*next, command.kind);
      return;
    }
  }

  void second_word(Words words) {
    if (const auto name = words.next(); !name || !is(text_[name->begin], kName)) return;
    const auto password = words.next();
    if (password && is_chosen(value_of(*password))) add(*password);
  }

  void any_word(Words words) {
    for (int i = 0; i < kMostWords; ++i) {
      const auto word = words.next();
      if (!word) return;
      const auto value = value_of(*word);
      if (is_chosen(value) && is_drawn(value) && value.find('.') == std::string_view::npos) return add(*word);
    }
  }

  // On the line before `at`.
  void piped_before(std::size_t at) {
    const auto from = begin_of_line(text_, at > kMostOfCommand ? at - kMostOfCommand : 0, at);
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

  std::string_view value_of(const QuotedText& word) const { return text_.substr(word.begin, word.end - word.begin); }

  // No option, path or number.
  static bool is_chosen(std::string_view value) {
    return std::string_view("-/\\*$%@<").find(value.front()) == std::string_view::npos && classes_of(value) > 1;
  }

  void add_of(QuotedText word, Kind kind) {
    if (kind == Kind::cookies) return find_cookies(text_, word.begin, finds_);
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
  return words_in(Where::lines);
}

std::span<const std::string_view> program_words() {
  return words_in(Where::programs);
}

void find_in_command(std::string_view text, std::size_t begin, std::size_t end, const PlaceFacts& /*facts*/,
                     std::vector<GenericFind>& finds) {
  const auto* command = command_of(text.substr(begin, end - begin));
  if (command != nullptr) CommandReader(text, finds).read(*command, begin, Words(text, end));
}

void find_in_program(std::string_view text, std::size_t begin, std::size_t end, const PlaceFacts& /*facts*/,
                     std::vector<GenericFind>& finds) {
  const auto words = words_in_program(text, begin, end);
  if (!words) return;
  for (const auto& command : kCommands) {
    if (command.where == Where::lines || command.program() != text.substr(begin, end - begin)) continue;
    auto rest = *words;
    if (!command.subcommand().empty()) {
      const auto word = rest.next();
      if (!word || text.substr(word->begin, word->end - word->begin) != command.subcommand()) continue;
    }
    CommandReader(text, finds).read(command, begin, rest);
  }
}

}  // namespace assay::secrets

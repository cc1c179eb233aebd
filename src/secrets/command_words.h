#pragma once

// The words of a command: of a line that people run, of a string literal of a program that holds such a line
// (os.system("mysql -u root …")), or of a list of literals, one for each word (["mysql", "-u", "root", …]).

#include <cstddef>
#include <optional>
#include <string_view>

#include "secrets/reader.h"

namespace assay::secrets {

inline constexpr std::size_t kMostOfCommand = 400;  // bytes that are looked at

// Gives one word after the other, without its quotes. `text` must live as long.
class Words {
 public:
  enum class Form { line, literal, list };

  // `at`: behind the command's name. `quote`: which ends the literal, of Form::literal.
  Words(std::string_view text, std::size_t at, Form form = Form::line, char quote = '\0')
      : r_(text.substr(0, std::min(text.size(), at + kMostOfCommand)), at), form_(form), quote_(quote) {}

  // Nothing at the end of the command, and where it cannot be read any further.
  std::optional<QuotedText> next() { return form_ == Form::list ? next_of_list() : next_of_line(); }
  std::size_t at() const { return r_.at(); }

 private:
  std::optional<QuotedText> next_of_line();
  std::optional<QuotedText> next_of_list();
  void skip_blanks();
  bool ends_word() const;
  bool is_escaped_quote() const { return r_.now() == '\\' && is(r_.next(), kQuote); }
  bool ends_list() const;

  Reader r_;
  Form form_;
  char quote_;
};

// The words behind the name [begin, end) of a command in a program; nothing when no command begins there: the name must
// be the whole of a literal, or begin a command of one.
std::optional<Words> words_in_program(std::string_view text, std::size_t begin, std::size_t end);

}  // namespace assay::secrets

#include <fmt/format.h>

#include "base/text.h"
#include "cli/command.h"
#include "cli/completion.h"

namespace assay::cli {

namespace {

struct Word {
  std::string text;
  std::string help;
};

std::vector<Word> words_of(const CLI::App& app) {
  std::vector<Word> words;
  for (const auto* sub : app.get_subcommands({}))
    if (!sub->get_group().empty()) words.push_back({sub->get_name(), sub->get_description()});
  for (const auto* option : app.get_options())
    for (const auto& name : option->get_lnames()) words.push_back({"--" + name, option->get_description()});
  return words;
}

void walk(const CLI::App& app, const std::string& path,
          const std::function<void(const std::string&, const CLI::App&)>& visit) {
  visit(path, app);
  for (const auto* sub : app.get_subcommands({}))
    if (!sub->get_group().empty()) walk(*sub, path + " " + sub->get_name(), visit);
}

// A shell's case over the words of a line so far: each one that leads further down the tree is added to `at`; all
// others are arguments.
std::string descend(const CLI::App& app, std::string_view word) {
  std::vector<std::string> paths;
  walk(app, "assay", [&](const std::string& path, const CLI::App& at) {
    if (&at != &app) paths.push_back("\"" + path + "\"");
  });
  return fmt::format("    case \"$at {0}\" in {1}) at+=\" {0}\" ;; esac\n", word, join(paths, "|"));
}

std::string zsh_quote(std::string text) {
  text = replace_all(std::move(text), "'", "'\\''");
  return replace_all(std::move(text), ":", "\\:");
}

std::string roff(std::string text) {
  text = replace_all(std::move(text), "\\", "\\e");
  text = replace_all(std::move(text), "-", "\\-");
  if (text.starts_with('.') || text.starts_with('\'')) text.insert(0, "\\&");
  return replace_all(std::move(text), "\n", "\n.br\n");
}

}  // namespace

std::string bash_completion(const CLI::App& app) {
  std::string cases;
  walk(app, "assay", [&](const std::string& path, const CLI::App& at) {
    std::string words;
    for (const auto& word : words_of(at)) words += word.text + " ";
    cases += fmt::format("    \"{}\") words=\"{}\" ;;\n", path, trim(words));
  });
  return "_assay() {\n"
         "  local cur=\"${COMP_WORDS[COMP_CWORD]}\" at=assay words=\"\" i\n"
         "  for ((i = 1; i < COMP_CWORD; i++)); do\n" +
         descend(app, "${COMP_WORDS[i]}") +
         "  done\n"
         "  case \"$at\" in\n" +
         cases +
         "  esac\n"
         "  COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
         "  [[ $cur == -* ]] || COMPREPLY+=($(compgen -f -- \"$cur\"))\n"
         "}\n"
         "complete -o filenames -F _assay assay\n";
}

std::string zsh_completion(const CLI::App& app) {
  std::string cases;
  walk(app, "assay", [&](const std::string& path, const CLI::App& at) {
    cases += fmt::format("    '{}') entries=(\n", path);
    for (const auto& word : words_of(at)) cases += fmt::format("      '{}:{}'\n", word.text, zsh_quote(word.help));
    cases += "    ) ;;\n";
  });
  return "#compdef assay\n"
         "_assay() {\n"
         "  local at=assay i\n"
         "  local -a entries\n"
         "  for ((i = 2; i < CURRENT; i++)); do\n" +
         descend(app, "${words[i]}") +
         "  done\n"
         "  case \"$at\" in\n" +
         cases +
         "  esac\n"
         "  _describe 'assay' entries\n"
         "  _files\n"
         "}\n"
         "_assay \"$@\"\n";
}

std::string manual_page(const CLI::App& app) {
  std::string out = fmt::format(".TH ASSAY 1 \"\" \"assay {}\" \"User Commands\"\n.SH NAME\nassay \\- {}\n",
                                ASSAY_VERSION, roff(app.get_description()));
  out += ".SH SYNOPSIS\n.B assay\n.I COMMAND\n[\\fIOPTION\\fR]...\n.SH COMMANDS\n";
  walk(app, "assay", [&](const std::string& path, const CLI::App& at) {
    if (&at != &app) out += fmt::format(".SS \"{}\"\n{}\n", roff(path), roff(at.get_description()));
    for (const auto* option : at.get_options())
      out +=
          fmt::format(".TP\n\\fB{}\\fR \\fI{}\\fR\n{}\n", roff(option->get_name(option->get_lnames().empty(), false)),
                      roff(option->get_type_name()), roff(option->get_description()));
  });
  out += fmt::format(".SH NOTES\n{}\n", roff(app.get_footer()));
  return out;
}

void add_completion(CLI::App& app, Chosen& chosen) {
  auto* command = app.add_subcommand("completion", "Print shell completion (bash, zsh) or the manual page (man)");
  auto what = std::make_shared<std::string>();
  command->add_option("what", *what, "bash, zsh or man")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "man"}))
      ->type_name("WHAT");
  choose(chosen, command, [what, &app] {
    const std::string text = *what == "bash"  ? bash_completion(app)
                             : *what == "zsh" ? zsh_completion(app)
                                              : manual_page(app);
    const auto written = write_stdout(text);
    return written ? static_cast<int>(kClean) : report_error(written.error());
  });
}

}  // namespace assay::cli

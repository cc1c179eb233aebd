#include "cli/completion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <functional>
#include <string>
#include <vector>

#include "base/text.h"
#include "cli/command.h"

namespace assay::cli {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

// What bash prints for `program`.
std::string bash(const std::string& program) {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) return "no pipe";
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(ends[1], STDOUT_FILENO);
    ::execlp("bash", "bash", "-c", program.c_str(), nullptr);
    ::_exit(127);
  }
  ::close(ends[1]);
  std::string out;
  std::array<char, 4096> buffer{};
  for (ssize_t n = 0; (n = ::read(ends[0], buffer.data(), buffer.size())) > 0;)
    out.append(buffer.data(), static_cast<std::size_t>(n));
  ::close(ends[0]);
  ::waitpid(child, nullptr, 0);
  return out;
}

// What bash offers after `words` and a space, with this script loaded.
std::vector<std::string> offered(const std::string& script, const std::vector<std::string>& words) {
  const auto printed =
      bash(script + "\nCOMP_WORDS=(" + join(words, " ") + " \"\"); COMP_CWORD=" + std::to_string(words.size()) +
           "; _assay; printf '%s\\n' \"${COMPREPLY[@]}\"");
  std::vector<std::string> result;
  for (const auto word : split(printed, '\n')) result.emplace_back(word);
  return result;
}

void each_command(const CLI::App& app, const std::vector<std::string>& path,
                  const std::function<void(const CLI::App&, const std::vector<std::string>&)>& visit) {
  visit(app, path);
  for (const auto* sub : app.get_subcommands({})) {
    if (sub->get_group().empty()) continue;
    auto deeper = path;
    deeper.push_back(sub->get_name());
    each_command(*sub, deeper, visit);
  }
}

TEST(Completion, BashOffersEveryCommandAndOptionOfTheTree) {
  Chosen chosen;
  std::string config;
  const auto app = make_app(chosen, config);
  const auto script = bash_completion(*app);
  int commands = 0;
  each_command(*app, {"assay"}, [&](const CLI::App& at, const std::vector<std::string>& path) {
    SCOPED_TRACE(join(path, " "));
    ++commands;
    const auto words = offered(script, path);
    for (const auto* sub : at.get_subcommands({}))
      if (!sub->get_group().empty()) EXPECT_THAT(words, Contains(sub->get_name()));
    for (const auto* option : at.get_options())
      for (const auto& name : option->get_lnames()) EXPECT_THAT(words, Contains("--" + name));
  });
  EXPECT_GE(commands, 10);  // assay, its five commands, the four of apps
}

TEST(Completion, ANewCommandNeedsNoSecondList) {
  CLI::App app;
  app.add_subcommand("outer", "")->add_subcommand("inner", "It's: new")->add_flag("--deep");
  app.add_subcommand("hidden", "")->group("");
  EXPECT_THAT(offered(bash_completion(app), {"assay", "-v", "outer", "inner"}), Contains("--deep"));
  EXPECT_THAT(offered(bash_completion(app), {"assay", "outer", "inner", "outer"}), Contains("--deep"));  // an argument
  EXPECT_THAT(offered(bash_completion(app), {"assay"}), AllOf(Contains("outer"), Not(Contains("hidden"))));
  const auto zsh = zsh_completion(app);
  EXPECT_THAT(zsh, HasSubstr(R"( in "assay outer"|"assay outer inner") at+=)"));
  EXPECT_THAT(zsh, HasSubstr("'assay outer inner') entries=("));
  EXPECT_THAT(zsh, HasSubstr(R"('inner:It'\''s\: new')"));
  EXPECT_THAT(manual_page(app), HasSubstr("assay outer inner"));
}

TEST(Completion, ZshNamesEveryCommandOfTheTree) {
  Chosen chosen;
  std::string config;
  const auto app = make_app(chosen, config);
  const auto script = zsh_completion(*app);
  each_command(*app, {"assay"}, [&](const CLI::App&, const std::vector<std::string>& path) {
    EXPECT_THAT(script, HasSubstr("'" + join(path, " ") + "') entries=("));
    if (path.size() > 1) EXPECT_THAT(script, testing::ContainsRegex("[| ]\"" + join(path, " ") + "\"[|)]"));
  });
}

}  // namespace
}  // namespace assay::cli

#include "cli/completion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <vector>

#include "base/text.h"
#include "cli/command.h"

namespace assay::cli {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

std::string output_of(const std::string& command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"), &::pclose);
  EXPECT_NE(pipe, nullptr);
  std::string out;
  std::array<char, 4096> buffer{};
  for (std::size_t n = 0; (n = ::fread(buffer.data(), 1, buffer.size(), pipe.get())) > 0;) out.append(buffer.data(), n);
  return out;
}

// What bash offers after `words` and a space, with this script loaded.
std::vector<std::string> offered(const std::string& script, const std::vector<std::string>& words) {
  const auto path = (std::filesystem::path(testing::TempDir()) / "assay-completion.bash").string();
  std::ofstream(path) << script;
  std::string line = "bash -c '. " + path + "; COMP_WORDS=(" + join(words, " ") +
                     " \"\"); COMP_CWORD=" + std::to_string(words.size()) +
                     "; _assay; printf \"%s\\n\" \"${COMPREPLY[@]}\"'";
  std::vector<std::string> result;
  for (const auto word : split(output_of(line), '\n')) result.emplace_back(word);
  return result;
}

void each_command(const CLI::App& app, std::vector<std::string> path,
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

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "cli/command.h"

namespace assay::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// A command with one option of each kind, as the real ones have.
class Settings : public testing::Test {
 protected:
  Settings() {
    command_ = app_.add_subcommand("scan", "");
    command_->add_option("--fail-on", fail_on_);
    command_->add_option("--rate", rate_);
    command_->add_option("--output", outputs_)->allow_extra_args(false);
    command_->add_flag("--quiet", quiet_);
    command_->callback([] {});
  }
  ~Settings() override {
    for (const auto& name : set_) ::unsetenv(name.c_str());
  }

  void environment(const std::string& name, const std::string& value) {
    ::setenv(name.c_str(), value.c_str(), 1);
    set_.push_back(name);
  }
  static std::string config(const std::string& text) {
    const auto path = (std::filesystem::path(testing::TempDir()) / "assay-test.yaml").string();
    std::ofstream(path) << text;
    return path;
  }
  void parse(const std::string& line) { app_.parse(line, true); }

  CLI::App app_;
  CLI::App* command_ = nullptr;
  std::string fail_on_ = "high";
  double rate_ = 5;
  std::vector<std::string> outputs_;
  bool quiet_ = false;
  std::vector<std::string> set_;
};

TEST_F(Settings, FlagsOverEnvironmentOverFile) {
  const auto file = config("fail-on: low\nrate: 1\nscan:\n  rate: 2\n  output: [json=a, sarif=b]\n");
  environment("ASSAY_FAIL_ON", "medium");
  parse("assay scan --fail-on critical");
  ASSERT_TRUE(complete_settings(app_, *command_, file));
  EXPECT_EQ(fail_on_, "critical");
  EXPECT_EQ(rate_, 2);
  EXPECT_THAT(outputs_, ElementsAre("json=a", "sarif=b"));
}

TEST_F(Settings, EnvironmentOverFile) {
  environment("ASSAY_FAIL_ON", "medium");
  environment("ASSAY_QUIET", "true");
  parse("assay scan");
  ASSERT_TRUE(complete_settings(app_, *command_, config("fail-on: low\n")));
  EXPECT_EQ(fail_on_, "medium");
  EXPECT_TRUE(quiet_);
}

TEST_F(Settings, ErrorsNameVariableOrLine) {
  environment("ASSAY_RATE", "fast");
  parse("assay scan");
  const auto bad_variable = complete_settings(app_, *command_, "");
  ASSERT_FALSE(bad_variable);
  EXPECT_THAT(bad_variable.error().message(), HasSubstr("ASSAY_RATE"));
}

TEST_F(Settings, UnknownKeysOfTheCommandAreErrors) {
  parse("assay scan");
  const auto unknown = complete_settings(app_, *command_, config("scan:\n  fial-on: low\n"));
  ASSERT_FALSE(unknown);
  EXPECT_THAT(unknown.error().message(), HasSubstr(":2"));
  EXPECT_FALSE(complete_settings(app_, *command_, "no/such/assay.yaml"));
  EXPECT_FALSE(complete_settings(app_, *command_, config("- a list\n")));
}

TEST(CommandLine, EveryOptionHasAHelpText) {
  Chosen chosen;
  std::string config;
  const auto app = make_app(chosen, config);
  for (const auto* command : app->get_subcommands({}))
    for (const auto* option : command->get_options())
      EXPECT_FALSE(option->get_description().empty()) << command->get_name() << option->get_name();
}

}  // namespace
}  // namespace assay::cli

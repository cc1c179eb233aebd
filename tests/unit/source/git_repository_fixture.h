#pragma once

// Repositories for tests, made by the git program (the product never runs it).

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "unit/temp_directory.h"

namespace assay::source::git {

class GitTest : public testing::Test {
 protected:
  GitTest() {
    std::filesystem::create_directory(root / "w");
    work = (root / "w").string();
  }

  // Runs git in the work tree, with dates that count up by a minute, so that ids are the same at every run.
  void git(const std::string& arguments) { git_in(work, arguments); }
  void git_in(const std::string& directory, const std::string& arguments) {
    const auto date = std::to_string(1'700'000'000 + 60 * clock++) + " +0000";
    const std::string command = "cd '" + directory + "' && env -u GIT_DIR -u GIT_INDEX_FILE HOME='" + root.string() +
                                "' GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.com" +
                                " GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@example.com GIT_AUTHOR_DATE='" + date +
                                "' GIT_COMMITTER_DATE='" + date +
                                "' git -c init.defaultBranch=main -c protocol.file.allow=always " + arguments + " >'" +
                                (root / "git.log").string() + "' 2>&1";
    ASSERT_EQ(std::system(command.c_str()), 0) << command << "\n" << output();
  }
  // What the last git printed, without the line feed at its end.
  std::string output() const {
    std::ifstream log(root / "git.log");
    std::string text{std::istreambuf_iterator<char>(log), {}};
    while (text.ends_with('\n')) text.pop_back();
    return text;
  }
  std::string id_of(const std::string& name) {
    git("rev-parse " + name);
    return output();
  }
  void write(const std::string& path, std::string_view text) {
    const auto file = std::filesystem::path(work) / path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
  }
  // Everything in the work tree becomes a commit.
  void commit(const std::string& message) {
    git("add -A");
    git("commit -q --allow-empty -m '" + message + "'");
  }

  const TempDirectory outside;
  const std::filesystem::path& root = outside.path();
  std::string work;
  int clock = 0;
};

}  // namespace assay::source::git

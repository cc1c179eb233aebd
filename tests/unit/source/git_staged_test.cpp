// What is staged against the head, with git itself as the one who stages.
#include "source/git/staged.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "unit/source/git_repository_fixture.h"

namespace assay::source::git {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

class GitStaged : public GitTest {
 protected:
  std::vector<std::pair<std::string, std::string>> staged(const StagedOptions& options = {}) {
    return staged_in(work, options);
  }
  std::vector<std::pair<std::string, std::string>> staged_in(const std::string& directory,
                                                             const StagedOptions& options) {
    std::vector<std::pair<std::string, std::string>> files;
    const auto read =
        read_staged(directory, options, [&](StagedFile&& file) { files.emplace_back(file.path, file.bytes); });
    EXPECT_TRUE(read) << read.error().message();
    if (read) report = *read;
    return files;
  }
  StagedReport report;
};

TEST_F(GitStaged, everything_is_new_before_the_first_commit) {
  git("init -q .");
  EXPECT_THAT(staged(), IsEmpty());
  write("b.txt", "two");
  write("a/c.txt", "one");
  git("add -A");
  EXPECT_THAT(staged(), ElementsAre(Pair("a/c.txt", "one"), Pair("b.txt", "two")));
  EXPECT_EQ(report.files, 2U);
  EXPECT_EQ(report.bytes, 6U);
}

TEST_F(GitStaged, only_what_differs_from_the_head_and_as_staged) {
  git("init -q .");
  write("same.txt", "same");
  write("changed.txt", "before");
  write("gone.txt", "gone");
  write("moved.txt", "moved");
  commit("first");
  write("changed.txt", "staged");
  git("add changed.txt");
  write("changed.txt", "not staged");
  write("untracked.txt", "no");
  git("rm -q gone.txt");
  git("mv moved.txt new.txt");
  EXPECT_THAT(staged(), ElementsAre(Pair("changed.txt", "staged"), Pair("new.txt", "moved")));
  // From a folder below, too.
  write("deep/er/x", "");
  EXPECT_THAT(staged_in(work + "/deep/er", {}), ElementsAre(Pair("changed.txt", "staged"), Pair("new.txt", "moved")));
}

TEST_F(GitStaged, the_index_of_a_partial_commit) {
  git("init -q .");
  write("a.txt", "a");
  commit("first");
  write("a.txt", "b");
  git("add a.txt");
  std::filesystem::copy_file(work + "/.git/index", work + "/.git/other");
  write("a.txt", "c");
  git("add a.txt");
  EXPECT_THAT(staged(), ElementsAre(Pair("a.txt", "c")));
  EXPECT_THAT(staged({.index_file = work + "/.git/other"}), ElementsAre(Pair("a.txt", "b")));
  // As git names it to a hook that goes on in a folder below.
  write("below/x", "");
  EXPECT_THAT(staged_in(work + "/below", {.index_file = ".git/other"}), ElementsAre(Pair("a.txt", "b")));
}

TEST_F(GitStaged, a_linked_work_tree_has_an_index_of_its_own) {
  git("init -q .");
  write("a.txt", "a");
  commit("first");
  git("worktree add -q ../linked");
  std::ofstream(root / "linked" / "b.txt") << "b";
  git_in((root / "linked").string(), "add b.txt");
  EXPECT_THAT(staged(), IsEmpty());
  EXPECT_THAT(staged_in((root / "linked").string(), {}), ElementsAre(Pair("b.txt", "b")));
}

TEST_F(GitStaged, what_cannot_be_read_is_said) {
  git("init -q .");
  write("large.bin", std::string(5000, 'x'));
  write("lost.txt", "lost");
  write("fine.txt", "fine");
  git("add -A");
  const std::string id = id_of(":lost.txt");
  std::filesystem::remove(work + "/.git/objects/" + id.substr(0, 2) + "/" + id.substr(2));
  EXPECT_THAT(staged({.max_file_bytes = 4096}), ElementsAre(Pair("fine.txt", "fine")));
  ASSERT_EQ(report.gaps.size(), 2U);
  EXPECT_EQ(report.gaps[0].path, "large.bin");
  EXPECT_EQ(report.gaps[0].reason, "limit");
  EXPECT_EQ(report.gaps[1].path, "lost.txt");
  EXPECT_EQ(report.gaps[1].reason, "corrupt");
}

TEST_F(GitStaged, errors_name_the_directory) {
  const auto none = read_staged(work, {}, [](StagedFile&&) {});
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, ErrorCode::not_found);
  EXPECT_EQ(none.error().thing, work);
  git("init -q .");
  std::ofstream(work + "/.git/index") << "DIRC nonsense";
  const auto broken = read_staged(work, {}, [](StagedFile&&) {});
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().code, ErrorCode::invalid_input);
  const auto absent = read_staged(work, {.index_file = ".git/absent"}, [](StagedFile&&) {});
  ASSERT_FALSE(absent) << "an index that is not there is not an empty one";
  EXPECT_EQ(absent.error().code, ErrorCode::not_found);
  git_in(root.string(), "init -q --bare bare");
  EXPECT_FALSE(read_staged((root / "bare").string(), {}, [](StagedFile&&) {}));
}

}  // namespace
}  // namespace assay::source::git

// The search of a whole history: what is found, under which paths, and from when to when. Git makes the repositories
// and lists the commits; libgit2 reads their trees.
#include "source/git/history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "source/git/repository.h"
#include "unit/source/git_repository_fixture.h"
#include "unit/source/git_sample.h"

namespace assay::source::git {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::string_view kToken = "tok_aaaabbbbccccdddd", kOther = "tok_0000111122223333";

struct Seen {
  std::string path, token, first, last;
  bool deleted = false;
  auto operator<=>(const Seen&) const = default;
};
std::ostream& operator<<(std::ostream& out, const Seen& s) {
  return out << s.path << " " << s.token << " " << s.first << " " << s.last << (s.deleted ? " deleted" : "");
}

class GitHistory : public GitTest {
 protected:
  std::vector<Seen> history(const std::string& directory, BlobScanOptions options = {}) {
    std::vector<Seen> seen;
    const auto visit = [&](const HistoryText& text) {
      std::vector<SecretKey> found;
      std::map<SecretKey, std::string> here;
      for (const auto& [begin, end] : TokenDetector::tokens(text.text)) {
        const std::string token(text.text.substr(begin, end - begin));
        here[key_of(token)] = token;
      }
      for (const auto& claim : text.claims) {
        if (!here.contains(claim.key)) continue;
        found.push_back(claim.key);
        seen.push_back({text.path, here[claim.key], claim.first_commit, claim.last_commit, claim.deleted});
      }
      return found;
    };
    const auto result = search_history(directory, TokenDetector(), options, visit);
    EXPECT_TRUE(result) << result.error().message();
    if (result) report = *result;
    std::ranges::sort(seen);
    return seen;
  }

  std::vector<std::string> lines_of(const std::string& arguments) {
    git(arguments);
    std::istringstream text(output());
    std::vector<std::string> lines;
    for (std::string line; std::getline(text, line);) lines.push_back(line);
    return lines;
  }

  // The same by the slow way: every file of every commit.
  std::vector<Seen> oracle_history() {
    const auto all = oracle(work);
    std::set<std::string> present;
    for (const auto& head : lines_of("for-each-ref refs/heads refs/remotes --format='%(objectname)'")) {
      for (const auto& line : lines_of("ls-tree -r " + head)) present.insert(line.substr(12));
    }
    std::map<std::pair<std::string, std::string>, Seen> places;  // by path and token; commits come newest first
    for (const auto& id : lines_of("rev-list --date-order --all")) {
      for (const auto& line : lines_of("ls-tree -r " + id)) {
        const std::string blob = line.substr(12, 40), path = line.substr(53);
        const auto it = all.tokens.find(blob);
        if (it == all.tokens.end()) continue;
        for (const auto& token : it->second) {
          auto& place = places.try_emplace({path, token}, Seen{path, token, id, id, true}).first->second;
          place.first = id;
          if (present.contains(line.substr(12))) place.deleted = false;
        }
      }
    }
    std::vector<Seen> seen;
    for (const auto& [key, place] : places) seen.push_back(place);
    return seen;
  }

  HistoryReport report;
};

TEST_F(GitHistory, a_removed_secret_is_found_with_its_commits) {
  git("init -q .");
  write("readme", "hello\n");
  commit("zero");
  write("src/config.js", "const t = '" + std::string(kToken) + "'\n");
  commit("one");
  const std::string first = id_of("HEAD");
  write("src/config.js", "// moved down\nconst t = '" + std::string(kToken) + "'\n");
  commit("two");
  const std::string last = id_of("HEAD");
  write("src/config.js", "// moved down\nconst t = process.env.T\n");
  write("still", std::string(kOther));
  commit("three");
  const std::string head = id_of("HEAD");
  EXPECT_THAT(history(work), ElementsAre(Seen{"src/config.js", std::string(kToken), first, last, true},
                                         Seen{"still", std::string(kOther), head, head, false}));
  EXPECT_EQ(report.commits, 4U);
  EXPECT_EQ(report.blobs, 5U);
  EXPECT_THAT(report.gaps, IsEmpty());
  // The same through a bare clone, a linked work tree, and its packs.
  git("worktree add -q ../linked");
  git_in(root.string(), "clone -q --bare w bare.git");
  git_in((root / "bare.git").string(), "repack -adfq");
  EXPECT_THAT(history((root / "linked").string()), SizeIs(2));
  EXPECT_THAT(history((root / "bare.git").string()),
              ElementsAre(Seen{"src/config.js", std::string(kToken), first, last, true},
                          Seen{"still", std::string(kOther), head, head, false}));
}

TEST_F(GitHistory, tags_stashes_and_unreachable_objects) {
  git("init -q .");
  write("a", "a");
  commit("base");
  write("tagged", std::string(kToken));
  commit("tagged");
  const std::string tagged = id_of("HEAD");
  git("tag -a -m release v1");
  git("reset -q --hard HEAD~1");
  write("a", std::string(kOther));
  git("stash -q");
  write("lost", "tok_lostlostlostlost");
  git("add lost");
  const std::string lost = id_of(":lost");
  git("rm -q --cached lost");
  const auto seen = history(work);
  ASSERT_THAT(seen, SizeIs(3));
  EXPECT_EQ(seen[0], (Seen{"(object " + lost.substr(0, 16) + ")", "tok_lostlostlostlost", "", "", false}));
  EXPECT_EQ(seen[1].path, "a");
  EXPECT_TRUE(seen[1].deleted);
  EXPECT_EQ(seen[2], (Seen{"tagged", std::string(kToken), tagged, tagged, true}));
  EXPECT_EQ(report.unreachable_blobs, 1U);
}

TEST_F(GitHistory, generated_histories_are_as_git_tells_them) {
  git("init -q .");
  std::mt19937 random(7);
  std::vector<std::string> files = {"a/one", "a/b/two", "c/three"};
  std::map<std::string, std::string> texts;
  const std::vector<std::string> tokens = {std::string(kToken), std::string(kOther), "tok_cccccccccccccccc"};
  for (int i = 0; i < 36; ++i) {
    auto& file = files[random() % files.size()];
    std::string& text = texts[file];
    if (text.empty()) {
      for (int line = 0; line < 60; ++line) text += "line " + std::to_string(random()) + "\n";
    }
    const std::size_t at = text.find('\n', random() % text.size()) + 1;
    if (const auto old = text.find("tok_"); old != std::string::npos && random() % 2 == 0) {
      text.erase(old, 21);
    } else {
      text.insert(at, tokens[random() % tokens.size()] + "\n");
    }
    write(file, text);
    if (i % 7 == 3) {
      const std::string moved = "d/" + std::to_string(i);
      commit("before the move");
      std::filesystem::create_directories(work + "/d");
      git("mv " + file + " " + moved);
      texts[moved] = texts.extract(file).mapped();
      file = moved;
    }
    commit("c" + std::to_string(i));
    if (i == 10) git("checkout -q -b side");
    if (i == 20) git("checkout -q main");
    if (i == 20) texts.clear();
    if (i == 28) git("merge -q -s ours side");
  }
  git("branch -D side");
  git("tag t HEAD~5");
  const auto expected = oracle_history();
  ASSERT_GT(expected.size(), 6U);
  EXPECT_EQ(history(work), expected);
  git("repack -adfq --depth=50");
  git("prune-packed");
  for (const unsigned threads : {1U, 3U}) EXPECT_EQ(history(work, {.threads = threads, .window = 64}), expected);
}

TEST_F(GitHistory, what_a_clone_left_out_is_said) {
  git("init -q .");
  git("config uploadpack.allowFilter true");
  write("a", std::string(kToken));
  commit("one");
  write("a", "b");
  commit("two");
  git_in(root.string(), "clone -q --depth 1 'file://" + work + "' shallow");
  EXPECT_THAT(history((root / "shallow").string()), IsEmpty());
  ASSERT_THAT(report.gaps, SizeIs(1));
  EXPECT_EQ(report.gaps[0].reason, "incomplete");
  EXPECT_EQ(report.commits, 1U);
  git_in(root.string(), "clone -q --bare --filter=blob:none 'file://" + work + "' partial");
  EXPECT_THAT(history((root / "partial").string()), IsEmpty());
  ASSERT_THAT(report.gaps, SizeIs(1));
  EXPECT_EQ(report.gaps[0].reason, "incomplete");
}

TEST_F(GitHistory, what_cannot_be_read_is_said) {
  git("init -q --object-format=sha256 .");
  write("a", std::string(kToken));
  commit("one");
  EXPECT_THAT(history(work), IsEmpty());
  ASSERT_THAT(report.gaps, SizeIs(1));
  EXPECT_EQ(report.gaps[0].reason, "unsupported");
  EXPECT_FALSE(search_history(root.string(), TokenDetector(), {}, {}));
  std::ofstream(root / ".git") << "gitdir: nowhere";
  EXPECT_FALSE(search_history(root.string(), TokenDetector(), {}, {}));
}

TEST_F(GitHistory, a_pipe_among_the_refs_is_not_waited_for) {
  git("init -q .");
  write("a", std::string(kToken));
  commit("one");
  ASSERT_EQ(::mkfifo((work + "/.git/packed-refs").c_str(), 0600), 0);
  EXPECT_THAT(history(work), SizeIs(1));
  ASSERT_THAT(report.gaps, SizeIs(1));
  EXPECT_EQ(report.gaps[0].reason, "corrupt");
}

TEST_F(GitHistory, submodules_are_named) {
  git("init -q .");
  write("a", "a");
  commit("one");
  git_in(root.string(), "clone -q w other");
  git("submodule add -q ../other parts/other");
  commit("two");
  EXPECT_THAT(history(work), IsEmpty());
  ASSERT_THAT(report.gaps, SizeIs(1));
  EXPECT_EQ(report.gaps[0].path, "parts/other");
  EXPECT_EQ(report.gaps[0].reason, "submodule");
}

TEST_F(GitHistory, a_large_blob_is_named_by_its_path) {
  git("init -q .");
  write("data/large", std::string(5000, 'x') + std::string(kToken));
  commit("one");
  EXPECT_THAT(history(work, {.max_blob_bytes = 1000}), IsEmpty());
  ASSERT_THAT(report.gaps, SizeIs(1));
  EXPECT_EQ(report.gaps[0].path, "data/large");
  EXPECT_EQ(report.gaps[0].reason, "limit");
}

TEST_F(GitHistory, stops_when_told_and_says_so) {
  git("init -q .");
  write("a", std::string(kToken));
  commit("one");
  EXPECT_THAT(history(work, {.stop = [] { return true; }}), IsEmpty());
  EXPECT_TRUE(report.stopped);
  ASSERT_THAT(report.gaps, SizeIs(1));
  EXPECT_EQ(report.gaps[0].reason, "interrupted");
}

}  // namespace
}  // namespace assay::source::git

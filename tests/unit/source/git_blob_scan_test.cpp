// Searching deltas finds what searching every blob finds, with libgit2 as the one who reads every blob.
#include "source/git/blob_scan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "source/git/repository.h"
#include "unit/source/git_repository_fixture.h"
#include "unit/source/git_sample.h"

namespace assay::source::git {
namespace {

using testing::IsEmpty;

class GitBlobScan : public GitTest {
 protected:
  BlobScan scan(const std::string& directory, BlobScanOptions options = {}) {
    const auto repository = find_repository(directory);
    EXPECT_TRUE(repository) << repository.error().message();
    const auto store = ObjectStore::open(*repository);
    EXPECT_THAT(store.gaps(), IsEmpty());
    return scan_blobs(store, TokenDetector(), options);
  }

  // Blobs and their keys as the oracle sees them are those of `scan`.
  static void expect_equal(const BlobScan& scan, const OracleBlobs& all) {
    EXPECT_EQ(scan.blobs, all.blobs);
    EXPECT_EQ(scan.bytes, all.bytes);
    std::map<std::string, std::set<SecretKey>> seen, expected;
    for (const auto& blob : scan.marked) {
      for (const auto& key : blob.keys) seen[to_hex(blob.id)].insert(key.key);
    }
    for (const auto& [id, tokens] : all.tokens) {
      for (const auto& token : tokens) expected[id].insert(key_of(token));
    }
    EXPECT_EQ(seen, expected);
  }

  // One version of a text: lines of words, some of them tokens.
  std::string line() {
    std::string text;
    for (int words = static_cast<int>(random() % 12); words >= 0; --words) {
      if (random() % 60 == 0) text += token() + " ";
      text += "word" + std::to_string(random() % 5000) + (random() % 7 == 0 ? "" : " ");
    }
    return text;
  }
  std::string token() {
    static constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789";
    if (!tokens.empty() && random() % 3 == 0) return tokens[random() % tokens.size()];
    std::string text = "tok_";
    for (int i = 0; i < 16; ++i) text += kLetters[random() % kLetters.size()];
    tokens.push_back(text);
    return text;
  }
  void edit(std::vector<std::string>& lines) {
    for (int edits = static_cast<int>(1 + random() % 6); edits > 0; --edits) {
      const auto at = lines.begin() + static_cast<std::ptrdiff_t>(random() % (lines.size() + 1));
      switch (random() % 4) {
        case 0:
          lines.insert(at, line());
          break;
        case 1:
          if (at != lines.end()) lines.erase(at, std::min(at + 3, lines.end()));
          break;
        case 2:  // bytes in the middle of a line: tokens are made and broken
          if (at != lines.end()) at->insert(random() % (at->size() + 1), random() % 2 == 0 ? " " : token());
          break;
        default:
          if (at != lines.end()) at->erase(random() % (at->size() + 1), random() % 5);
      }
    }
  }
  // A history of `commits` with edits, renames and deletions.
  void grow(int commits) {
    git("init -q .");
    std::map<std::string, std::vector<std::string>> files;
    for (int i = 0; i < commits; ++i) {
      if (files.size() < 6) {
        auto& lines = files["dir" + std::to_string(random() % 3) + "/file" + std::to_string(i)];
        while (lines.size() < 200) lines.push_back(line());
      }
      for (auto& [path, lines] : files) {
        if (random() % 2 == 0) edit(lines);
      }
      if (random() % 4 == 0) {
        auto node = files.extract(files.begin());
        git("rm -rq --ignore-unmatch " + node.key());
        node.key() = "moved/file" + std::to_string(i);
        if (random() % 2 == 0) files.insert(std::move(node));
      }
      for (const auto& [path, lines] : files) {
        std::string text;
        for (const auto& one : lines) text += one + "\n";
        write(path, text);
      }
      commit("c" + std::to_string(i));
    }
  }

  std::mt19937 random{20261123};
  std::vector<std::string> tokens;
};

TEST_F(GitBlobScan, equals_a_full_search_of_loose_and_packed_objects) {
  grow(40);
  const auto all = oracle(work);
  ASSERT_GT(all.tokens.size(), 100U);
  expect_equal(scan(work), all);
  for (const char* how : {"", "-c repack.useDeltaBaseOffset=false "}) {
    git(std::string(how) + "repack -adfq --depth=50 --window=20");
    git("prune-packed");
    const auto whole = scan(work, {.whole = true});
    expect_equal(whole, all);
    for (const unsigned threads : {1U, 2U, 5U}) {
      for (const std::uint64_t window : {32U, 256U, 1024U}) {
        const auto part = scan(work, {.threads = threads, .window = window});
        expect_equal(part, all);
        EXPECT_LT(part.searched_bytes, whole.searched_bytes);
      }
    }
  }
  // New objects, loose and in a second pack, some of which the first has, too.
  write("dir0/new", "tok_0123456789abcdef\n");
  commit("new");
  git("repack -q");
  git("pack-objects --all -q .git/objects/pack/pack </dev/null");
  write("dir0/newer", "tok_0123456789abcdee\n");
  commit("newer");
  expect_equal(scan(work), oracle(work));
}

TEST_F(GitBlobScan, a_secret_longer_than_the_window_is_seen_again_when_it_is_torn) {
  // A secret longer than the window, of which the middle changes.
  git("init -q .");
  const std::string filler(4000, '.');
  write("a", filler + " tok_aaaaaaaaaaaaaaaa " + filler);
  commit("one");
  write("a", filler + " tok_aaaaaaaabaaaaaaa " + filler);
  commit("two");
  git("repack -adfq --depth=50");
  expect_equal(scan(work, {.window = 4}), oracle(work));
}

TEST_F(GitBlobScan, alternates_are_read) {
  grow(5);
  git("repack -adq");
  git_in(root.string(), "clone -qs w shared");
  const auto clone = (root / "shared").string();
  expect_equal(scan(clone), oracle(work));
}

TEST_F(GitBlobScan, large_and_corrupt_objects_are_gaps_and_the_rest_goes_on) {
  grow(6);
  const auto before = oracle(work);
  std::string large;
  while (large.size() < 300'000) large += line() + "\n";
  write("large", large);
  write("lost", "tok_lostlostlostlost\n");
  commit("large");
  const std::string id = id_of("HEAD:large"), lost = id_of("HEAD:lost");
  const std::string file = work + "/.git/objects/" + lost.substr(0, 2) + "/" + lost.substr(2);
  std::filesystem::remove(file);
  std::ofstream(file) << "nonsense";
  const auto result = scan(work, {.max_blob_bytes = 200'000});
  ASSERT_EQ(result.gaps.size(), 2U);
  for (const auto& gap : result.gaps) {
    EXPECT_EQ(gap.reason, to_hex(gap.id) == id ? "limit" : "corrupt") << to_hex(gap.id);
  }
  expect_equal(result, before);
}

TEST_F(GitBlobScan, ends_when_too_much_would_be_inflated) {
  git("init -q .");
  for (int i = 0; i < 4; ++i) write("f" + std::to_string(i), std::string(5'000'000, static_cast<char>('a' + i)));
  commit("four");
  const auto result = scan(work, {.max_inflated_bytes = 1'000'000});
  EXPECT_TRUE(result.stopped);
  EXPECT_LT(result.blobs, 4U);
}

TEST_F(GitBlobScan, a_flipped_byte_in_a_pack_costs_some_blobs_and_nothing_else) {
  grow(25);
  git("repack -adfq --depth=50");
  git("prune-packed");
  const auto all = oracle(work);
  std::string pack;
  for (const auto& entry : std::filesystem::directory_iterator(work + "/.git/objects/pack")) {
    std::filesystem::permissions(entry.path(), std::filesystem::perms::owner_all);
    if (entry.path().extension() == ".pack") pack = entry.path();
  }
  const auto size = std::filesystem::file_size(pack);
  for (int i = 0; i < 60; ++i) {
    const auto at = static_cast<std::streamoff>(12 + random() % (size - 32));
    std::fstream file(pack, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(at);
    const char old = static_cast<char>(file.get());
    file.seekp(at);
    file.put(static_cast<char>(old ^ (1 << random() % 8)));
    file.flush();
    const auto result = scan(work, {.threads = 2});
    EXPECT_LE(result.blobs, all.blobs + 1);
    for (const auto& blob : result.marked) {
      const auto it = all.tokens.find(to_hex(blob.id));
      EXPECT_LE(blob.keys.size(), it == all.tokens.end() ? 1 : it->second.size() + 1);
    }
    file.seekp(at);
    file.put(old);
  }
  expect_equal(scan(work), all);
}

}  // namespace
}  // namespace assay::source::git

#include "source/search_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "unit/source/tree_fixture.h"

namespace assay::source {
namespace {

using testing::HasSubstr;

const Bytes kKey(32, 7);

class SearchCacheTest : public TreeTest {
 protected:
  SearchCache cache(std::string_view version = "1", ByteView key = kKey) {
    return {(scratch / "cache").string(), key, version, 4};
  }
  std::filesystem::path file() const { return scratch / "cache" / "searched"; }
  std::string bytes() const {
    std::ifstream in(file(), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void put(std::string_view bytes) { std::ofstream(file(), std::ios::binary) << bytes; }
  // One run that finds nothing in `contents`.
  void run(std::initializer_list<std::string_view> contents) {
    auto one = cache();
    ASSERT_TRUE(one.load());
    for (const auto content : contents) {
      const auto name = one.name("text a.js", as_bytes(content));
      if (!one.knows(name)) one.learn(name);
    }
    ASSERT_TRUE(one.save());
  }
  static bool knows(SearchCache& cache, std::string_view content) {
    return cache.knows(cache.name("text a.js", as_bytes(content)));
  }
};

TEST_F(SearchCacheTest, RemembersWhatWasSaved) {
  run({"one", "two"});
  auto again = cache();
  ASSERT_TRUE(again.load());
  EXPECT_TRUE(knows(again, "one"));
  EXPECT_TRUE(knows(again, "two"));
  EXPECT_FALSE(knows(again, "three"));
  EXPECT_FALSE(again.knows(again.name("text b.js", as_bytes("one"))));
  struct stat status{};
  ASSERT_EQ(::stat(file().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  EXPECT_THAT(bytes(), testing::Not(HasSubstr("one")));
}

TEST_F(SearchCacheTest, ADirectoryMayBeNamedFromTheWorkingDirectory) {
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(scratch);
  SearchCache one("cache", kKey, "1", 4);
  one.learn(one.name("text a.js", as_bytes("one")));
  const auto saved = one.save();
  std::filesystem::current_path(before);
  ASSERT_TRUE(saved) << saved.error().message();
  auto again = cache();
  ASSERT_TRUE(again.load());
  EXPECT_TRUE(knows(again, "one"));
}

TEST_F(SearchCacheTest, NothingIsThereAndNothingIsWrittenAtFirst) {
  auto one = cache();
  EXPECT_TRUE(one.load());
  EXPECT_TRUE(one.save());
  EXPECT_FALSE(std::filesystem::exists(file()));
}

TEST_F(SearchCacheTest, AnotherEngineOrKeyKnowsNothingAndReplacesTheFile) {
  run({"one"});
  const Bytes other(32, 8);
  auto newer = cache("2");
  auto foreign = cache("1", other);
  EXPECT_TRUE(newer.load());
  EXPECT_TRUE(foreign.load());
  EXPECT_FALSE(knows(newer, "one"));
  EXPECT_FALSE(knows(foreign, "one"));
  newer.learn(newer.name("text a.js", as_bytes("two")));
  ASSERT_TRUE(newer.save());
  auto old = cache();
  EXPECT_TRUE(old.load());
  EXPECT_FALSE(knows(old, "one"));
}

TEST_F(SearchCacheTest, BrokenFilesAreSaidAndKnowNothing) {
  run({"one", "two"});
  const auto whole = bytes();
  for (const auto& broken : {std::string(), whole.substr(0, 10), whole.substr(0, whole.size() - 1), whole + "x",
                             whole.substr(0, whole.size() - 16), "?" + whole.substr(1)}) {
    put(broken);
    auto one = cache();
    const auto loaded = one.load();
    ASSERT_FALSE(loaded);
    EXPECT_THAT(loaded.error().message(), AllOf(HasSubstr(file().string()), HasSubstr("made anew")));
    EXPECT_FALSE(knows(one, "one"));
  }
}

TEST_F(SearchCacheTest, BrokenFilesAreMadeAnewEvenWhenNothingWasLearned) {
  run({"one"});
  for (const auto& broken : {std::string("foreign"), bytes().substr(0, bytes().size() - 1)}) {
    put(broken);
    auto one = cache();
    EXPECT_FALSE(one.load());
    ASSERT_TRUE(one.save());
    auto again = cache();
    EXPECT_TRUE(again.load());
    EXPECT_FALSE(knows(again, "one"));
  }
}

TEST_F(SearchCacheTest, TheFormOfAnotherVersionIsNoneAndIsReplaced) {
  run({"one"});
  put("assay searched 2 and whatever else");
  auto one = cache();
  EXPECT_TRUE(one.load());
  one.learn(one.name("text a.js", as_bytes("two")));
  ASSERT_TRUE(one.save());
  auto again = cache();
  EXPECT_TRUE(again.load());
  EXPECT_TRUE(knows(again, "two"));
}

TEST_F(SearchCacheTest, NamesOutOfOrderAreBroken) {
  run({"one", "two"});
  auto swapped = bytes();
  const auto names = swapped.size() - 32;
  swapped = swapped.substr(0, names) + swapped.substr(names + 16) + swapped.substr(names, 16);
  put(swapped);
  auto one = cache();
  EXPECT_FALSE(one.load());
  EXPECT_FALSE(knows(one, "one"));
  one.learn(one.name("text a.js", as_bytes("three")));
  EXPECT_TRUE(one.save());
  auto mended = cache();
  EXPECT_TRUE(mended.load());
  EXPECT_TRUE(knows(mended, "three"));
}

TEST_F(SearchCacheTest, FilesThatOthersCanWriteAreNotRead) {
  run({"one"});
  ASSERT_EQ(::chmod(file().c_str(), 0666), 0);
  auto one = cache();
  EXPECT_FALSE(one.load());
  EXPECT_FALSE(knows(one, "one"));
  std::filesystem::rename(file(), scratch / "elsewhere");
  std::filesystem::create_symlink(scratch / "elsewhere", file());
  EXPECT_FALSE(one.load());
}

TEST_F(SearchCacheTest, TwoAtOnceLoseNothing) {
  auto one = cache(), other = cache();
  EXPECT_TRUE(one.load());
  EXPECT_TRUE(other.load());
  one.learn(one.name("text a.js", as_bytes("one")));
  other.learn(other.name("text a.js", as_bytes("two")));
  EXPECT_TRUE(one.save());
  EXPECT_TRUE(other.save());
  auto later = cache();
  EXPECT_TRUE(later.load());
  EXPECT_TRUE(knows(later, "one"));
  EXPECT_TRUE(knows(later, "two"));
}

TEST_F(SearchCacheTest, WhatWasNotMetForLongGoesFirst) {
  run({"a", "b", "c", "d"});
  run({"a", "e"});  // five do not fit: a, b, c and d grow old
  run({"a"});       // and a young again
  run({"f", "g", "h"});
  auto one = cache();
  EXPECT_TRUE(one.load());
  EXPECT_TRUE(knows(one, "a"));
  EXPECT_TRUE(knows(one, "e"));
  EXPECT_TRUE(knows(one, "f"));
  EXPECT_FALSE(knows(one, "b"));
  EXPECT_EQ(bytes().size(), 64U + 16U * 5U);
}

TEST_F(SearchCacheTest, AFileThatCannotBeMadeIsAnError) {
  std::ofstream(scratch / "cache") << "no directory";
  auto one = cache();
  one.learn(one.name("text a.js", as_bytes("one")));
  EXPECT_FALSE(one.save());
}

}  // namespace
}  // namespace assay::source

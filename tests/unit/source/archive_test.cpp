#include "source/archive.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "model/secret.h"
#include "unit/source/archive_fixture.h"

namespace assay::source {
namespace {

struct Opened {
  std::map<std::string, std::string> files;
  std::vector<std::string> obstacles;  // reasons, in order
  std::uint64_t read = 0;
};

Opened open_all(std::string_view packed, const std::string& name, ArchiveBudget& budget,
                const std::stop_token& stop = {}) {
  Opened out;
  MemoryStream in(packed);
  auto reader = ArchiveReader::open(in, sniff(packed).archive, name, budget, stop);
  if (!reader) {
    out.obstacles.push_back(reader.error().reason);
    return out;
  }
  std::vector<char> buffer(1 << 16);
  while (true) {
    const auto path = (*reader)->next();
    if (!path) {
      out.obstacles.push_back(path.error().reason);
      return out;
    }
    if (!*path) return out;
    auto& text = out.files[**path];
    while (true) {
      const auto n = (*reader)->content().read(buffer);
      if (!n) out.obstacles.push_back(n.error().reason);
      if (!n || *n == 0) break;
      out.read += *n;
      text.append(buffer.data(), *n);
    }
  }
}

// Also what is inside a compressed tar.
Opened open_all(std::string_view packed, const std::string& name = "a.tar.x", const ArchiveLimits& limits = {}) {
  ArchiveBudget budget(limits);
  auto opened = open_all(packed, name, budget);
  if (!opened.obstacles.empty() || !opened.files.contains("a.tar")) return opened;
  return open_all(opened.files.at("a.tar"), name, budget);
}

const std::vector<PackedFile> kFiles = {{"src/a.js", "let a = 1;\n"}, {"leer", ""}, {"b/ü.txt", "text"}};

TEST(Archive, GivesTheFilesOfEveryFormat) {
  for (const std::string format : {"zip", "tar", "tar.gz", "tar.xz", "tar.zst", "tar.bz2"}) {
    SCOPED_TRACE(format);
    const auto packed = pack(format, kFiles);
    ASSERT_EQ(sniff(packed).content, Content::archive);
    const auto opened = open_all(packed);
    EXPECT_TRUE(opened.obstacles.empty()) << opened.obstacles.front();
    const std::map<std::string, std::string> expected = {
        {"src/a.js", "let a = 1;\n"}, {"leer", ""}, {"b/ü.txt", "text"}};
    EXPECT_EQ(opened.files, expected);
  }
}

TEST(Archive, NamesASingleCompressedFileByItsContainer) {
  for (const std::string format : {"gz", "xz", "zst", "bz2"}) {
    SCOPED_TRACE(format);
    const auto opened = open_all(pack(format, {{"data", "a text\n"}}), "logs/app.log." + format);
    EXPECT_TRUE(opened.obstacles.empty());
    EXPECT_EQ(opened.files.at("app.log"), "a text\n");
  }
}

TEST(Archive, PassesOverWhatHasNoContent) {
  const auto opened =
      open_all(pack("tar", {{"link", "/etc/passwd", AE_IFLNK}, {"folder", "", AE_IFDIR}, {"file", "x"}}));
  EXPECT_EQ(opened.files.size(), 1U);
  EXPECT_TRUE(opened.files.contains("file"));
}

TEST(Archive, AnEmptyZipHoldsNothingAndIsNotBroken) {
  const auto opened = open_all(std::string("PK\x05\x06") + std::string(18, '\0'));
  EXPECT_TRUE(opened.files.empty());
  EXPECT_TRUE(opened.obstacles.empty()) << opened.obstacles.front();
}

TEST(Archive, SaysWhatIsEncrypted) {
  const auto opened = open_all(pack("zip", {{"a", "first text"}, {"b", "second text"}}, "open sesame"));
  EXPECT_EQ(opened.obstacles, (std::vector<std::string>{"encrypted", "encrypted"}));
  EXPECT_TRUE(opened.files.at("a").empty());
}

TEST(Archive, SaysWhatIsCutOffOrAltered) {
  for (const std::string format : {"zip", "tar.gz", "tar.xz", "tar.zst", "tar.bz2"}) {
    SCOPED_TRACE(format);
    std::string text;
    for (int i = 0; i < 20'000; ++i) text += std::to_string(i * 7919 % 10007);
    auto packed = pack(format, {{"a", text}});
    EXPECT_TRUE(open_all(packed).obstacles.empty());
    const auto cut = open_all(std::string_view(packed).substr(0, packed.size() / 2));
    ASSERT_FALSE(cut.obstacles.empty());
    EXPECT_EQ(cut.obstacles.front(), "corrupt");
  }
}

// Where libarchive, which reads on from file to file, sees an end like any other.
TEST(Archive, AZipThatEndsBeforeItsDirectoryIsNoWholeOne) {
  for (const std::string format : {"zip", "zip.store"}) {
    const auto inner = pack("zip", {{"inside", "text"}});
    const auto packed = pack(format, {{"a", "first text"}, {"b.zip", inner}, {"c", "third"}, {"d.zip", inner}});
    ASSERT_TRUE(open_all(packed).obstacles.empty());
    int ends = 0;
    for (std::size_t at = 1; at < packed.size(); ++at) {
      SCOPED_TRACE(format + " cut at " + std::to_string(at));
      const auto cut = open_all(std::string_view(packed).substr(0, at));
      if (sniff(std::string_view(packed).substr(0, at)).archive == ArchiveKind::zip) {
        ASSERT_FALSE(cut.obstacles.empty());
        ends += cut.files.contains("d.zip") && cut.files.at("d.zip") == inner ? 1 : 0;
      }
    }
    EXPECT_GT(ends, 1);  // all files were there, and still something was missing
  }
}

TEST(Archive, WhatFollowsAZipIsNoPartOfIt) {
  const auto packed = pack("zip", kFiles);
  EXPECT_EQ(open_all(packed + std::string(300'000, 'x')).obstacles.size(), 1U);  // its end is too far off to be told
  EXPECT_TRUE(open_all(packed + "a signature or a comment").obstacles.empty());
}

TEST(Archive, ABombEndsAtItsRatio) {
  ArchiveLimits limits;
  limits.ratio_from = 256 << 10;
  const std::string zeros(16 << 20, '\0');
  for (const std::string format : {"zip", "tar.gz", "gz", "tar.zst"}) {
    SCOPED_TRACE(format);
    const auto opened = open_all(pack(format, {{"zeros", zeros}}), "bomb", limits);
    ASSERT_FALSE(opened.obstacles.empty());
    EXPECT_EQ(opened.obstacles.front(), "limit");
    EXPECT_LT(opened.read, zeros.size() / 2);
  }
}

// A megabyte that packs well, but no more than sixty times.
std::string thin_text() {
  std::mt19937 random(1);
  std::string text;
  while (text.size() < 1U << 20U) {
    text.append(990, 'x');
    for (int i = 0; i < 10; ++i) text += static_cast<char>('a' + random() % 26);
  }
  return text;
}

TEST(Archive, BombsInsideEachOtherEndAtTheRatioOfAll) {
  ArchiveLimits limits;
  limits.ratio_from = 256 << 10;
  limits.total_ratio = 20;
  const auto inner = pack("gz", {{"data", thin_text()}});
  std::vector<PackedFile> many;
  for (int i = 0; i < 30; ++i) many.push_back({std::to_string(i) + ".gz", inner});
  const auto outer = pack("zip", many);
  ASSERT_GT(30U << 20U, 2 * limits.total_ratio * outer.size());
  ArchiveBudget budget(limits);
  MemoryStream in(outer);
  const auto reader = ArchiveReader::open(in, ArchiveKind::zip, "outer", budget, {});
  ASSERT_TRUE(reader);
  std::optional<Obstacle> obstacle;
  std::vector<char> buffer(1 << 16);
  while (!obstacle) {
    const auto path = (*reader)->next();
    ASSERT_TRUE(path && *path) << "it was unpacked to its end";
    const auto one = ArchiveReader::open((*reader)->content(), ArchiveKind::compressed, **path, budget, {});
    ASSERT_TRUE(one);
    ASSERT_TRUE((*one)->next());
    auto got = (*one)->content().read(buffer);
    while (got && *got > 0) got = (*one)->content().read(buffer);
    if (!got) obstacle = got.error();
  }
  EXPECT_EQ(obstacle->reason, "limit");
  EXPECT_THAT(obstacle->detail, testing::HasSubstr("20 times the size of the outermost"));
  EXPECT_LE(budget.bytes, (limits.total_ratio + 1) * outer.size());
}

// libarchive unpacks what it skips: a directory that claims content must not unpack it all.
TEST(Archive, ABombEndsAlsoWhereNothingIsRead) {
  ArchiveLimits limits;
  limits.ratio_from = 256 << 10;
  std::string tar = pack("tar", {{"zeros", std::string(32 << 20, '\0')}});
  tar[156] = '5';  // a directory with a size
  unsigned sum = 0;
  for (std::size_t i = 0; i < 512; ++i) sum += i >= 148 && i < 156 ? ' ' : static_cast<unsigned char>(tar[i]);
  std::snprintf(tar.data() + 148, 8, "%06o", sum);
  const auto opened = open_all(pack("gz", {{"data", tar}}), "bomb.tar.gz", limits);
  EXPECT_LT(opened.read, 20U << 20U);
}

TEST(Archive, LimitsHoldForAllThatIsInside) {
  ArchiveLimits limits;
  limits.entries = 10;
  std::vector<PackedFile> many;
  for (int i = 0; i < 20; ++i) many.push_back({"f" + std::to_string(i), "x"});
  auto opened = open_all(pack("tar", many), "many", limits);
  EXPECT_EQ(opened.obstacles, std::vector<std::string>{"limit"});
  EXPECT_EQ(opened.files.size(), 10U);

  limits = {};
  limits.bytes = 1000;
  opened = open_all(pack("zip", {{"a", std::string(600, 'x')}, {"b", std::string(600, 'y')}}), "large", limits);
  ASSERT_FALSE(opened.obstacles.empty());
  EXPECT_EQ(opened.obstacles.front(), "limit");

  limits = {};
  limits.depth = 2;
  ArchiveBudget budget(limits);
  const auto packed = pack("zip", {{"a", "x"}});
  MemoryStream one(packed), two(packed), three(packed);
  const auto first = ArchiveReader::open(one, ArchiveKind::zip, "1", budget, {});
  const auto second = ArchiveReader::open(two, ArchiveKind::zip, "2", budget, {});
  ASSERT_TRUE(first && second);
  const auto third = ArchiveReader::open(three, ArchiveKind::zip, "3", budget, {});
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().reason, "limit");
}

TEST(Archive, EndsWhenItIsStopped) {
  std::stop_source stop;
  stop.request_stop();
  ArchiveBudget budget{ArchiveLimits{}};
  const auto opened = open_all(pack("zip", kFiles), "a", budget, stop.get_token());
  EXPECT_EQ(opened.obstacles, std::vector<std::string>{"interrupted"});
}

}  // namespace
}  // namespace assay::source

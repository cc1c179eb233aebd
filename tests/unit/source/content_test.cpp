#include "source/content.h"

#include <gtest/gtest.h>

#include <string>

namespace assay::source {
namespace {

using namespace std::string_view_literals;

TEST(Content, IsToldByItsFirstBytes) {
  EXPECT_EQ(sniff("").content, Content::text);
  EXPECT_EQ(sniff("let a = 1;").content, Content::text);
  EXPECT_EQ(sniff("a\0b"sv).content, Content::binary);
  EXPECT_EQ(sniff("\xff\xfe"
                  "a\0b\0"sv)
                .content,
            Content::text)
      << "UTF-16 has NULs and is text";
  EXPECT_EQ(sniff("\xfe\xff\0a"sv).content, Content::text);
  EXPECT_EQ(sniff("\x89PNG\r\n\x1a\n\0\0\0\rIHDR"sv).content, Content::media);
  EXPECT_EQ(sniff("PK\x03\x04\x14\0"sv).archive, ArchiveKind::zip);
  EXPECT_EQ(sniff("7z\xbc\xaf\x27\x1c"sv).content, Content::closed_archive);
  EXPECT_EQ(sniff("BZh91AY&SY\0"sv).archive, ArchiveKind::compressed);
}

TEST(Content, AWordIsNoSignature) {
  EXPECT_EQ(sniff("BZh9 is how bzip2 begins").content, Content::text);
  EXPECT_EQ(sniff("GIF89 = \"password\"").content, Content::text);
  EXPECT_EQ(sniff("RIFF: token=x").content, Content::text);
  EXPECT_EQ(sniff("PK\x03").content, Content::text) << "shorter than the signature";
}

TEST(Content, ANulCountsInTheFirstBytesOnly) {
  std::string text(kSniffed - 1, 'x');
  EXPECT_EQ(sniff(text + '\0').content, Content::binary);
  EXPECT_EQ(sniff(text + 'x' + '\0').content, Content::text);
}

}  // namespace
}  // namespace assay::source

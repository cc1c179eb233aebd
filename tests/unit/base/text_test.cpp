#include "base/text.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace assay {
namespace {

using namespace std::string_literals;

TEST(Text, Trimming) {
  EXPECT_EQ(trim(" \t a b\r\n"), "a b");
  EXPECT_EQ(trim(" \n"), "");
  EXPECT_EQ(trim(""), "");
}

TEST(Text, AsciiCase) {
  EXPECT_EQ(ascii_lower("ABC Ü z"), "abc Ü z");
  EXPECT_EQ(ascii_upper("abc ü Z"), "ABC ü Z");
  EXPECT_TRUE(iequals("Content-Type", "content-TYPE"));
  EXPECT_FALSE(iequals("a", "ab"));
  // Only letters fold: '@' and '`' differ by the same bit as 'A' and 'a'.
  EXPECT_FALSE(iequals("@", "`"));
  EXPECT_TRUE(icontains("Hello World", "lo wo"));
  EXPECT_TRUE(icontains("x", ""));
  EXPECT_TRUE(icontains("", ""));
  EXPECT_FALSE(icontains("", "x"));
  EXPECT_TRUE(istarts_with("Bearer x", "bearer "));
  EXPECT_FALSE(istarts_with("Bear", "bearer"));
}

TEST(Text, SplittingAndJoining) {
  EXPECT_EQ(split("a,b,,c", ','), (std::vector<std::string_view>{"a", "b", "", "c"}));
  EXPECT_EQ(split("", ','), std::vector<std::string_view>{""});
  EXPECT_EQ(split(",", ','), (std::vector<std::string_view>{"", ""}));
  EXPECT_EQ(join({"a", "b"}, ", "), "a, b");
  EXPECT_EQ(join({}, ", "), "");
  EXPECT_EQ(replace_all("aXbXc", "X", "YX"), "aYXbYXc");
  EXPECT_EQ(replace_all("aaa", "a", ""), "");
}

TEST(Text, BeginOfLine) {
  EXPECT_EQ(begin_of_line("ab\ncd", 0, 5), 3U);
  EXPECT_EQ(begin_of_line("ab\ncd", 0, 3), 3U);
  EXPECT_EQ(begin_of_line("ab\ncd", 0, 2), 0U);
  EXPECT_EQ(begin_of_line("ab\ncd", 1, 2), 1U);
  EXPECT_EQ(begin_of_line("", 0, 0), 0U);
}

TEST(Text, Utf8) {
  for (const auto& good : {""s, "abc"s, "ü€😀"s, "\xF4\x8F\xBF\xBF"s, "\0"s}) {
    EXPECT_TRUE(is_valid_utf8(good));
    EXPECT_EQ(valid_utf8(good), good);
  }
  // Stray continuation, overlong, surrogate, above U+10FFFF, cut short.
  for (const auto* bad : {"\x80", "\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80",
                          "\xF8\x88\x80\x80\x80", "\xE2\x82", "\xFF"}) {
    EXPECT_FALSE(is_valid_utf8(bad));
    EXPECT_TRUE(is_valid_utf8(valid_utf8(bad)));
  }
  EXPECT_EQ(valid_utf8("a\xFF"
                       "b"),
            "a\uFFFDb");
}

TEST(Text, PrintableIsSafeOnATerminal) {
  EXPECT_EQ(printable("a\x1B[31mb\n\x7F"), "a\uFFFD[31mb\uFFFD\uFFFD");
  EXPECT_EQ(printable("user\u202Egpj.exe"), "user\uFFFDgpj.exe");
  EXPECT_EQ(printable("\u009B"), "\uFFFD");  // C1 control: CSI in one character
  EXPECT_EQ(printable("ü 日本"), "ü 日本");
}

TEST(Text, EllipsisCutsBetweenCharacters) {
  EXPECT_EQ(ellipsis("abc", 3), "abc");
  EXPECT_EQ(ellipsis("abcdefgh", 6), "abc…");
  EXPECT_EQ(ellipsis("üüüü", 7), "üü…");
  EXPECT_EQ(ellipsis("üüüü", 6), "ü…");
  for (std::size_t n = 3; n < 12; ++n) EXPECT_LE(ellipsis("日本語日本語", n).size(), n);
}

TEST(Text, WidthOnATerminal) {
  EXPECT_EQ(display_width("abc"), 3U);
  EXPECT_EQ(display_width("日本"), 4U);
  EXPECT_EQ(display_width("e\u0301"), 1U);
  EXPECT_EQ(display_width("ü"), 1U);
}

TEST(Text, CountsAndSizes) {
  EXPECT_EQ(plural(1, "verdict"), "1 verdict");
  EXPECT_EQ(plural(0, "verdict"), "0 verdicts");
  EXPECT_EQ(plural(2, "query", "queries"), "2 queries");
  EXPECT_EQ(format_bytes(0), "0 B");
  EXPECT_EQ(format_bytes(999), "999 B");
  EXPECT_EQ(format_bytes(64'000), "64.0 kB");
  EXPECT_EQ(format_bytes(999'960), "1.0 MB");
  EXPECT_EQ(format_bytes(1'234'567'890), "1.2 GB");
}

TEST(Error, IsOneSafeLine) {
  EXPECT_EQ((Error{ErrorCode::io, "a.txt", "cannot be read", "check it"}.message()),
            "a.txt: cannot be read (check it)");
  EXPECT_EQ((Error{ErrorCode::io, "", "cannot be read", ""}.message()), "cannot be read");
  EXPECT_EQ((Error{ErrorCode::io, "a\nb", "x", ""}.message()), "a\uFFFDb: x");
  EXPECT_EQ(to_string(ErrorCode::egress_refused), "egress-refused");
}

}  // namespace
}  // namespace assay

// The filter grammar of docs/platform.md.

#include "model/filter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

namespace assay {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Filter parsed(std::string_view text) {
  const auto filter = parse_filter(text);
  EXPECT_TRUE(filter) << filter.error().message();
  return filter ? *filter : Filter{};
}

std::string refused(std::string_view text) {
  const auto filter = parse_filter(text);
  EXPECT_FALSE(filter) << text;
  return filter ? "" : filter.error().message();
}

TEST(Filter, ReadsTheExampleOfTheContract) {
  const auto f = parsed(R"(severity:critical,high state:open app:com.example.* due<2026-12-01 "session cookie")");
  ASSERT_EQ(f.terms.size(), 4U);
  EXPECT_EQ(f.terms[0].field, "severity");
  EXPECT_THAT(f.terms[0].values, ElementsAre(FilterValue{.text = "critical"}, FilterValue{.text = "high"}));
  EXPECT_EQ(f.terms[0].values[1].column, 19U);
  EXPECT_THAT(f.terms[2].values, ElementsAre(FilterValue{.text = "com.example.", .prefix = true}));
  EXPECT_EQ(f.terms[2].column, 35U);
  EXPECT_EQ(f.terms[3].op, FilterOp::less);
  EXPECT_EQ(f.terms[3].values[0].text, "2026-12-01");
  EXPECT_THAT(f.words, ElementsAre("session cookie"));
  EXPECT_EQ(parsed(" \t\n"), Filter{});
}

TEST(Filter, ReadsOperatorsNegationAndQuotes) {
  const auto f = parsed(R"(-state:fixed a<=1 b>=2 c>-3 d<4 e:"x,y \"z\" \\"* word,with:nothing/else)");
  ASSERT_EQ(f.terms.size(), 6U);
  EXPECT_TRUE(f.terms[0].negated);
  EXPECT_EQ(f.terms[1].op, FilterOp::at_most);
  EXPECT_EQ(f.terms[2].op, FilterOp::at_least);
  EXPECT_EQ(f.terms[3].op, FilterOp::greater);
  EXPECT_EQ(f.terms[3].values[0].text, "-3");
  EXPECT_EQ(f.terms[5].values[0], (FilterValue{.text = R"(x,y "z" \)", .prefix = true}));
  EXPECT_THAT(f.words, ElementsAre("word,with:nothing/else"));
}

TEST(Filter, ErrorsSayWhereAndWhat) {
  EXPECT_THAT(refused("state:"), HasSubstr("column 7: a value of state is missing"));
  EXPECT_THAT(refused("state:a,,b"), HasSubstr("column 9"));
  EXPECT_THAT(refused("üü \"open"), HasSubstr("column 4: a quoted text has no end"));
  EXPECT_THAT(refused("-word"), HasSubstr("column 1: \"-\" excludes only FIELD:VALUE"));
  EXPECT_THAT(refused("-due<1"), HasSubstr("turn the comparison of due round"));
  EXPECT_THAT(refused("app:a*b"), HasSubstr("column 5: \"*\" stands only at the end"));
  EXPECT_THAT(refused("app:*"), HasSubstr("leave the term out"));
  EXPECT_THAT(refused("due<2026*"), HasSubstr("a comparison takes no"));
  EXPECT_THAT(refused("app:\"a\"b"), HasSubstr("column 8: \"b\" is not expected here"));
  EXPECT_THAT(refused("a\"b\""), HasSubstr("a quotation mark stands inside of a word"));
  EXPECT_THAT(refused("due<1,2"), HasSubstr("column 6"));
  EXPECT_THAT(refused("\"\""), HasSubstr("a word is empty"));
  EXPECT_THAT(refused(std::string_view("a\0b", 3)), HasSubstr("control characters"));
  EXPECT_THAT(refused("\xFF"), HasSubstr("invalid UTF-8"));
}

TEST(Filter, HasLimits) {
  EXPECT_EQ(parse_filter(std::string(kMaxFilterBytes + 1, 'a')).error().code, ErrorCode::limit_exceeded);
  std::string words, values = "a:0";
  for (std::size_t i = 0; i < kMaxFilterTerms; ++i) words += "w ";
  for (std::size_t i = 1; i < kMaxFilterValues; ++i) values += ",1";
  EXPECT_EQ(parsed(words).words.size(), kMaxFilterTerms);
  EXPECT_EQ(parse_filter(words + "x").error().code, ErrorCode::limit_exceeded);
  EXPECT_EQ(parsed(values).terms[0].values.size(), kMaxFilterValues);
  EXPECT_EQ(parse_filter(values + ",x").error().code, ErrorCode::limit_exceeded);
}

TEST(Filter, IsWrittenAsItIsRead) {
  for (const std::string_view text :
       {R"(severity:critical,high state:open app:com.example.* due<2026-12-01 "session cookie")",
        R"(-a:"b c"* x>=-7d "a:b" "-c" "\\\"" wörd)", R"(a:"*" b:"x*")"})
    EXPECT_EQ(parsed(format_filter(parsed(text))), parsed(text)) << format_filter(parsed(text));
}

TEST(FilterTime, ReadsDaysMomentsAndSpans) {
  using namespace std::chrono;
  const Time now = sys_days{2026y / 11 / 23} + hours{12};
  const auto day = parse_filter_time("2026-12-01", now);
  ASSERT_TRUE(day);
  EXPECT_EQ(day->from, Time{sys_days{2026y / 12 / 1}});
  EXPECT_EQ(day->until - day->from, days{1});
  EXPECT_EQ(parse_filter_time("2026-12-01T10:00:00+02:00", now)->from, Time{sys_days{2026y / 12 / 1}} + hours{8});
  EXPECT_EQ(parse_filter_time("-7d", now)->from, now - days{7});
  EXPECT_EQ(parse_filter_time("+2w", now)->from, now + weeks{2});
  EXPECT_EQ(parse_filter_time("-90m", now)->from, now - minutes{90});
  for (const auto* bad : {"", "7d", "-d", "-7", "-7y", "2026-13-01", "2026-02-30", "tomorrow", "-99999999999w"})
    EXPECT_FALSE(parse_filter_time(bad, now)) << bad;
}

}  // namespace
}  // namespace assay

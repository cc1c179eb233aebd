// Lists of apps as people hand them in.

#include "model/app_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assay {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

AppRows read(Result<AppRows> rows) {
  EXPECT_TRUE(rows) << rows.error().message();
  return rows ? std::move(*rows) : AppRows{};
}

TEST(AppCsv, ReadsRowsAsTheStandardSays) {
  const auto rows = read(parse_app_csv(
      "\xEF\xBB\xBFtarget,Key,name,contacts,organisation\r\n"
      "https://a.example/d.json,com.a,\"A, the \"\"first\"\"\nof two\",a@example.com; b@example.com,Acme\r\n"
      "\r\n"
      "https://b.example/,com.b,Bé,,"));
  EXPECT_THAT(rows.bad, ::testing::SizeIs(1));  // a name has one line
  ASSERT_EQ(rows.good.size(), 1U);
  EXPECT_EQ(rows.bad[0].line, 2U);
  EXPECT_EQ(rows.good[0].line, 5U);
  EXPECT_EQ(rows.good[0].key, "com.b");
  EXPECT_EQ(rows.good[0].name, "Bé");
  const auto quoted =
      read(parse_app_csv("key,target,name,contacts\na,t,\"A, \"\"x\"\"\",a@example.com; b@example.com"));
  ASSERT_EQ(quoted.good.size(), 1U);
  EXPECT_EQ(quoted.good[0].name, "A, \"x\"");
  EXPECT_THAT(quoted.good[0].contacts, ElementsAre(AppContact{"a@example.com", ""}, AppContact{"b@example.com", ""}));
}

TEST(AppCsv, KeepsTheGoodRowsAndNamesTheBad) {
  const auto rows =
      read(parse_app_csv("key,target,kind,state,contacts\n"
                         "a,t,connect,active,\n"
                         ",t,connect,active,\n"
                         "b,,connect,active,\n"
                         "c,t,jira,active,\n"
                         "d,t,,deleted,\n"
                         "e,t,,,nobody\n"
                         "f,t\n"
                         "g,t\"x,,,\n"
                         "h,\"t\"x,,,\n"
                         "k l,t,,,\n"
                         "i,t,forge,paused,a@b.example\n"
                         "j,\"t"));
  ASSERT_EQ(rows.good.size(), 2U);
  EXPECT_EQ(rows.good[1].key, "i");
  EXPECT_EQ(rows.good[1].line, 12U);
  std::vector<std::string> told;
  for (const auto& bad : rows.bad) told.push_back(std::to_string(bad.line) + ": " + bad.reason);
  EXPECT_THAT(told, ElementsAre(HasSubstr("3: key is empty"), HasSubstr("4: target is empty"),
                                HasSubstr("5: kind is \"jira\"; known: connect, forge, service, source"),
                                HasSubstr("6: state is \"deleted\""), HasSubstr("7: \"nobody\" is no mail address"),
                                HasSubstr("8: has 2 values, the header has 5"), HasSubstr("9: a quotation mark"),
                                HasSubstr("10: something follows"), HasSubstr("11: key holds spaces"),
                                HasSubstr("13: a quoted value has no end")));
}

TEST(AppCsv, RefusesAHeaderThatItCannotRead) {
  EXPECT_THAT(parse_app_csv("").error().message(), HasSubstr("is empty"));
  EXPECT_THAT(parse_app_csv("key,name\n").error().message(), HasSubstr("the column target is missing"));
  EXPECT_THAT(parse_app_csv("key,target,colour\n").error().message(), HasSubstr("\"colour\" is no column"));
  EXPECT_THAT(parse_app_csv("key;target\n").error().message(), HasSubstr("separate them with commas"));
  EXPECT_THAT(parse_app_csv("key,target,KEY\n").error().message(), HasSubstr("is there twice"));
}

TEST(AppJsonLines, ReadsObjects) {
  const auto rows = read(parse_app_json_lines(
      "{\"key\":\"a\",\"target\":\"t\",\"contacts\":[\"a@example.com\",{\"email\":\"b@example.com\",\"name\":\"B\"}]}\n"
      "\n"
      "{\"key\":\"b\"}\n"
      "[1]\n"
      "{\"key\":1,\"target\":\"t\"}\n"
      "{\"key\":\"c\",\"target\":\"t\",\"colour\":\"red\"}\n"
      "{\"key\":\"d\",\"target\":\"t\",\"contacts\":[1]}\n"
      "{nonsense\n"
      "{\"key\":\"e\",\"target\":\"t\",\"kind\":null}"));
  ASSERT_EQ(rows.good.size(), 2U);
  EXPECT_EQ(rows.good[0].contacts[1].name, "B");
  EXPECT_EQ(rows.good[1].key, "e");
  std::vector<std::size_t> lines;
  for (const auto& bad : rows.bad) lines.push_back(bad.line);
  EXPECT_THAT(lines, ElementsAre(3, 4, 5, 6, 7, 8));
}

TEST(AppRows, HaveLimits) {
  std::string csv = "key,target\n";
  for (std::size_t i = 0; i < kMaxBadRows + 5; ++i) csv += ",\n";
  EXPECT_EQ(read(parse_app_csv(csv)).bad.size(), kMaxBadRows);
  const auto wide = read(parse_app_csv("key,target\na," + std::string(kMaxImportValue + 1, 't')));
  EXPECT_THAT(wide.good, IsEmpty());
  std::string deep = "{\"key\":";
  for (int i = 0; i < 1000; ++i) deep += "[";
  EXPECT_EQ(read(parse_app_json_lines(deep)).bad.size(), 1U);
}

TEST(Email, TakesWhatServersTake) {
  for (const auto* good : {"a@b.example", "first.last+tag@sub.b-c.example", "o'x@localhost"})
    EXPECT_EQ(invalid_email(good), "") << good;
  for (const auto* bad : {"", "a", "@b", "a@", "a b@c.example", "a@b@c", "a@b..c", ".a@b.c", "a@b.c\n", "<a@b.c>"})
    EXPECT_NE(invalid_email(bad), "") << bad;
}

}  // namespace
}  // namespace assay

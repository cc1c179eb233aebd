#include "base/json.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

std::string thing_of(std::string_view text) {
  const auto json = parse_json(text, "a.json");
  return json ? "fine" : json.error().thing;
}

TEST(Json, ReadsWhatIsJson) {
  EXPECT_EQ(parse_json(R"({"b":1,"a":[true,null,"ü"]})", "x")->dump(), R"({"a":[true,null,"ü"],"b":1})");
  EXPECT_EQ(parse_json("\xEF\xBB\xBF 7 ", "x").value(), 7);
  EXPECT_EQ(parse_json(R"({"a":1,"a":2})", "x").value()["a"], 2);
}

TEST(Json, ErrorsNameLineAndColumnInCharacters) {
  EXPECT_EQ(thing_of("{"), "a.json:1:2");
  EXPECT_EQ(thing_of("{\n  \"a\": 1,\n  b: 2\n}"), "a.json:3:3");
  EXPECT_EQ(thing_of("[\"ü\", x]"), "a.json:1:7");
  EXPECT_EQ(thing_of("<html>"), "a.json:1:1");
  EXPECT_EQ(thing_of("{} {}"), "a.json:1:4");
  EXPECT_EQ(thing_of("[1,]"), "a.json:1:4");
  const auto html = parse_json("<!doctype html><script>" + std::string(5000, 'x'), "a.json");
  ASSERT_FALSE(html);
  EXPECT_EQ(html.error().code, ErrorCode::invalid_input);
  EXPECT_LT(html.error().message().size(), 300U);
}

TEST(Json, EmptyIsSaidToBeEmpty) {
  for (const auto* text : {"", " \n", "\xEF\xBB\xBF"}) {
    const auto json = parse_json(text, "a.json");
    ASSERT_FALSE(json);
    EXPECT_EQ(json.error().reason, "is empty");
  }
}

TEST(Json, DepthAndSizeAreLimited) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_TRUE(parse_json(nested(64), "x"));
  const auto deep = parse_json(nested(65), "x");
  ASSERT_FALSE(deep);
  EXPECT_EQ(deep.error().code, ErrorCode::limit_exceeded);
  EXPECT_EQ(deep.error().thing, "x:1:65");
  EXPECT_EQ(parse_json(std::string(200'000, '['), "x").error().code, ErrorCode::limit_exceeded);
  EXPECT_TRUE(parse_json("\"" + std::string(100, '[') + "\\\"[\"", "x"));  // brackets in strings are text
  EXPECT_EQ(parse_json("[1, 2, 3]", "x", {.max_bytes = 8, .max_depth = 4}).error().code, ErrorCode::limit_exceeded);
  EXPECT_TRUE(parse_json("[1, 2]", "x", {.max_bytes = 8, .max_depth = 1}));
}

TEST(Json, InvalidUtf8NeverThrows) {
  EXPECT_FALSE(parse_json("\"\xFF\"", "x"));
  EXPECT_EQ(dump_json(Json("a\xFF")), "\"a\uFFFD\"");
}

TEST(Json, DecodingNamesTheShape) {
  EXPECT_EQ(decode_json<int>(Json(7), "x").value(), 7);
  const auto wrong = decode_json<int>(Json("seven"), "x");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().thing, "x");
  EXPECT_EQ(decode_json<std::optional<int>>(Json(), "x").value(), std::nullopt);
  EXPECT_EQ(Json(std::optional<int>(3)).dump(), "3");
  EXPECT_EQ(Json(std::optional<int>()).dump(), "null");
}

}  // namespace
}  // namespace assay

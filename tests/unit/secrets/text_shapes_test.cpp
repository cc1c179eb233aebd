#include "secrets/text_shapes.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "unit/secrets/widths_here.h"

namespace assay::secrets {
namespace {

// Each way finds what the plain one does, wherever runs begin and end in what is looked at together.
TEST(TextShapes, AreThoseOfThePlainSearch) {
  constexpr std::string_view kAlphabet("aZz9_- .=/\"\n\x80\xff\\%ux7\0", 19);
  std::mt19937 random(7);
  TextShapes fast;
  TextShapes plain;
  std::size_t runs = 0;
  std::size_t escapes = 0;
  std::size_t percents = 0;
  for (int round = 0; round < 3000; ++round) {
    std::string text;
    const auto size = random() % (round % 50 == 0 ? 10'000 : 300);
    while (text.size() < size)
      text += std::string(1 + random() % (random() % 2 == 0 ? 2 : 40), kAlphabet[random() % kAlphabet.size()]);
    text.resize(size);
    find_shapes(text, plain, VectorWidth::plain);
    for (const auto width : widths_here()) {
      find_shapes(text, fast, width);
      ASSERT_TRUE(fast == plain) << static_cast<int>(width) << " " << text;
    }
    runs += plain.runs.size();
    escapes += plain.escapes.size();
    percents += plain.percents.size();
  }
  EXPECT_GT(runs, 500U);
  EXPECT_GT(escapes, 100U);
  EXPECT_GT(percents, 50U);
}

TEST(TextShapes, RunsEndWithTheText) {
  TextShapes shapes;
  for (std::size_t before = 0; before < 130; ++before) {
    const auto text = std::string(before, ' ') + "abcdefghijklm9";
    find_shapes(text, shapes);
    ASSERT_EQ(shapes.runs.size(), 1U) << before;
    EXPECT_EQ(shapes.runs[0], (TokenRun{before, text.size()}));
  }
}

TEST(TextShapes, RunsHoldWhatWordsDoNot) {
  TextShapes shapes;
  find_shapes("getUserName_from_the_table internationalization SOME_CONSTANT_NAME getUserNameFromTable", shapes);
  EXPECT_TRUE(shapes.runs.empty());
  find_shapes("abcdefghijklm9 ABCDefghijklmn abcdefghijklmnopqrstuvwxy", shapes);
  EXPECT_EQ(shapes.runs.size(), 3U);
}

TEST(TextShapes, MarksOfEncodings) {
  TextShapes shapes;
  find_shapes(R"(\\u0041 \n 100%5 %x % \\/ \x4)"
              "%",
              shapes);
  EXPECT_EQ(shapes.escapes, (std::vector<std::size_t>{1, 23, 26}));
  EXPECT_EQ(shapes.percents, (std::vector<std::size_t>{14}));
  EXPECT_FALSE(shapes.zeros);
  find_shapes(std::string_view("a\0b", 3), shapes);
  EXPECT_TRUE(shapes.zeros);
  find_shapes("", shapes);
  EXPECT_TRUE(shapes == TextShapes());
}

}  // namespace
}  // namespace assay::secrets

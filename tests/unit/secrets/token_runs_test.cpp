#include "secrets/token_runs.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace assay::secrets {
namespace {

// The fast search finds what the plain one does, wherever runs begin and end in the words that it looks at.
TEST(TokenRuns, AreThoseOfThePlainSearch) {
  constexpr std::string_view kAlphabet = "aZz9_- .=/\"\n\x80\xff";
  std::mt19937 random(7);
  std::vector<TokenRun> fast;
  std::vector<TokenRun> plain;
  std::size_t found = 0;
  for (int round = 0; round < 3000; ++round) {
    std::string text;
    const auto size = random() % 300;
    while (text.size() < size) text += std::string(1 + random() % 40, kAlphabet[random() % kAlphabet.size()]);
    text.resize(size);
    find_token_runs(text, fast);
    find_token_runs_plainly(text, plain);
    ASSERT_EQ(fast, plain) << text;
    found += plain.size();
  }
  EXPECT_GT(found, 500U);
}

TEST(TokenRuns, EndWithTheText) {
  std::vector<TokenRun> runs;
  for (std::size_t before = 0; before < 130; ++before) {
    const auto text = std::string(before, ' ') + "abcdefghijklm9";
    find_token_runs(text, runs);
    ASSERT_EQ(runs.size(), 1U) << before;
    EXPECT_EQ(runs[0], (TokenRun{before, text.size()}));
  }
}

TEST(TokenRuns, HoldWhatWordsDoNot) {
  std::vector<TokenRun> runs;
  find_token_runs("getUserName_from_the_table internationalization SOME_CONSTANT_NAME getUserNameFromTable", runs);
  EXPECT_TRUE(runs.empty());
  find_token_runs("abcdefghijklm9 ABCDefghijklmn abcdefghijklmnopqrstuvwxy", runs);
  EXPECT_EQ(runs.size(), 3U);
}

}  // namespace
}  // namespace assay::secrets

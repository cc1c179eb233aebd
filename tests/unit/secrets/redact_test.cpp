#include "secrets/redact.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace assay::secrets {
namespace {

TEST(Redact, ShowsAtMostAThird) {
  EXPECT_EQ(redact("ghp_0123456789abcdefghijklmnopqrstuvwxyz"), "ghp_…wxyz (40)");
  EXPECT_EQ(redact("abcdefghijkl"), "ab…kl (12)");
  for (std::size_t size = 0; size < 100; ++size) {
    const std::string shown = redact(std::string(size, 'x'));
    EXPECT_LE(3 * static_cast<std::size_t>(std::ranges::count(shown, 'x')), size);
  }
}

TEST(Redact, ShowsNothingOfAShortSecret) {
  EXPECT_EQ(redact("hunter2"), "… (7)");
  EXPECT_EQ(redact(""), "… (0)");
}

TEST(Redact, ShowsNoControlCharacters) {
  EXPECT_EQ(redact("\x1b[31m\n" + std::string(20, 'k')), "?[31…kkkk (26)");
}

}  // namespace
}  // namespace assay::secrets

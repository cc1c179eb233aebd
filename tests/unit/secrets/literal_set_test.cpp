#include "secrets/literal_set.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "base/text.h"

namespace assay::secrets {
namespace {

using Places = std::vector<std::pair<std::uint32_t, std::size_t>>;  // literal, end

Places found_by(const LiteralSet& set, std::string_view text) {
  Places places;
  auto found = [&](std::uint32_t literal, std::size_t end) { places.emplace_back(literal, end); };
  set.scan(text, found);
  std::ranges::sort(places);
  return places;
}

// Each place of each literal, sought one by one.
Places sought_plainly(const std::vector<Literal>& literals, std::string_view text) {
  Places places;
  for (std::uint32_t i = 0; i < literals.size(); ++i) {
    const auto& [literal, caseless] = literals[i];
    for (std::size_t at = 0; at + literal.size() <= text.size(); ++at) {
      const auto there = text.substr(at, literal.size());
      if (caseless ? iequals(there, literal) : there == literal) places.emplace_back(i, at + literal.size());
    }
  }
  std::ranges::sort(places);
  return places;
}

// Few different characters, so that literals begin, overlap and end everywhere; some of them not ASCII.
std::string random_text(std::mt19937& random, std::size_t size) {
  constexpr std::string_view kCharacters = "abABc_-:/\x80\xFF\n@`";
  std::string text;
  for (std::size_t i = 0; i < size; ++i) text += kCharacters[random() % kCharacters.size()];
  return text;
}

std::vector<Literal> random_literals(std::mt19937& random, std::size_t least, bool caseless_only) {
  std::vector<Literal> literals;
  for (std::size_t i = 0; i < 30; ++i)
    literals.push_back({random_text(random, least + random() % 4), caseless_only || random() % 2 == 0});
  return literals;
}

TEST(LiteralSet, FindsWhatAPlainSearchFinds) {
  std::mt19937 random(7);
  for (const std::size_t least : {1U, 2U, 3U, 4U})
    for (const bool caseless_only : {false, true})
      for (int round = 0; round < 12; ++round) {
        const auto literals = random_literals(random, least, caseless_only);
        const LiteralSet set(literals);
        const auto text = random_text(random, random() % 120);
        ASSERT_EQ(found_by(set, text), sought_plainly(literals, text)) << least << " " << text;
      }
}

TEST(LiteralSet, FindsAtTheEndsOfATextOfAnySize) {
  const std::vector<Literal> literals = {{"://", false}, {"ghp_", false}, {"token", true}};
  const LiteralSet set(literals);
  for (std::size_t size = 0; size < 60; ++size)
    for (const auto& [literal, caseless] : literals) {
      std::string text(size, '.');
      text.insert(0, literal);
      text += literal;
      EXPECT_EQ(found_by(set, text), sought_plainly(literals, text)) << text;
    }
}

TEST(LiteralSet, WithoutLiteralsFindsNothing) {
  EXPECT_TRUE(found_by(LiteralSet(), "a text").empty());
  EXPECT_TRUE(found_by(LiteralSet(std::vector<Literal>{}), "a text").empty());
  EXPECT_TRUE(found_by(LiteralSet({{"text", false}}), "").empty());
}

}  // namespace
}  // namespace assay::secrets

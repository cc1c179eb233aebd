#include "secrets/literal_set.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "base/text.h"
#include "catalog/catalog.h"
#include "secrets/rule_table.h"
#include "unit/secrets/vectorscan_set.h"
#include "unit/secrets/widths_here.h"

namespace assay::secrets {
namespace {

using Places = std::vector<std::pair<std::uint32_t, std::size_t>>;  // literal, end

Places found_by(const LiteralSet& set, std::string_view text, LiteralSet::Part part, VectorWidth width) {
  Places places;
  const auto tell = [](void* context, std::uint32_t literal, std::size_t end) {
    static_cast<Places*>(context)->emplace_back(literal, end);
  };
  set.scan(text, part, {tell, &places}, width);
  std::ranges::sort(places);
  return places;
}

Places found_by(const LiteralSet& set, std::string_view text, VectorWidth width = widest_vectors()) {
  return found_by(set, text, {0, text.size()}, width);
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
        const auto text = random_text(random, random() % 300);
        for (const auto width : widths_here())
          ASSERT_EQ(found_by(set, text, width), sought_plainly(literals, text)) << least << " " << text;
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

// What begins before the part or ends behind it is none of its own, whatever stands there.
TEST(LiteralSet, FindsInAPartOfAText) {
  std::mt19937 random(5);
  for (int round = 0; round < 60; ++round) {
    const auto literals = random_literals(random, 1 + random() % 4, round % 2 == 0);
    const LiteralSet set(literals);
    const auto text = random_text(random, 1 + random() % 400);
    const auto begin = random() % text.size();
    const auto end = begin + random() % (text.size() - begin + 1);
    auto expected = sought_plainly(literals, text.substr(begin, end - begin));
    for (auto& place : expected) place.second += begin;
    for (const auto width : widths_here())
      ASSERT_EQ(found_by(set, text, {begin, end}, width), expected) << begin << " " << end << " " << text;
  }
}

// All literals of the rules, in a text longer than what is looked at in one step, with literals cut and joined.
TEST(LiteralSet, FindsWhatVectorscanFinds) {
  const auto catalog = catalog::Catalog::embedded();
  ASSERT_TRUE(catalog);
  const auto table = RuleTable::build(*catalog->secret_rules());
  ASSERT_TRUE(table);
  const auto& literals = (*table)->literals.literals();
  ASSERT_GT(literals.size(), 400U);
  const VectorscanSet oracle(literals);
  std::mt19937 random(11);
  for (int round = 0; round < 20; ++round) {
    std::string text;
    while (text.size() < 20'000) {
      const auto& literal = literals[random() % literals.size()].text;
      text += literal.substr(0, random() % (literal.size() + 2));
      if (random() % 3 == 0) text += ascii_upper(literal);
      if (random() % 4 == 0) text += random_text(random, random() % 50);
    }
    Places expected;
    auto found = [&](std::uint32_t literal, std::size_t end) { expected.emplace_back(literal, end); };
    oracle.scan(text, found);
    std::ranges::sort(expected);
    ASSERT_GT(expected.size(), 500U);
    for (const auto width : widths_here()) ASSERT_EQ(found_by((*table)->literals, text, width), expected) << round;
  }
}

TEST(LiteralSet, WithoutLiteralsFindsNothing) {
  EXPECT_TRUE(found_by(LiteralSet(), "a text").empty());
  EXPECT_TRUE(found_by(LiteralSet(std::vector<Literal>{}), "a text").empty());
  EXPECT_TRUE(found_by(LiteralSet({{"text", false}}), "").empty());
}

}  // namespace
}  // namespace assay::secrets

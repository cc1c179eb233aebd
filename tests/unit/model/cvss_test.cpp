#include "model/cvss.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace assay {
namespace {

using ::testing::HasSubstr;

// The lines of an oracle file (tests/data/ says how each was made), without its comments.
std::vector<std::string> oracle_lines(const std::string& name) {
  std::ifstream in("tests/data/" + name);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);)
    if (!line.starts_with('#')) lines.push_back(line);
  return lines;
}

std::string scored(const std::string& vector) {
  const auto cvss = score_cvss(vector);
  return cvss ? fmt::format("{} {:.1f}", cvss->vector, cvss->score) : cvss.error().message();
}

TEST(Cvss31, EveryBaseVectorHasTheScoreOfTheOracle) {
  int checked = 0;
  for (const auto& line : oracle_lines("cvss31_base.txt")) {
    std::istringstream in(line);
    std::string exploitability;
    in >> exploitability;
    for (const char c : {'H', 'L', 'N'})
      for (const char i : {'H', 'L', 'N'})
        for (const char a : {'H', 'L', 'N'}) {
          std::string score;
          in >> score;
          const auto vector = fmt::format("CVSS:3.1/{}/C:{}/I:{}/A:{}", exploitability, c, i, a);
          EXPECT_EQ(scored(vector), vector + " " + score);
          ++checked;
        }
  }
  EXPECT_EQ(checked, 2592);
}

TEST(Cvss31, TemporalAndEnvironmentalScoresAreTheOracles) {
  const auto lines = oracle_lines("cvss31_sample.txt");
  EXPECT_GE(lines.size(), 990U);
  for (const auto& line : lines) EXPECT_EQ(scored(line.substr(0, line.find(' '))), line);
}

TEST(Cvss40, BaseScoresAreTheOracles) {
  constexpr std::array kNames{"AV", "AC", "AT", "PR", "UI", "VC", "VI", "VA", "SC", "SI", "SA"};
  const auto lines = oracle_lines("cvss40_base.txt");
  EXPECT_EQ(lines.size(), 3000U);
  for (const auto& line : lines) {
    std::string vector = "CVSS:4.0";
    for (std::size_t i = 0; i < kNames.size(); ++i) vector += fmt::format("/{}:{}", kNames[i], line[i]);
    EXPECT_EQ(scored(vector), vector + line.substr(kNames.size()));
  }
}

TEST(Cvss40, ThreatAndEnvironmentalScoresAreTheOracles) {
  const auto lines = oracle_lines("cvss40_sample.txt");
  EXPECT_EQ(lines.size(), 1000U);
  for (const auto& line : lines) EXPECT_EQ(scored(line.substr(0, line.find(' '))), line);
}

TEST(Cvss40, TieAtTheSecondDecimalRoundsUp) {
  EXPECT_EQ(score_cvss("CVSS:4.0/AV:L/AC:L/AT:P/PR:N/UI:A/VC:N/VI:N/VA:L/SC:H/SI:H/SA:H")->score, 5.0);
}

TEST(Cvss40, SupplementalMetricsAreReadAndDoNotCount) {
  const std::string base = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N";
  EXPECT_EQ(score_cvss(base)->score, 9.3);
  EXPECT_EQ(score_cvss(base + "/S:P/AU:Y/R:A/V:D/RE:L/U:Amber")->score, 9.3);
}

TEST(Cvss, VectorIsKeptAsWrittenAndMetricsMayComeInAnyOrder) {
  const std::string shuffled = "CVSS:3.1/A:H/I:H/C:H/S:U/UI:N/PR:N/AC:L/AV:N";
  const auto cvss = score_cvss(shuffled);
  ASSERT_TRUE(cvss);
  EXPECT_EQ(cvss->vector, shuffled);
  EXPECT_EQ(cvss->score, 9.8);
}

TEST(Cvss, UndefinedMetricsChangeNothing) {
  const std::string base = "CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:L/I:L/A:N";
  EXPECT_EQ(score_cvss(base + "/E:X/RL:X/RC:X/CR:X/MAV:X/MS:X/MA:X")->score, score_cvss(base)->score);
}

// Every figure that the Ecoscanner table prints, from the vector that the catalogue uses.
TEST(Cvss31, FiguresOfTheSourceDocuments) {
  EXPECT_EQ(score_cvss("CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:H/A:N")->score, 7.4);
  EXPECT_EQ(score_cvss("CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:H/I:H/A:N")->score, 6.8);
  EXPECT_EQ(score_cvss("CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:C/C:H/I:H/A:H")->score, 9.0);
  EXPECT_EQ(score_cvss("CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:H/A:H")->score, 8.1);
  EXPECT_EQ(score_cvss("CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H")->score, 8.8);
  EXPECT_EQ(score_cvss("CVSS:3.1/AV:N/AC:L/PR:H/UI:N/S:U/C:H/I:H/A:H")->score, 7.2);
  EXPECT_EQ(score_cvss("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:N/A:N")->score, 5.3);
  EXPECT_EQ(score_cvss("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:H/A:L")->score, 8.6);
}

struct BadVector {
  std::string vector;
  std::string reason;
};

void PrintTo(const BadVector& bad, std::ostream* out) {
  *out << bad.vector;
}

class InvalidCvss : public ::testing::TestWithParam<BadVector> {};

TEST_P(InvalidCvss, IsRefusedWithTheReason) {
  const auto cvss = score_cvss(GetParam().vector);
  ASSERT_FALSE(cvss) << GetParam().vector;
  EXPECT_EQ(cvss.error().code, ErrorCode::invalid_input);
  EXPECT_THAT(cvss.error().reason, HasSubstr(GetParam().reason));
}

const std::string kGood31 = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H";
const std::string kGood40 = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N";

INSTANTIATE_TEST_SUITE_P(
    All, InvalidCvss,
    ::testing::Values(
        BadVector{"", "does not begin with"}, BadVector{"CVSS:3.1", "does not begin with"},
        BadVector{"CVSS:2.0/AV:N", "does not begin with"}, BadVector{"AV:N/AC:L/Au:N/C:P/I:P/A:P", "begin"},
        BadVector{"cvss:3.1/AV:N", "does not begin with"}, BadVector{" " + kGood31, "does not begin with"},
        BadVector{"CVSS:3.1/", "METRIC:VALUE"}, BadVector{kGood31 + "/", "METRIC:VALUE"},
        BadVector{"CVSS:3.1//AV:N", "METRIC:VALUE"}, BadVector{kGood31 + "/AV:N", "AV twice"},
        BadVector{kGood31 + "/AV:L", "AV twice"}, BadVector{kGood31 + "/ZZ:N", "unknown metric \"ZZ\""},
        BadVector{kGood31 + "/AT:N", "unknown metric \"AT\""}, BadVector{kGood31 + "/e:H", "unknown metric"},
        BadVector{kGood31 + "/E:A", "E the value \"A\""}, BadVector{kGood31 + "/E:", "E the value \"\""},
        BadVector{kGood31 + "/MS:X,U", "MS the value"}, BadVector{kGood31 + " ", "A the value \"H \""},
        BadVector{"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H", "mandatory metric A"},
        BadVector{"CVSS:3.1/AV:X/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "AV the value \"X\""},
        BadVector{"CVSS:4.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "S the value \"U\""},
        BadVector{"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N", "mandatory metric SA"},
        BadVector{"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:R/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", "UI the value \"R\""},
        BadVector{"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:S/SA:N", "SI the value \"S\""},
        BadVector{kGood40 + "/MSC:S", "MSC the value \"S\""}, BadVector{kGood40 + "/RL:O", "metric \"RL\""},
        BadVector{kGood40 + "/U:clear", "U the value"}, BadVector{kGood40 + "/E:H", "E the value"},
        BadVector{kGood31 + std::string(600, '/'), "longer than 512 bytes"},
        BadVector{std::string("CVSS:3.1/AV:N\0", 14), "AV the value"}));

}  // namespace
}  // namespace assay

// Runs every case of tests/cases/<requirement>/*.yaml as one test, and holds each judge to having a pass, a fail and an
// inconclusive case.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <map>
#include <set>

#include "base/text.h"
#include "catalog/catalog.h"
#include "judge/judge.h"
#include "unit/judge/case_file.h"

namespace assay::judge_test {
namespace {

constexpr auto kCases = "tests/cases";

const catalog::Catalog& catalogue() {
  static const auto loaded = catalog::Catalog::embedded();
  EXPECT_TRUE(loaded.has_value()) << loaded.error().message();
  return *loaded;
}

std::optional<Requirement> requirement_of(const Case& c) {
  const auto* known = catalogue().find(c.requirement);
  if (known == nullptr) return std::nullopt;
  Requirement r = *known;
  for (const auto& [name, value] : c.parameters.items()) r.parameters[name] = value;
  return r;
}

class JudgeCase : public testing::TestWithParam<std::string> {};

TEST_P(JudgeCase, GivesTheExpectedVerdict) {
  const auto c = read_case(GetParam());
  ASSERT_TRUE(c.has_value()) << c.error().message();
  EXPECT_EQ(std::filesystem::path(c->path).parent_path().filename(), c->requirement)
      << "the case lies in another folder";
  const auto requirement = requirement_of(*c);
  ASSERT_TRUE(requirement.has_value()) << "no such requirement: " << c->requirement;

  const auto verdicts = judge::judge_all(EvidenceSet(c->evidence), {*requirement});
  const auto at = std::ranges::find(verdicts, c->subject, &Verdict::subject);
  const auto* v = at != verdicts.end()                          ? &*at
                  : verdicts.size() == 1 && c->evidence.empty() ? &verdicts.front()
                                                                : nullptr;
  ASSERT_NE(v, nullptr) << "no verdict on " << c->subject;

  EXPECT_EQ(to_string(v->outcome), c->outcome) << v->reason;
  EXPECT_FALSE(v->reason.empty());
  if (!c->reason_code.empty()) EXPECT_EQ(v->reason_code, c->reason_code) << v->reason;
  const bool needs_code = v->outcome == Outcome::inconclusive || v->outcome == Outcome::not_applicable;
  if (v->outcome != Outcome::fail) EXPECT_EQ(v->reason_code.empty(), !needs_code) << v->reason_code;
  if (v->outcome == Outcome::fail) EXPECT_EQ(v->reason_code, c->reason_code) << "a fail in part is expected as such";
  EXPECT_EQ(v->findings.empty() && v->outcome == Outcome::fail, false) << "a fail without a finding";
  if (!c->evidence.empty()) EXPECT_FALSE(v->evidence.empty()) << "a verdict that rests on nothing";

  std::set<std::string> ids;
  for (const auto& e : c->evidence) ids.insert(e.id);
  for (const auto& id : v->evidence) EXPECT_TRUE(ids.contains(id)) << id;
  for (const auto& f : v->findings) {
    EXPECT_FALSE(f.title.empty() || f.proof.empty() || f.remediation.empty() || f.locator.empty() || f.evidence.empty())
        << f.locator;
    EXPECT_EQ(f.fingerprint, fingerprint_of(f.requirement, f.subject, f.locator));
    EXPECT_NE(f.severity, Severity::none);
    for (const auto& secret : c->never_says)
      EXPECT_EQ((f.proof + f.title + f.remediation).find(secret), std::string::npos) << f.proof;
  }

  std::vector<std::string> wanted;
  std::vector<std::string> found;
  for (const auto& f : c->findings.value_or(std::vector<ExpectedFinding>{})) wanted.push_back(f.locator);
  for (const auto& f : v->findings) found.push_back(f.locator);
  if (c->findings || v->outcome == Outcome::fail) EXPECT_THAT(found, testing::UnorderedElementsAreArray(wanted));
  for (const auto& f : c->findings.value_or(std::vector<ExpectedFinding>{})) {
    const auto match = std::ranges::find(v->findings, f.locator, &Finding::locator);
    if (match == v->findings.end()) continue;
    if (!f.severity.empty()) EXPECT_EQ(to_string(match->severity), f.severity) << f.locator;
    for (const auto& text : f.proof_has) EXPECT_THAT(match->proof, testing::HasSubstr(text));
  }
}

std::string test_name(const testing::TestParamInfo<std::string>& info) {
  auto name = std::filesystem::relative(info.param, kCases).replace_extension().string();
  for (auto& c : name)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  return name;
}

INSTANTIATE_TEST_SUITE_P(Cases, JudgeCase, testing::ValuesIn(case_paths(kCases)), test_name);

TEST(JudgeCases, EveryJudgeHasAPassAFailAndAnInconclusiveCase) {
  std::map<std::string, std::set<std::string>> outcomes;
  for (const auto& path : case_paths(kCases)) {
    const auto c = read_case(path);
    ASSERT_TRUE(c.has_value()) << c.error().message();
    outcomes[c->requirement].insert(c->outcome);
  }
  for (const auto& entry : judge::registry()) {
    const std::string name(entry.name);
    for (const auto* needed : {"pass", "fail", "inconclusive"})
      EXPECT_TRUE(outcomes[name].contains(needed))
          << "tests/cases/" << name << " has no case with the outcome " << needed;
  }
}

TEST(JudgeCases, TheSameEvidenceGivesTheSameVerdictInAnyOrderOfRequirements) {
  for (const auto& path : case_paths(kCases)) {
    const auto c = read_case(path);
    ASSERT_TRUE(c.has_value()) << c.error().message();
    auto requirements = catalogue().requirements();
    const EvidenceSet evidence(c->evidence);
    Json first = Json::array();
    Json second = Json::array();
    for (const auto& v : judge::judge_all(evidence, requirements)) first.push_back(to_json(v));
    std::ranges::reverse(requirements);
    for (const auto& v : judge::judge_all(EvidenceSet(c->evidence), requirements)) second.push_back(to_json(v));
    EXPECT_EQ(first, second) << path;
  }
}

}  // namespace
}  // namespace assay::judge_test

// The values that outlive a scan: evidence ids, fingerprints, and the JSON forms that are read back.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/evidence.h"
#include "model/requirement.h"
#include "model/verdict.h"

namespace assay {
namespace {

using ::testing::HasSubstr;

Evidence sample_evidence() {
  const auto time = parse_rfc3339("2026-11-22T09:30:00.125Z").value();
  return make_evidence(kind::kHttpOrigin, "https://app.example", time, "http",
                       Json{{"status", 200}, {"body", "gr\u00fc\u00df \xff"}, {"fields", Json::array({1, 2})}});
}

TEST(Evidence, SurvivesItsJsonLine) {
  auto evidence = sample_evidence();
  evidence.body["body"] = "plain";
  evidence.id = evidence_id(evidence);
  const auto text = dump_json(to_json_line(evidence));
  EXPECT_EQ(text.find('\n'), std::string::npos);
  const auto again = evidence_from_json(parse_json(text, "line").value());
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_EQ(again->id, evidence.id);
  EXPECT_EQ(again->kind, kind::kHttpOrigin);
  EXPECT_EQ(again->subject, evidence.subject);
  EXPECT_EQ(again->time, evidence.time);
  EXPECT_EQ(again->probe, "http");
  EXPECT_EQ(again->body, evidence.body);
}

TEST(Evidence, IdIsOfTheContent) {
  const auto evidence = sample_evidence();
  EXPECT_EQ(evidence.id, evidence_id(evidence));
  EXPECT_TRUE(evidence.id.starts_with("ev-"));
  EXPECT_EQ(evidence.id.size(), 35U);
  EXPECT_EQ(sample_evidence().id, evidence.id);

  auto changed = evidence;
  changed.subject += "x";
  EXPECT_NE(evidence_id(changed), evidence.id);
  changed = evidence;
  changed.time += std::chrono::milliseconds(1);
  EXPECT_NE(evidence_id(changed), evidence.id);
  changed = evidence;
  changed.body["status"] = 201;
  EXPECT_NE(evidence_id(changed), evidence.id);
  changed = evidence;
  changed.probe_version = "2";
  EXPECT_NE(evidence_id(changed), evidence.id);
}

TEST(Evidence, InvalidUtf8StillHasAnIdThatSurvives) {
  const auto evidence = sample_evidence();
  const auto again = evidence_from_json(parse_json(dump_json(to_json_line(evidence)), "line").value());
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_EQ(again->id, evidence.id);
}

TEST(Evidence, AlteredRecordsAreRefused) {
  auto line = to_json_line(sample_evidence());
  line["body"]["status"] = 500;
  const auto altered = evidence_from_json(line);
  ASSERT_FALSE(altered);
  EXPECT_THAT(altered.error().message(), HasSubstr("does not match"));
}

TEST(Evidence, OtherShapesAreErrors) {
  EXPECT_FALSE(evidence_from_json(Json::array()));
  EXPECT_FALSE(evidence_from_json(Json("text")));
  EXPECT_FALSE(evidence_from_json(Json::object()));
  auto line = to_json_line(sample_evidence());
  line["schema"] = "assay-evidence/2";
  EXPECT_FALSE(evidence_from_json(line));
  line = to_json_line(sample_evidence());
  line.erase("probe");
  EXPECT_FALSE(evidence_from_json(line));
  line = to_json_line(sample_evidence());
  line["time"] = "yesterday";
  EXPECT_FALSE(evidence_from_json(line));
}

Verdict sample_verdict() {
  Finding finding{.requirement = "hsts",
                  .subject = "https://app.example",
                  .locator = "strict-transport-security",
                  .title = "No HSTS",
                  .proof = "HTTP/1.1 200 OK\nno header",
                  .remediation = "Send it.",
                  .severity = Severity::medium,
                  .cvss = {.vector = "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:H/I:H/A:N", .score = 6.8},
                  .evidence = {"ev-1", "ev-2"},
                  .fingerprint = "fp1-0"};
  return Verdict{.requirement = "hsts",
                 .subject = "https://app.example",
                 .outcome = Outcome::fail,
                 .reason = "no header",
                 .reason_code = "missing",
                 .evidence = {"ev-1"},
                 .findings = {finding}};
}

TEST(Verdict, SurvivesItsJson) {
  const auto verdict = sample_verdict();
  const auto again = verdict_from_json(parse_json(dump_json(to_json(verdict)), "verdict").value());
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_EQ(to_json(*again), to_json(verdict));
  EXPECT_EQ(again->outcome, Outcome::fail);
  ASSERT_EQ(again->findings.size(), 1U);
  EXPECT_EQ(again->findings[0].cvss.score, 6.8);
  EXPECT_EQ(again->findings[0].severity, Severity::medium);
  EXPECT_EQ(again->findings[0].locator, "strict-transport-security");
}

TEST(Verdict, EveryOutcomeHasANameThatIsReadBack) {
  for (const auto outcome : {Outcome::pass, Outcome::fail, Outcome::inconclusive, Outcome::not_applicable})
    EXPECT_EQ(outcome_from_string(to_string(outcome)), outcome);
  EXPECT_EQ(to_string(Outcome::not_applicable), "not-applicable");
  EXPECT_FALSE(outcome_from_string("ok"));
}

TEST(Verdict, BrokenJsonIsAnError) {
  auto j = to_json(sample_verdict());
  j["outcome"] = "maybe";
  EXPECT_FALSE(verdict_from_json(j));
  j = to_json(sample_verdict());
  j["findings"][0]["severity"] = "dire";
  EXPECT_FALSE(verdict_from_json(j));
  j = to_json(sample_verdict());
  j["findings"][0].erase("cvss");
  EXPECT_FALSE(verdict_from_json(j));
  j = to_json(sample_verdict());
  j["evidence"] = 7;
  EXPECT_FALSE(verdict_from_json(j));
}

TEST(Fingerprint, DependsOnItsThreePartsOnly) {
  const auto fingerprint = fingerprint_of("hsts", "https://a.example", "header");
  EXPECT_EQ(fingerprint, fingerprint_of("hsts", "https://a.example", "header"));
  EXPECT_TRUE(fingerprint.starts_with("fp1-"));
  EXPECT_EQ(fingerprint.size(), 44U);
  EXPECT_NE(fingerprint, fingerprint_of("hsts2", "https://a.example", "header"));
  EXPECT_NE(fingerprint, fingerprint_of("hsts", "https://b.example", "header"));
  EXPECT_NE(fingerprint, fingerprint_of("hsts", "https://a.example", "other"));
}

TEST(Fingerprint, PartsCannotBeShiftedIntoEachOther) {
  EXPECT_NE(fingerprint_of("a", "bc", "d"), fingerprint_of("ab", "c", "d"));
  EXPECT_NE(fingerprint_of("a", "b|1:c", ""), fingerprint_of("a", "b", "c"));
}

TEST(Severity, FollowsTheBandsOfTheScore) {
  EXPECT_EQ(severity_of_score(0.0), Severity::none);
  EXPECT_EQ(severity_of_score(0.1), Severity::low);
  EXPECT_EQ(severity_of_score(3.9), Severity::low);
  EXPECT_EQ(severity_of_score(4.0), Severity::medium);
  EXPECT_EQ(severity_of_score(6.9), Severity::medium);
  EXPECT_EQ(severity_of_score(7.0), Severity::high);
  EXPECT_EQ(severity_of_score(8.9), Severity::high);
  EXPECT_EQ(severity_of_score(9.0), Severity::critical);
}

TEST(Requirement, ParameterFallsBackWhenAbsentOrOfAnotherType) {
  Requirement requirement;
  requirement.parameters = Json{{"days", 14}, {"list", {"a", "b"}}};
  EXPECT_EQ(requirement.parameter("days", 1), 14);
  EXPECT_EQ(requirement.parameter("weeks", 2), 2);
  EXPECT_EQ(requirement.parameter("list", 3), 3);
  EXPECT_THAT(requirement.parameter("list", std::vector<std::string>{}), ::testing::ElementsAre("a", "b"));
}

TEST(Requirement, SaysWhyItIsNotVerified) {
  Requirement requirement;
  requirement.planned = {"src", "cfg"};
  requirement.attestation = Attestation{.questions = {"Who?"}, .valid_days = 30};
  EXPECT_EQ(requirement.not_verified_reason(),
            "not yet verified by this version; to be verified from source evidence and a connected configuration or "
            "account and a person's attestation");
  requirement.judge = "hsts";
  EXPECT_EQ(requirement.not_verified_reason(), "");
}

}  // namespace
}  // namespace assay

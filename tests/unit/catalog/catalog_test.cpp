#include "catalog/catalog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "model/cvss.h"
#include "unit/temp_directory.h"

namespace assay::catalog {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

const Catalog& embedded() {
  static const Catalog catalog = Catalog::embedded().value();
  return catalog;
}

std::vector<std::string> ids(const std::vector<Requirement>& requirements) {
  std::vector<std::string> result;
  for (const auto& requirement : requirements) result.push_back(requirement.id);
  return result;
}

const std::string kRequirement = R"(id: own-rule
title: A rule of our own
sources:
  - {document: backend-checklist, row: "Common issues"}
cvss: CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:H/I:H/A:N
kinds: [connect]
subject: origin
verified_by:
  judge: hsts
needs: [surface, http.origin]
parameters:
  minimum_max_age:
    default: 600
    unit: seconds
    description: The shortest max-age.
detail:
  what: What.
  why: Why.
  how: How.
remediation: Mend it.
references:
  - https://www.rfc-editor.org/rfc/rfc6797
)";

std::string with(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

TEST(EmbeddedCatalog, HoldsEveryRowOfTheRequirements) {
  const std::vector<std::string> rows{"access-control-framework",
                                      "admin-exposed",
                                      "api-content-type",
                                      "authn-endpoint",
                                      "authz-endpoint",
                                      "base-url-owned",
                                      "body-limit",
                                      "bucket-exposed",
                                      "bug-bounty",
                                      "cache-control",
                                      "cert-valid",
                                      "cloud-posture",
                                      "cookie-entropy",
                                      "cookie-flags",
                                      "crypto-strength",
                                      "csp",
                                      "data-at-rest",
                                      "db-grants",
                                      "dependencies-fresh",
                                      "dependencies-vulnerable",
                                      "disaster-recovery",
                                      "dns-dangling",
                                      "domain-registered",
                                      "dual-sign-off",
                                      "error-leak",
                                      "forge-authz",
                                      "forge-remote-authn",
                                      "forge-webtrigger-authn",
                                      "hpkp-obsolete",
                                      "hsts",
                                      "https-only",
                                      "incident-response",
                                      "input-validation",
                                      "least-privilege",
                                      "log-anomalies",
                                      "log-format",
                                      "log-retention",
                                      "methods-disabled",
                                      "openapi-exported",
                                      "output-encoding",
                                      "qsh-bound",
                                      "referrer-policy",
                                      "risk-record",
                                      "secrets-handling",
                                      "secrets-source",
                                      "security-headers",
                                      "server-patched",
                                      "session-framework",
                                      "signed-install",
                                      "signed-tags",
                                      "sso-login",
                                      "ssrf-filter",
                                      "static-analysis-ci",
                                      "threat-model",
                                      "tls-profile",
                                      "tls-version",
                                      "vulnerability-management"};
  EXPECT_EQ(ids(embedded().requirements()), rows);
}

TEST(EmbeddedCatalog, EveryRequirementIsInAProfileAndSaysHowItIsVerified) {
  for (const auto& requirement : embedded().requirements()) {
    EXPECT_EQ(requirement.verified(), requirement.not_verified_reason().empty()) << requirement.id;
    EXPECT_EQ(requirement.cvss.score, score_cvss(requirement.cvss.vector)->score) << requirement.id;
    EXPECT_GT(requirement.cvss.score, 0.0) << requirement.id;
    bool listed = false;
    for (const auto& profile : embedded().profiles()) listed = listed || profile.requirements.contains(requirement.id);
    EXPECT_TRUE(listed) << requirement.id;
  }
}

TEST(EmbeddedCatalog, FiguresOfTheSourcesAreReproduced) {
  const auto score = [](std::string_view id) { return embedded().find(id)->cvss.score; };
  EXPECT_EQ(score("tls-version"), 7.4);
  EXPECT_EQ(score("hsts"), 6.8);
  EXPECT_EQ(score("domain-registered"), 9.0);
  EXPECT_EQ(score("cert-valid"), 8.1);
  EXPECT_EQ(score("dns-dangling"), 9.0);
  EXPECT_EQ(score("authz-endpoint"), 8.8);
  EXPECT_EQ(score("signed-install"), 8.6);
  EXPECT_EQ(score("forge-authz"), 8.8);
  EXPECT_EQ(score("secrets-source"), 7.2);
}

TEST(EmbeddedCatalog, ScoreOfAKindOfAppHoldsForThatKind) {
  const auto connect = embedded().select("connect", {}, {"authn-endpoint"}, {});
  ASSERT_TRUE(connect);
  ASSERT_EQ(connect->size(), 1U);
  EXPECT_EQ(connect->front().cvss.score, 5.3);
  EXPECT_EQ(connect->front().severity, Severity::medium);
  EXPECT_EQ(embedded().select("service", {}, {"authn-endpoint"}, {})->front().cvss.score, 8.8);
  EXPECT_EQ(embedded().find("authn-endpoint")->severity, Severity::high);
}

TEST(EmbeddedCatalog, KindsChooseTheirProfiles) {
  EXPECT_THAT(embedded().default_profiles("connect"), ElementsAre("marketplace-connect", "marketplace-guidelines"));
  EXPECT_THAT(embedded().default_profiles("forge"), ElementsAre("marketplace-forge", "marketplace-guidelines"));
  EXPECT_THAT(embedded().default_profiles("service"), ElementsAre("backend-service"));
  EXPECT_TRUE(embedded().default_profiles("server").empty());
}

TEST(EmbeddedCatalog, PolicyHasTheWeeksOfTheBugFixPolicy) {
  EXPECT_EQ(embedded().policy().version, 1);
  EXPECT_EQ(embedded().policy().effective_from, "2022-12-01");
  const std::map<Severity, int> weeks{
      {Severity::critical, 4}, {Severity::high, 6}, {Severity::medium, 8}, {Severity::low, 25}};
  EXPECT_EQ(embedded().policy().due_weeks, weeks);
}

TEST(EmbeddedCatalog, PolicyStatesTheFiguresThatAPolicyWithoutThemHas) {
  BugFixPolicy defaults;
  defaults.version = embedded().policy().version;
  defaults.effective_from = embedded().policy().effective_from;
  defaults.due_weeks = embedded().policy().due_weeks;
  EXPECT_EQ(embedded().policy(), defaults);
  EXPECT_EQ(defaults.retention_days.size(), 6U);
}

TEST(EmbeddedCatalog, WhatRestsOnTheNetworkNeedsTwoLooks) {
  EXPECT_EQ(looks_of(embedded().policy(), *embedded().find("hsts")), (Looks{.open = 2, .close = 2}));
  EXPECT_EQ(looks_of(embedded().policy(), *embedded().find("least-privilege")), (Looks{.open = 1, .close = 1}));
}

TEST(EmbeddedCatalog, PolicySurvivesItsJsonForm) {
  BugFixPolicy policy = embedded().policy();
  policy.looks_network.open = 3;
  policy.overdue_every_days = 5;
  policy.retention_days[Retained::notices] = 12;
  const auto back = policy_from_json(to_json(policy));
  ASSERT_TRUE(back) << back.error().message();
  EXPECT_EQ(*back, policy);
  Json without = to_json(policy);
  without.erase("looks");
  EXPECT_FALSE(policy_from_json(without));
}

TEST(Select, KeepsWhatAppliesToTheKind) {
  const auto connect = embedded().select("connect", {}, {}, {});
  ASSERT_TRUE(connect);
  EXPECT_THAT(ids(*connect), Contains("signed-install"));
  EXPECT_THAT(ids(*connect), Contains("bug-bounty"));
  EXPECT_THAT(ids(*connect), Not(Contains("forge-authz")));
  EXPECT_THAT(ids(*connect), Not(Contains("hpkp-obsolete")));
  EXPECT_TRUE(std::ranges::is_sorted(ids(*connect)));
}

TEST(Select, OnlyAndSkip) {
  EXPECT_THAT(ids(embedded().select("connect", {}, {"hsts", "tls-version"}, {"hsts"}).value()),
              ElementsAre("tls-version"));
  EXPECT_THAT(ids(embedded().select("connect", {}, {}, {"hsts"}).value()), Not(Contains("hsts")));
  // Not in a profile of Connect apps, but it applies to them.
  EXPECT_THAT(ids(embedded().select("connect", {}, {"csp"}, {}).value()), ElementsAre("csp"));
}

TEST(Select, UnknownNamesAreErrorsThatListWhatExists) {
  const auto no_profile = embedded().select("connect", {"nope"}, {}, {});
  ASSERT_FALSE(no_profile);
  EXPECT_THAT(no_profile.error().message(), HasSubstr("profile nope: does not exist (there are backend-service, "));
  const auto no_only = embedded().select("connect", {}, {"nope"}, {});
  ASSERT_FALSE(no_only);
  EXPECT_THAT(no_only.error().message(), HasSubstr("requirement nope: does not exist"));
  EXPECT_THAT(no_only.error().message(), HasSubstr("hsts"));
  EXPECT_FALSE(embedded().select("connect", {}, {}, {"nope"}));
  const auto other_kind = embedded().select("service", {}, {"signed-install"}, {});
  ASSERT_FALSE(other_kind);
  EXPECT_THAT(other_kind.error().message(),
              HasSubstr("does not apply to apps of kind service (it applies to connect)"));
  const auto no_kind = embedded().select("server", {}, {}, {});
  ASSERT_FALSE(no_kind);
  EXPECT_THAT(no_kind.error().message(), HasSubstr("kind server: chooses no profile"));
}

TEST(Directory, AddsToTheEmbeddedAndReplacesByTheSameId) {
  const TempDirectory own;
  own.write("requirements/own-rule.yaml", kRequirement);
  own.write("requirements/hsts.yaml", with(kRequirement, "id: own-rule", "id: hsts"));
  own.write("profiles/house.yaml",
            "id: house\ntitle: House\nrequirements:\n  own-rule: {minimum_max_age: 63072000}\n  tls-version:\n");
  const auto catalog = Catalog::from_directory(own.path(), true);
  ASSERT_TRUE(catalog) << catalog.error().message();
  EXPECT_EQ(catalog->requirements().size(), embedded().requirements().size() + 1);
  EXPECT_EQ(catalog->find("hsts")->title, "A rule of our own");
  EXPECT_EQ(catalog->policy().version, 1);
  const auto selected = catalog->select("connect", {"house"}, {}, {});
  ASSERT_TRUE(selected);
  EXPECT_THAT(ids(*selected), ElementsAre("own-rule", "tls-version"));
  EXPECT_EQ(selected->front().parameter("minimum_max_age", 0), 63072000);
  EXPECT_EQ(catalog->find("own-rule")->parameter("minimum_max_age", 0), 600);
  EXPECT_EQ(catalog->find("own-rule")->parameter_info.at("minimum_max_age").unit, "seconds");
}

TEST(Directory, LaterProfilesWin) {
  const TempDirectory own;
  own.write("requirements/own-rule.yaml", kRequirement);
  own.write("profiles/a.yaml", "id: a\ntitle: A\nrequirements: {own-rule: {minimum_max_age: 1}}\n");
  own.write("profiles/b.yaml", "id: b\ntitle: B\nrequirements: {own-rule: {minimum_max_age: 2}}\n");
  own.write("profiles/c.yaml", "id: c\ntitle: C\nrequirements: {own-rule: }\n");
  const auto catalog = Catalog::from_directory(own.path(), false);
  ASSERT_TRUE(catalog) << catalog.error().message();
  const auto age = [&](const std::vector<std::string>& profiles) {
    return catalog->select("connect", profiles, {}, {})->front().parameter("minimum_max_age", 0);
  };
  EXPECT_EQ(age({"a", "b"}), 2);
  EXPECT_EQ(age({"b", "a"}), 1);
  EXPECT_EQ(age({"a", "c"}), 1);
  EXPECT_EQ(age({"c"}), 600);
  EXPECT_EQ(catalog->policy().version, 0);
}

TEST(Directory, TheCataloguesOwnDirectoryIsTheEmbeddedOne) {
  const auto read = Catalog::from_directory("catalog", false);
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(ids(read->requirements()), ids(embedded().requirements()));
}

TEST(Directory, MissingAndEmptyOnesAreErrors) {
  const auto missing = Catalog::from_directory("no/such/directory", false);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::not_found);
  const TempDirectory empty;
  EXPECT_FALSE(Catalog::from_directory(empty.path(), true));
}

TEST(Directory, FilesOverTheCapAreRefused) {
  const TempDirectory own;
  own.write("requirements/own-rule.yaml", kRequirement + std::string(256 << 10, '#'));
  const auto catalog = Catalog::from_directory(own.path(), false);
  ASSERT_FALSE(catalog);
  EXPECT_EQ(catalog.error().code, ErrorCode::limit_exceeded);
}

struct Broken {
  std::string name;
  std::string from, to;  // what is changed in kRequirement
  std::string position;  // line:column
  std::string reason;
};

void PrintTo(const Broken& broken, std::ostream* out) {
  *out << broken.name;
}

class BrokenRequirement : public ::testing::TestWithParam<Broken> {};

TEST_P(BrokenRequirement, IsAnErrorWithFileLineAndColumn) {
  const TempDirectory own;
  own.write("requirements/own-rule.yaml", with(kRequirement, GetParam().from, GetParam().to));
  const auto catalog = Catalog::from_directory(own.path(), false);
  ASSERT_FALSE(catalog);
  EXPECT_THAT(catalog.error().thing, HasSubstr("requirements/own-rule.yaml:" + GetParam().position));
  EXPECT_THAT(catalog.error().message(), HasSubstr(GetParam().reason));
}

INSTANTIATE_TEST_SUITE_P(
    All, BrokenRequirement,
    ::testing::Values(
        Broken{"syntax", "kinds: [connect]", "kinds: [connect", "7:8", "not valid YAML"},
        Broken{"unknown_key", "subject: origin", "subject: origin\nseverty: high", "8:1", "unknown key \"severty\""},
        Broken{"unknown_nested_key", "  what: What.", "  what: What.\n  who: Who.", "18:3",
               "unknown key \"who\" in detail"},
        Broken{"repeated_key", "subject: origin", "subject: origin\nsubject: app", "8:1", "stands twice"},
        Broken{"missing_key", "subject: origin\n", "", "1:1", "lacks the key \"subject\""},
        Broken{"missing_nested_key", "  why: Why.\n", "", "17:3", "detail lacks the key \"why\""},
        Broken{"wrong_id", "id: own-rule", "id: other-rule", "1:5", "in the file of \"own-rule\""},
        Broken{"bad_id", "id: own-rule", "id: Own_Rule", "1:5", "lower-case"},
        Broken{"wrong_type_list", "kinds: [connect]", "kinds: connect", "6:8", "must be a list"},
        Broken{"wrong_type_mapping", "verified_by:\n  judge: hsts", "verified_by: hsts", "8:14", "must be a mapping"},
        Broken{"wrong_type_text", "title: A rule of our own", "title: [a]", "2:8", "title must be a text"},
        Broken{"empty_text", "remediation: Mend it.", "remediation: \"\"", "20:14", "remediation is empty"},
        Broken{"unknown_kind", "kinds: [connect]", "kinds: [connect, mobile]", "6:18", "use one of connect, forge"},
        Broken{"repeated_kind", "kinds: [connect]", "kinds: [connect, connect]", "6:18", "stands twice"},
        Broken{"unknown_subject", "subject: origin", "subject: planet", "7:10",
               "use one of app, origin, endpoint, host, domain"},
        Broken{"unknown_evidence", "needs: [surface, http.origin]", "needs: [surface, http.orign]", "10:18",
               "\"http.orign\" is no kind of evidence"},
        Broken{"needs_of_a_judge", "needs: [surface, http.origin]\n", "", "1:1", "lacks the key \"needs\""},
        Broken{"unknown_document", "document: backend-checklist", "document: blog", "4:16", "use one of ecoscanner"},
        Broken{"bad_vector", "AV:N/AC:H", "AV:N/AC:Z", "5:7", "AC the value \"Z\""},
        Broken{"typed_score", "cvss: CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:H/I:H/A:N", "cvss: 6.8", "5:7", "begin with"},
        Broken{"figure_differs", "row: \"Common issues\"", "row: \"Common issues\", cvss: 9.0", "5:7",
               "the vector scores 6.8, and backend-checklist Common issues prints 9.0"},
        Broken{"severity_differs", "subject: origin", "subject: origin\nseverity: high", "8:11",
               "severity is high, and the score 6.8 is medium"},
        Broken{"kind_of_score", "cvss: CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:H/I:H/A:N",
               "cvss: {default: CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:H/I:H/A:N, forge: CVSS:3.1/AV:N}", "5:70",
               "does not apply"},
        Broken{"no_way", "  judge: hsts", "  attestation:", "9:3", "must be a mapping"},
        Broken{"two_ways", "  judge: hsts", "  judge: hsts\n  planned: [net]", "9:3", "both a judge and planned"},
        Broken{"unknown_way", "  judge: hsts", "  planned: [magic]", "9:13", "use one of net, src, cfg, log"},
        Broken{"validity", "  judge: hsts", "  attestation: {questions: [Who], valid_days: 0}", "9:47",
               "from 1 to 1100"},
        Broken{"parameter_shape", "    default: 600\n", "    default: {a: 1}\n", "13:14", "must be a text, number"},
        Broken{"parameter_item", "    default: 600\n", "    default: [[1]]\n", "13:15", "must be a text, number"},
        Broken{"reference", "https://www.rfc-editor.org/rfc/rfc6797", "rfc6797", "22:5", "is no https URL"}),
    [](const auto& test) { return test.param.name; });

// A profile or policy beside kRequirement, which is an error of that file with this message.
struct BrokenFile {
  std::string name;
  std::string file, text;
  std::string message;
};

void PrintTo(const BrokenFile& broken, std::ostream* out) {
  *out << broken.name;
}

class BrokenProfileOrPolicy : public ::testing::TestWithParam<BrokenFile> {};

TEST_P(BrokenProfileOrPolicy, IsAnErrorWithFileLineAndColumn) {
  const TempDirectory own;
  own.write("requirements/own-rule.yaml", kRequirement);
  own.write(GetParam().file, GetParam().text);
  const auto catalog = Catalog::from_directory(own.path(), false);
  ASSERT_FALSE(catalog);
  EXPECT_THAT(catalog.error().thing, HasSubstr(GetParam().file + ":"));
  EXPECT_THAT(catalog.error().message(), HasSubstr(GetParam().message));
}

BrokenFile broken_profile(const std::string& name, const std::string& rest, const std::string& message) {
  return {name, "profiles/house.yaml", "id: house\ntitle: House\nrequirements:\n" + rest, message};
}

BrokenFile broken_policy(const std::string& name, const std::string& weeks, const std::string& message) {
  return {name, "policy.yaml", "version: 2\neffective_from: 2026-01-31\ndue_weeks: " + weeks, message};
}

BrokenFile broken_figures(const std::string& name, const std::string& rest, const std::string& message) {
  return broken_policy(name, "{critical: 1, high: 2, medium: 2, low: 9}\n" + rest, message);
}

INSTANTIATE_TEST_SUITE_P(
    All, BrokenProfileOrPolicy,
    ::testing::Values(broken_profile("line", "  hsts:\n", "house.yaml:4:"),
                      broken_profile("unknown_requirement", "  hsts:\n", "there is no requirement \"hsts\""),
                      broken_profile("unknown_parameter", "  own-rule: {age: 1}\n", "has no parameter \"age\""),
                      broken_profile("wrong_type", "  own-rule: {minimum_max_age: long}\n", "must be a number"),
                      broken_profile("repeated_key", "  own-rule:\n  own-rule:\n", "stands twice"),
                      broken_profile("unknown_kind", "  own-rule:\nkinds: [pigeon]\n", "use one of connect"),
                      BrokenFile{"wrong_id", "profiles/house.yaml",
                                 "id: home\ntitle: House\nrequirements: {own-rule: }\n", "in the file of \"house\""},
                      broken_policy("missing_severity", "{critical: 1, high: 2, medium: 2}\n", "lacks the key \"low\""),
                      broken_policy("order", "{critical: 4, high: 2, medium: 2, low: 9}\n",
                                    "policy.yaml:3:32: a lower severity is due before a higher one"),
                      broken_policy("range", "{critical: 0, high: 2, medium: 2, low: 9}\n", "from 1 to 520"),
                      broken_figures("looks", "looks:\n  network: {open: 0, close: 2}\n", "policy.yaml:5:"),
                      broken_figures("half_looks", "looks: {other: {open: 1}}\n", "lacks the key \"close\""),
                      broken_figures("escalation", "escalation: {overdue_every_days: 0}\n", "policy.yaml:4:"),
                      broken_figures("audit", "retention_days: {audit: 89}\n", "from 90 to 3650"),
                      broken_figures("kind", "retention_days: {gossip: 9}\n", "gossip"),
                      BrokenFile{"date", "policy.yaml", "version: 2\neffective_from: soon\ndue_weeks: {}\n",
                                 "policy.yaml:2:17"}),
    [](const auto& test) { return test.param.name; });

TEST(Directory, MayHoldAProfileAndAPolicyOfItsOwn) {
  const TempDirectory own;
  own.write("requirements/own-rule.yaml", kRequirement);
  own.write("profiles/house.yaml", "id: house\ntitle: House\nrequirements:\n  own-rule:\n");
  own.write("policy.yaml",
            "version: 2\neffective_from: 2026-01-31\ndue_weeks: {critical: 1, high: 2, medium: 2, low: 9}\n");
  const auto catalog = Catalog::from_directory(own.path(), false);
  ASSERT_TRUE(catalog) << catalog.error().message();
  EXPECT_EQ(catalog->policy().version, 2);
  EXPECT_NE(catalog->find_profile("house"), nullptr);
}

BrokenFile broken_schedule(const std::string& name, const std::string& group, const std::string& message) {
  return {name, "schedule.yaml",
          "scheduled_at_once: 2\ncatch_up_minutes: 60\njitter_minutes: 20\ngroups:\n  - " + group + "\n", message};
}

INSTANTIATE_TEST_SUITE_P(
    Schedule, BrokenProfileOrPolicy,
    ::testing::Values(broken_schedule("kind", "{id: a, title: A, kinds: [pigeon], evidence: [tls], every_hours: 1}",
                                      "schedule.yaml:5:31: "),
                      broken_schedule("evidence", "{id: a, title: A, kinds: [connect], evidence: [tl], every_hours: 1}",
                                      "\"tl\" is neither a kind of evidence nor the first word of one"),
                      broken_schedule("never", "{id: a, title: A, kinds: [connect], evidence: [tls]}",
                                      "the group is never scanned (give it every_hours, or on_release: true)"),
                      broken_schedule("twice",
                                      "{id: a, title: A, kinds: [connect], evidence: [tls], on_release: true}\n"
                                      "  - {id: a, title: A, kinds: [forge], evidence: [tls], on_release: true}",
                                      "schedule.yaml:6:5: there are two groups \"a\""),
                      broken_schedule("jitter", "{id: a, title: A, kinds: [connect], evidence: [tls], every_hours: 1}",
                                      "schedule.yaml:3:17: jitter_minutes is more than a quarter of the period")),
    [](const auto& test) { return test.param.name; });

TEST(Schedule, PutsEachVerifiedRequirementIntoOneGroupOfItsKind) {
  const auto& schedule = embedded().schedule();
  ASSERT_FALSE(schedule.groups.empty());
  EXPECT_GT(schedule.scheduled_at_once, 0);
  EXPECT_EQ(schedule.find("outside-daily")->every, std::chrono::hours(24));
  EXPECT_EQ(schedule.find("none"), nullptr);
  for (const auto& requirement : embedded().requirements()) {
    for (const auto& kind : requirement.kinds) {
      const auto* group = schedule.group_of(requirement, kind);
      if (requirement.verified() && kind != "source") {
        EXPECT_NE(group, nullptr) << requirement.id << " of " << kind << " is never scanned by itself";
      }
      if (group != nullptr) {
        EXPECT_THAT(group->kinds, Contains(kind)) << requirement.id;
      }
    }
  }
  const Requirement attested;
  EXPECT_EQ(schedule.group_of(attested, "connect"), nullptr);
}

TEST(FixedSeverity, NeedsASourceThatStatesIt) {
  const TempDirectory own;
  own.write("requirements/own-rule.yaml",
            with(with(kRequirement, "\"Common issues\"", "\"Common issues\", severity: high"), "subject: origin",
                 "subject: origin\nseverity: high"));
  const auto catalog = Catalog::from_directory(own.path(), false);
  ASSERT_TRUE(catalog) << catalog.error().message();
  EXPECT_EQ(catalog->find("own-rule")->severity, Severity::high);
  EXPECT_EQ(catalog->find("own-rule")->cvss.score, 6.8);
}

}  // namespace
}  // namespace assay::catalog

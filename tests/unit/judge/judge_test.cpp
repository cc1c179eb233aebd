#include "judge/judge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "judge/answer.h"
#include "judge/leak.h"
#include "judge/session_cookie.h"

namespace assay::judge {
namespace {

Evidence surface_with(const std::vector<std::string>& origins) {
  Surface s;
  s.app_kind = "connect";
  s.app_key = "acme";
  for (const auto& origin : origins) {
    SurfaceOrigin o;
    o.origin = origin;
    o.scheme = "https";
    o.host = origin.substr(8);
    s.origins.push_back(o);
  }
  return make_evidence(kind::kSurface, "acme", Time{}, "test", s);
}

Evidence front_answer(const std::string& origin, int day) {
  HttpExchange e;
  e.origin = origin;
  e.tls_trusted = true;
  e.request = {"GET", origin + "/", {}, std::string(purpose::kFront), std::string(credential::kNone), ""};
  e.response = HttpResponseRecord{};
  e.response->status = 200;
  return make_evidence(kind::kHttpOrigin, origin, Time(std::chrono::days(day)), "test", e);
}

Requirement requirement(const std::string& id, SubjectKind subject) {
  Requirement r;
  r.id = id;
  r.judge = id;
  r.subject = subject;
  r.severity = Severity::high;
  r.cvss = {"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N", 7.5};
  return r;
}

TEST(Judge, RegistryIsSortedAndFindable) {
  EXPECT_TRUE(std::ranges::is_sorted(registry(), {}, &Entry::name));
  EXPECT_GE(registry().size(), 14U);
  for (const auto& entry : registry()) EXPECT_EQ(find(entry.name), &entry);
  EXPECT_EQ(find("hst"), nullptr);
  EXPECT_EQ(find(""), nullptr);
}

TEST(Judge, VerdictsComeSortedAndOnePerSubject) {
  const EvidenceSet evidence({surface_with({"https://b.acme-apps.com", "https://a.acme-apps.com"})});
  const auto verdicts =
      judge_all(evidence, {requirement("tls-version", SubjectKind::origin), requirement("hsts", SubjectKind::origin)});
  std::vector<std::string> order;
  for (const auto& v : verdicts) order.push_back(v.requirement + " " + v.subject);
  EXPECT_THAT(order,
              testing::ElementsAre("hsts https://a.acme-apps.com", "hsts https://b.acme-apps.com",
                                   "tls-version https://a.acme-apps.com", "tls-version https://b.acme-apps.com"));
}

TEST(Judge, NoSubjectIsInconclusiveForTheApp) {
  const auto verdicts = judge_all(EvidenceSet({surface_with({})}), {requirement("hsts", SubjectKind::origin)});
  ASSERT_EQ(verdicts.size(), 1U);
  EXPECT_EQ(verdicts[0].subject, "acme");
  EXPECT_EQ(verdicts[0].outcome, Outcome::inconclusive);
  EXPECT_EQ(verdicts[0].reason_code, "no-subject");
}

TEST(Judge, IsNotCalledOnWhatItIsNotMadeFor) {
  const auto evidence = EvidenceSet({surface_with({"https://a.acme-apps.com"})});
  const auto verdicts = judge_all(evidence, {requirement("hsts", SubjectKind::app)});
  ASSERT_EQ(verdicts.size(), 1U);
  EXPECT_EQ(verdicts[0].subject, "acme");
  EXPECT_EQ(verdicts[0].outcome, Outcome::inconclusive);
  EXPECT_EQ(verdicts[0].reason_code, "wrong-subject");
}

TEST(Judge, RequirementsWithoutAJudgeGetNoVerdict) {
  auto attested = requirement("threat-model", SubjectKind::app);
  attested.judge.clear();
  EXPECT_TRUE(judge_all(EvidenceSet({surface_with({})}), {attested}).empty());
}

TEST(Judge, FindingsComeComplete) {
  const std::string origin = "https://a.acme-apps.com";
  const auto verdicts = judge_all(EvidenceSet({surface_with({origin}), front_answer(origin, 1)}),
                                  {requirement("hsts", SubjectKind::origin)});
  ASSERT_EQ(verdicts.size(), 1U);
  ASSERT_EQ(verdicts[0].findings.size(), 1U);
  const auto& f = verdicts[0].findings[0];
  EXPECT_EQ(f.requirement, "hsts");
  EXPECT_EQ(f.subject, origin);
  EXPECT_EQ(f.severity, Severity::high);
  EXPECT_EQ(f.cvss.score, 7.5);
  EXPECT_EQ(f.fingerprint, fingerprint_of("hsts", origin, "missing"));
}

TEST(Judge, FingerprintsSurviveALaterScanWithOtherEvidence) {
  const std::string origin = "https://a.acme-apps.com";
  const auto r = requirement("hsts", SubjectKind::origin);
  const auto before = judge_all(EvidenceSet({surface_with({origin}), front_answer(origin, 1)}), {r});
  const auto after =
      judge_all(EvidenceSet({surface_with({origin, "https://b.acme-apps.com"}), front_answer(origin, 2)}), {r});
  ASSERT_EQ(before[0].findings.size(), 1U);
  ASSERT_EQ(after[0].findings.size(), 1U);
  EXPECT_EQ(before[0].findings[0].fingerprint, after[0].findings[0].fingerprint);
  EXPECT_NE(before[0].findings[0].evidence, after[0].findings[0].evidence);
}

TEST(Likeness, IgnoresRandomWordsAndOrder) {
  EXPECT_EQ(likeness("a b c", "c b a"), 1.0);
  EXPECT_EQ(likeness("page nonce 0a1b2c3d4e5f6a7b8c", "page nonce ffeeddccbbaa99887766"), 1.0);
  EXPECT_LT(likeness("invoice of alice", "nothing to see"), 0.1);
  EXPECT_EQ(likeness("", ""), 1.0);
  EXPECT_EQ(likeness("--", "words"), 0.0);
}

TEST(Leak, SurvivesHostileText) {
  EXPECT_TRUE(find_leaks("", "").empty());
  EXPECT_TRUE(find_leaks(std::string(200000, '<'), "/x").empty());
  EXPECT_TRUE(find_leaks(std::string(200000, '/'), "/x").empty());
  EXPECT_TRUE(find_leaks("at ()\nFile \"\n#\n:in `\nC:\\", "").empty());
}

TEST(Leak, ProductVersionsAreExact) {
  EXPECT_EQ(product_version("Apache/2.4.57 (Debian)"), "Apache/2.4.57");
  EXPECT_EQ(product_version("gunicorn/20.1.0"), "gunicorn/20.1.0");
  EXPECT_EQ(product_version("nginx"), std::nullopt);
  EXPECT_EQ(product_version("Express"), std::nullopt);
  EXPECT_EQ(product_version("AmazonS3"), std::nullopt);
  EXPECT_EQ(product_version("cloudflare/edge"), std::nullopt);
  EXPECT_EQ(product_version("/"), std::nullopt);
}

TEST(SessionCookie, RolesByShape) {
  const auto role = [](const char* text) { return role_of(*parse_set_cookie(text)); };
  EXPECT_EQ(role("PHPSESSID=1"), CookieRole::session);
  EXPECT_EQ(role("ASP.NET_SessionId=1"), CookieRole::session);
  EXPECT_EQ(role("ASPSESSIONIDQQ=1"), CookieRole::session);
  EXPECT_EQ(role("laravel_session=1"), CookieRole::session);
  EXPECT_EQ(role("accessToken=1"), CookieRole::session);
  EXPECT_EQ(role("csrf_token=9fK2mQ81xZb47LwTn3Rv6Y"), CookieRole::anti_forgery);
  EXPECT_EQ(role("side=left"), CookieRole::other);
  EXPECT_EQ(role("lang=en-GB"), CookieRole::other);
  EXPECT_EQ(role("back=https://app.acme-apps.com/page1?x=9fK2mQ81xZb47"), CookieRole::other);
  EXPECT_EQ(role("id=550e8400-e29b-41d4-a716-446655440000"), CookieRole::likely_session);
}

}  // namespace
}  // namespace assay::judge

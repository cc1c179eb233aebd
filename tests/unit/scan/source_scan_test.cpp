// Scans of directories through the runner, with the rules of the catalogue.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "base/bytes.h"
#include "base/json.h"
#include "base/url.h"
#include "model/evidence_view.h"
#include "scan/replay.h"
#include "scan/runner.h"
#include "scan/scan.h"
#include "source/descriptor.h"
#include "unit/temp_directory.h"

namespace assay::scan {
namespace {

using testing::HasSubstr;
using testing::Not;

const catalog::Catalog& the_catalog() {
  static const auto kCatalog = catalog::Catalog::embedded();
  return *kCatalog;
}

class SourceScan : public testing::Test {
 protected:
  SourceScan() { ::setenv("ASSAY_HASH_KEY", std::string(32, 'k').c_str(), 1); }
  ~SourceScan() override { ::unsetenv("ASSAY_HASH_KEY"); }

  void write(const std::string& path, std::string_view text) { scratch.write(path, text); }

  ScanOutcome scan(Target target, Settings settings = {}) {
    settings.trust = *net::tls::TrustStore::load({});
    settings.only = {"secrets-source"};
    net::RequestLog log;
    Runner runner(the_catalog(), std::move(settings), log, nullptr);
    if (cancelled) runner.cancel();
    ScanOutcome out;
    EXPECT_TRUE(runner.run({std::move(target)}, [&](std::size_t, ScanOutcome outcome) { out = std::move(outcome); }));
    return out;
  }
  Target directory() const { return {root.string(), TargetForm::directory, "source", "acme"}; }

  const TempDirectory scratch;
  const std::filesystem::path& root = scratch.path();
  bool cancelled = false;
};

// No test holds what looks like a secret.
std::string token() {
  return "glpat-" + sha256_hex("a token").substr(0, 20);
}

TEST_F(SourceScan, OneFindingASecretAndNothingInTheClear) {
  write("src/app.env", "GITLAB_TOKEN=" + token() + "\n");
  write("src/app.js", "let a = 1;\n");
  auto outcome = scan(directory());
  auto& record = outcome.record;
  EXPECT_EQ(record.app.key, "acme");
  EXPECT_EQ(record.app.kind, "source");
  EXPECT_TRUE(record.complete);
  ASSERT_EQ(record.verdicts.size(), 1U);
  const auto& verdict = record.verdicts.front();
  EXPECT_EQ(verdict.outcome, Outcome::fail) << verdict.reason;
  ASSERT_EQ(verdict.findings.size(), 1U);
  EXPECT_THAT(verdict.findings.front().proof, HasSubstr("src/app.env:1:14"));
  for (const auto& e : record.evidence) EXPECT_THAT(dump_json(to_json_line(e)), Not(HasSubstr(token())));

  const auto before = verdict.findings.front().fingerprint;
  ASSERT_TRUE(replay(record, the_catalog(), {{}, {"secrets-source"}, {}}));
  ASSERT_EQ(record.verdicts.size(), 1U);
  EXPECT_EQ(record.verdicts.front().findings.at(0).fingerprint, before);
}

TEST_F(SourceScan, ASecretInPublicSourceIsOneStepMoreSevere) {
  write("src/app.env", "GITLAB_TOKEN=" + token() + "\n");
  const auto severity = [&](bool published) {
    Settings settings;
    settings.secrets.published = published;
    return scan(directory(), settings).record.verdicts.at(0).findings.at(0).severity;
  };
  EXPECT_EQ(severity(false), Severity::high);
  EXPECT_EQ(severity(true), Severity::critical);
}

TEST_F(SourceScan, ACleanTreePassesAndAnEmptyOneDoesNot) {
  EXPECT_EQ(scan(directory()).record.verdicts.at(0).reason_code, "empty");
  write("src/app.js", "let a = 1;\n");
  EXPECT_EQ(scan(directory()).record.verdicts.at(0).outcome, Outcome::pass);
}

TEST_F(SourceScan, WhatHeldNothingIsRemembered) {
  write("tree/src/app.js", "let a = 1;\n");
  write("tree/src/app.env", "GITLAB_TOKEN=" + token() + "\n");
  const Target tree{(root / "tree").string(), TargetForm::directory, "source", "acme"};
  std::vector<std::string> warnings;
  const auto look = [&] {
    Settings settings;
    settings.secrets.cache = (root / "cache").string();
    settings.secrets.warn = [&](const Error& error) { warnings.push_back(error.message()); };
    const auto record = scan(tree, settings).record;
    EXPECT_EQ(record.verdicts.at(0).findings.size(), 1U);
    return EvidenceSet(record.evidence).sweeps().at(0).value.known;
  };
  EXPECT_EQ(look(), 0U);
  EXPECT_EQ(look(), 1U);
  EXPECT_THAT(warnings, testing::IsEmpty());
  std::filesystem::resize_file(root / "cache" / "searched", 70);
  EXPECT_EQ(look(), 0U);
  EXPECT_THAT(warnings, testing::ElementsAre(HasSubstr("cache/searched")));
  EXPECT_EQ(look(), 1U);
  EXPECT_EQ(warnings.size(), 1U);
}

TEST_F(SourceScan, ACancelledScanIsInconclusive) {
  write("src/app.js", "let a = 1;\n");
  cancelled = true;
  const auto outcome = scan(directory());
  EXPECT_FALSE(outcome.record.complete);
  ASSERT_EQ(outcome.record.verdicts.size(), 1U);
  EXPECT_EQ(outcome.record.verdicts.front().outcome, Outcome::inconclusive);
}

TEST_F(SourceScan, WhatCannotBeOpenedIsTheUsersMistake) {
  auto target = directory();
  target.text += "/missing";
  const auto outcome = scan(target);
  ASSERT_TRUE(outcome.no_surface);
  EXPECT_TRUE(outcome.bad_input);
  EXPECT_EQ(outcome.record.verdicts.at(0).outcome, Outcome::inconclusive);
}

TEST_F(SourceScan, AWorkTreeWithoutItsRepositoryIsSearchedAsItIs) {
  write("src/app.env", "GITLAB_TOKEN=" + token() + "\n");
  write(".git", "gitdir: ../not/copied\n");
  const auto outcome = scan(directory());
  EXPECT_FALSE(outcome.no_surface);
  const auto& verdict = outcome.record.verdicts.at(0);
  EXPECT_EQ(verdict.outcome, Outcome::fail);
  EXPECT_EQ(verdict.findings.size(), 1U);
  EXPECT_EQ(verdict.reason_code, "incomplete") << "and its history was not searched";
  EXPECT_THAT(verdict.reason, HasSubstr(".git (incomplete)"));
}

TEST_F(SourceScan, AFileThatIsNoDescriptorIsToldHowToBeSearched) {
  write("app.js", "let a = 1;\n");
  const auto outcome = scan({(root / "app.js").string(), TargetForm::file, "connect", {}});
  ASSERT_TRUE(outcome.no_surface);
  EXPECT_TRUE(outcome.bad_input);
  EXPECT_THAT(outcome.no_surface->remedy, HasSubstr("--kind source"));
}

TEST_F(SourceScan, AShortKeyIsRefused) {
  ::setenv("ASSAY_HASH_KEY", "short", 1);
  write("src/app.js", "let a = 1;\n");
  const auto outcome = scan(directory());
  ASSERT_TRUE(outcome.no_surface);
  EXPECT_EQ(outcome.no_surface->thing, "ASSAY_HASH_KEY");
}

// A scan from outside, judged by these requirements.
ScanRecord judged_from_outside(const std::vector<std::string>& only) {
  const auto surface = source::surface_of_base_url(*parse_url("https://app.example/"), "test");
  const EvidenceSet seen(
      {make_evidence(kind::kSurface, surface.app_key, Time{std::chrono::milliseconds(1)}, "test", Json(surface))});
  ScanRecord record;
  judge_record(record, seen, the_catalog(), *the_catalog().select("service", {}, only, {}), {}, std::nullopt);
  return record;
}

TEST(JudgeRecord, LeavesTheSourceUnverifiedWhereOnlyTheNetworkWasAsked) {
  const auto record = judged_from_outside({"hsts", "secrets-source"});
  ASSERT_THAT(record.verdicts, testing::SizeIs(1));
  EXPECT_EQ(record.verdicts.front().requirement, "hsts");
  ASSERT_THAT(record.not_verified, testing::SizeIs(1));
  EXPECT_EQ(record.not_verified.front().requirement, "secrets-source");
  EXPECT_THAT(record.not_verified.front().reason, HasSubstr("source"));
}

TEST(JudgeRecord, SaysThatNothingIsKnownWhereOnlyTheSourceWasAskedFor) {
  const auto record = judged_from_outside({"secrets-source"});
  ASSERT_THAT(record.verdicts, testing::SizeIs(1));
  EXPECT_EQ(record.verdicts.front().outcome, Outcome::inconclusive);
}

}  // namespace
}  // namespace assay::scan

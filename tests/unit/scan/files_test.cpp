#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string_view>

#include "model/tls.h"
#include "scan/baseline.h"
#include "scan/evidence_file.h"
#include "scan/ignore.h"
#include "unit/source/tree_fixture.h"

namespace assay::scan {
namespace {

using testing::HasSubstr;

const Time kToday = *parse_rfc3339("2026-11-22T12:00:00Z");

std::string write(const std::string& name, const std::string& text) {
  const auto path = (std::filesystem::path(testing::TempDir()) / name).string();
  std::ofstream(path) << text;
  return path;
}

ScanRecord record_with_finding() {
  ScanRecord r;
  r.id = "id";
  r.app.key = "app";
  r.app.kind = "connect";
  r.started = r.finished = kToday;
  Finding f;
  f.requirement = "hsts";
  f.subject = "https://a.example.com";
  f.locator = "header";
  f.fingerprint = fingerprint_of(f.requirement, f.subject, f.locator);
  r.verdicts = {{"hsts", f.subject, Outcome::fail, "none", "", {}, {f}}};
  return r;
}

TEST(IgnoreFile, NeedsReasonExpiryAndSomethingToMatch) {
  struct Case {
    std::string text, reason;
  };
  const std::vector<Case> cases = {
      {"- fingerprint: fp1-x\n  expires: 2027-01-01\n", "has no reason"},
      {"- fingerprint: fp1-x\n  reason: ok\n", "has no expiry date"},
      {"- reason: ok\n  expires: 2027-01-01\n", "neither a fingerprint nor a requirement"},
      {"- fingerprint: fp1-x\n  reason: ok\n  expires: soon\n", "is no date"},
      {"- fingerprint: fp1-x\n  reason: ok\n  expires: 2099-01-01\n", "two years"},
      {"- fingerprint: fp1-x\n  resaon: ok\n  expires: 2027-01-01\n", "not known"},
      {"fingerprint: fp1-x\n", "not a list"},
      {"- [\n", ""},
  };
  for (const auto& c : cases) {
    const auto entries = read_ignore_file(write("ignore.yaml", c.text), kToday);
    ASSERT_FALSE(entries) << c.text;
    EXPECT_THAT(entries.error().message(), HasSubstr(c.reason));
    EXPECT_THAT(entries.error().message(), HasSubstr("ignore.yaml"));
  }
  const auto none = read_ignore_file(write("ignore.yaml", "# nothing yet\n"), kToday);
  ASSERT_TRUE(none);
  EXPECT_TRUE(none->empty());
}

TEST(IgnoreFile, MatchesByFingerprintOrBySubjectAndEndsWithItsDay) {
  const auto entries = read_ignore_file(
      write("ignore.yaml",
            "- requirement: hsts\n  subject: https://*.example.com\n  reason: moving\n  expires: 2026-12-01\n"),
      kToday);
  ASSERT_TRUE(entries);
  auto record = record_with_finding();
  EXPECT_TRUE(apply_ignores(record, {{}, *entries}, 0, kToday).empty());
  EXPECT_EQ(record.ignored.size(), 1U);

  auto last_day = record_with_finding();
  EXPECT_TRUE(apply_ignores(last_day, {{}, *entries}, 0, *parse_rfc3339("2026-12-01T23:59:59Z")).empty());
  EXPECT_EQ(last_day.ignored.size(), 1U);

  auto later = record_with_finding();
  const auto warnings = apply_ignores(later, {{}, *entries}, 0, *parse_rfc3339("2026-12-02T00:00:00Z"));
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_THAT(warnings[0], HasSubstr("ignore.yaml:1: has expired"));
  EXPECT_TRUE(later.ignored.empty());

  auto other = record_with_finding();
  other.verdicts[0].findings[0].subject = "https://elsewhere.test";
  EXPECT_TRUE(apply_ignores(other, {{}, *entries}, 0, kToday).empty());
  EXPECT_TRUE(other.ignored.empty());
}

constexpr std::string_view kAccepted = "- requirement: hsts\n  reason: {}\n  expires: {}\n";

// A working directory and a directory to scan elsewhere, each of which may have a file.
class FoundIgnoreFiles : public source::TreeTest {
 protected:
  FoundIgnoreFiles() { std::filesystem::current_path(scratch); }
  ~FoundIgnoreFiles() override { std::filesystem::current_path(before_); }
  void here(std::string_view text) { std::ofstream(".assayignore") << text; }
  std::string there() { return (root / ".assayignore").string(); }
  Result<Ignores> read(const std::string& target, const IgnoreFiles& files = {}) {
    return read_ignores(files, {{target, TargetForm::directory, "source", {}}}, kToday);
  }
  std::string refusal() {
    const auto ignores = read(root.string());
    return ignores ? "" : ignores.error().message();
  }

 private:
  std::filesystem::path before_ = std::filesystem::current_path();
};

TEST_F(FoundIgnoreFiles, TheNearerReasonIsSaidAndEitherWillDo) {
  const auto reason = [](const Ignores& ignores) {
    auto record = record_with_finding();
    EXPECT_THAT(apply_ignores(record, ignores, 0, kToday), testing::IsEmpty());
    return record.ignored.empty() ? "" : record.ignored.begin()->second;
  };
  write(".assayignore", fmt::format(kAccepted, "near", "2026-12-01"));
  here(fmt::format(kAccepted, "far", "2026-12-01"));
  auto both = read(root.string());
  ASSERT_TRUE(both) << both.error().message();
  EXPECT_EQ(reason(*both), "near (" + there() + ":1)");
  EXPECT_EQ(reason(*read(".")), "far (.assayignore:1)");
  EXPECT_EQ(reason(*read(root.string(), {.heed_own = false})), "far (.assayignore:1)");
  EXPECT_EQ(reason(*read(root.string(), {.given = "/dev/null"})), "");
  write(".assayignore", fmt::format(kAccepted, "near", "2026-11-01"));
  EXPECT_EQ(reason(*read(root.string())), "far (.assayignore:1)");
  std::filesystem::remove(".assayignore");
  auto record = record_with_finding();
  EXPECT_THAT(apply_ignores(record, *read(root.string()), 0, kToday),
              testing::ElementsAre(HasSubstr(there() + ":1: has expired")));
  EXPECT_TRUE(record.ignored.empty());
}

TEST_F(FoundIgnoreFiles, EachTargetHasItsOwn) {
  write("a/.assayignore", fmt::format(kAccepted, "near", "2026-12-01"));
  write("b/.keep", "");
  const auto ignores = read_ignores({},
                                    {{(root / "b").string(), TargetForm::directory, "source", {}},
                                     {(root / "a").string(), TargetForm::directory, "source", {}}},
                                    kToday);
  ASSERT_TRUE(ignores);
  auto first = record_with_finding(), second = record_with_finding();
  apply_ignores(first, *ignores, 0, kToday);
  apply_ignores(second, *ignores, 1, kToday);
  EXPECT_TRUE(first.ignored.empty());
  EXPECT_EQ(second.ignored.size(), 1U);
}

TEST_F(FoundIgnoreFiles, BadOnesAreErrorsThatNameThem) {
  here("- requirement: hsts\n");
  EXPECT_THAT(refusal(), HasSubstr(".assayignore:1"));
  std::filesystem::remove(".assayignore");
  write(".assayignore", "- requirement: hsts\n");
  EXPECT_THAT(refusal(), HasSubstr(there() + ":1"));
  write(".assayignore", std::string((1U << 20U) + 1, '#'));
  EXPECT_THAT(refusal(), AllOf(HasSubstr(there()), HasSubstr("more than")));
  std::filesystem::rename(there(), scratch / "elsewhere");
  std::filesystem::create_symlink(scratch / "elsewhere", there());
  EXPECT_THAT(refusal(), AllOf(HasSubstr(there()), HasSubstr("symbolic link")));
  std::filesystem::remove(there());
  ASSERT_EQ(::mkfifo(there().c_str(), 0600), 0);
  EXPECT_THAT(refusal(), AllOf(HasSubstr(there()), HasSubstr("no regular file")));
  std::filesystem::rename(there(), ".assayignore");
  EXPECT_THAT(refusal(), HasSubstr("no regular file"));
}

Evidence surface_naming(const std::string& origin) {
  Surface surface;
  surface.app_key = "app";
  surface.origins.push_back({.origin = origin});
  return make_evidence(kind::kSurface, "app", kToday, "test", Json(surface));
}

TEST(Baseline, OnlyAPassFixesAndWhatIsNoLongerNamedIsGone) {
  const auto before = record_with_finding().verdicts[0].findings[0];
  const Baseline baseline = {{"app", {before}}};

  auto still = record_with_finding();
  compare_with_baseline(still, baseline);
  EXPECT_EQ(still.standing.at(before.fingerprint), Standing::still_there);
  EXPECT_TRUE(still.fixed.empty());

  auto unseen = record_with_finding();
  unseen.verdicts[0] = {"hsts", before.subject, Outcome::inconclusive, "timeout", "timeout", {}, {}};
  compare_with_baseline(unseen, baseline);
  EXPECT_TRUE(unseen.fixed.empty());

  auto passed = record_with_finding();
  passed.verdicts[0] = {"hsts", before.subject, Outcome::pass, "", "", {}, {}};
  compare_with_baseline(passed, baseline);
  ASSERT_EQ(passed.fixed.size(), 1U);

  auto interrupted = passed;
  interrupted.fixed.clear();
  interrupted.complete = false;
  compare_with_baseline(interrupted, baseline);
  EXPECT_TRUE(interrupted.fixed.empty());

  auto elsewhere = unseen;
  elsewhere.evidence = {surface_naming("https://other.test")};
  compare_with_baseline(elsewhere, baseline);
  EXPECT_TRUE(elsewhere.fixed.empty());
  ASSERT_EQ(elsewhere.gone.size(), 1U);

  auto named = unseen;
  named.evidence = {surface_naming(before.subject)};
  compare_with_baseline(named, baseline);
  EXPECT_TRUE(named.gone.empty());

  auto fresh = record_with_finding();
  compare_with_baseline(fresh, {});
  EXPECT_EQ(fresh.standing.at(before.fingerprint), Standing::fresh);
}

TEST(Baseline, RefusesOtherFiles) {
  EXPECT_THAT(read_baseline(write("b.json", "{}")).error().message(), HasSubstr("assay-report/1"));
  EXPECT_THAT(read_baseline(write("b.json", "<html>")).error().message(), HasSubstr("not JSON"));
  EXPECT_FALSE(read_baseline("no/such/file.json"));
}

TEST(EvidenceFile, KeepsScansApartAndReadsThemBack) {
  const auto path = (std::filesystem::path(testing::TempDir()) / "evidence.jsonl").string();
  ScanRecord first = record_with_finding(), second = record_with_finding();
  second.app.key = "other";
  second.complete = false;
  second.incomplete_reason = "interrupted";
  first.evidence = {make_evidence(kind::kResolution, "a.example.com", kToday, "dns",
                                  Json(Resolution{"a.example.com", {"192.0.2.1"}, {}, {}}))};
  {
    auto writer = EvidenceWriter::create(path);
    ASSERT_TRUE(writer);
    ASSERT_TRUE((*writer)->write(first));
    ASSERT_TRUE((*writer)->write(second));
  }
  struct stat info{};
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
  const auto scans = read_evidence_file(path);
  ASSERT_TRUE(scans) << scans.error().message();
  ASSERT_EQ(scans->size(), 2U);
  EXPECT_EQ((*scans)[0].app.key, "app");
  ASSERT_EQ((*scans)[0].evidence.size(), 1U);
  EXPECT_EQ((*scans)[0].evidence[0].id, first.evidence[0].id);
  EXPECT_FALSE((*scans)[1].complete);
}

TEST(EvidenceFile, RefusesAlteredAndCutOffRecords) {
  const auto good = dump_json(to_json_line(make_evidence(kind::kResolution, "h", kToday, "dns", Json::object())));
  ASSERT_TRUE(read_evidence_file(write("e.jsonl", good + "\n")));
  auto altered = good;
  altered.replace(altered.find("\"h\""), 3, "\"i\"");
  const auto refused = read_evidence_file(write("e.jsonl", altered + "\n"));
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message(), HasSubstr("does not match"));
  const auto cut = read_evidence_file(write("e.jsonl", good + "\n" + good.substr(0, good.size() / 2)));
  ASSERT_FALSE(cut);
  EXPECT_THAT(cut.error().message(), HasSubstr("e.jsonl:2"));
}

}  // namespace
}  // namespace assay::scan

// What follows from a recorded scan: the end of its job, second looks, scans of releases.

#include "fleet/recorder.h"

#include "ledger/requests.h"
#include "unit/fleet/fleet_testing.h"

namespace assay::fleet {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr Time kDay{std::chrono::sys_days{std::chrono::year{2026} / 11 / 1}};

ScanRecord scan_of(const std::string& id, Time at, Outcome hsts) {
  ScanRecord record;
  record.id = id;
  record.app =
      App{.key = "app", .name = "app", .kind = "connect", .target = "https://app.example/", .owner = {}, .added = kDay};
  record.started = at;
  record.finished = at + 5s;
  Verdict verdict;
  verdict.requirement = "hsts";
  verdict.subject = "https://app.example";
  verdict.outcome = hsts;
  verdict.reason = "as the test wants it";
  if (hsts == Outcome::fail) {
    Finding finding;
    finding.requirement = verdict.requirement;
    finding.subject = verdict.subject;
    finding.locator = "header";
    finding.title = "No HSTS";
    finding.severity = Severity::high;
    finding.fingerprint = fingerprint_of(finding.requirement, finding.subject, finding.locator);
    verdict.findings.push_back(finding);
  }
  record.verdicts.push_back(verdict);
  return record;
}

class RecorderTest : public LedgerFixture {
 protected:
  void SetUp() override {
    LedgerFixture::SetUp();
    add_app("app", "https://app.example/", "connect");
  }
  // A job that a worker has taken.
  Job taken(JobOrigin origin = JobOrigin::scheduled, std::vector<std::string> only = {}) {
    enqueue("app", origin, std::move(only));
    auto claimed = the_ledger().write([](ledger::Work& work) {
      return ledger::claim_jobs(work, {.worker = "w", .count = 1, .scheduled_at_once = 9, .lease = 60s});
    });
    EXPECT_TRUE(claimed && claimed->size() == 1U);
    return claimed->front().job;
  }
  Result<std::vector<ChangedFinding>> record(ScanRecord scan, const Job& job) {
    const Recorder recorder(the_catalog(), the_ledger(), {});
    return recorder.record(scan, job, "{\"line\":1}\n");
  }
};

TEST_F(RecorderTest, AFirstFailingLookAsksForASecondOne) {
  const auto job = taken();
  const auto changed = record(scan_of("s1", kDay, Outcome::fail), job);
  ASSERT_TRUE(changed) << changed.error().message();
  EXPECT_THAT(*changed, IsEmpty()) << "suspected, not open";
  EXPECT_EQ(get(job.id).state, JobState::done);
  EXPECT_EQ(get(job.id).scan_id, "s1");
  const auto waiting = jobs("state:waiting");
  ASSERT_THAT(waiting, SizeIs(1));
  EXPECT_EQ(waiting[0].origin, JobOrigin::second_look);
  EXPECT_THAT(waiting[0].only, ElementsAre("hsts"));
  EXPECT_EQ(waiting[0].group, "outside-daily");
  EXPECT_EQ(waiting[0].ready - waiting[0].created, std::chrono::minutes(the_catalog().policy().second_look_minutes));
  const auto requests = *the_ledger().read([](ledger::Work& work) { return ledger::requests_of(work, "s1"); });
  ASSERT_TRUE(requests.has_value());
  EXPECT_EQ(requests->json_lines, "{\"line\":1}\n");
}

TEST_F(RecorderTest, TheSecondLookOpensAndAsksForNothing) {
  ASSERT_TRUE(record(scan_of("s1", kDay, Outcome::fail), taken()));
  const auto job = taken(JobOrigin::requested, {"hsts"});
  const auto changed = record(scan_of("s2", kDay + 10min, Outcome::fail), job);
  ASSERT_TRUE(changed) << changed.error().message();
  ASSERT_THAT(*changed, SizeIs(1));
  EXPECT_EQ((*changed)[0].status, ledger::FindingStatus::open);
  EXPECT_THAT(jobs("state:waiting"), SizeIs(1)) << "the one that the first look asked for";
}

TEST_F(RecorderTest, AnAttemptThatHasLostItsJobRecordsNothing) {
  const auto job = taken();
  ASSERT_TRUE(the_ledger().write([&](ledger::Work& work) { return ledger::cancel_job(work, job.id, "no need"); }));
  const auto refused = record(scan_of("s1", kDay, Outcome::fail), job);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::conflict);
  EXPECT_THAT(*the_ledger().scans_of("app", 9), IsEmpty());
  EXPECT_THAT(jobs("state:waiting"), IsEmpty());
  EXPECT_THAT(*the_ledger().findings_of("app"), IsEmpty());
}

TEST_F(RecorderTest, AJobThatIsLostDropsItsOwnScanOnly) {
  add_app("other", "https://other.example/", "connect");
  const auto job = taken();
  enqueue("other", JobOrigin::scheduled, {});
  const auto claimed = the_ledger().write([](ledger::Work& work) {
    return ledger::claim_jobs(work, {.worker = "w", .count = 1, .scheduled_at_once = 9, .lease = 60s});
  });
  ASSERT_TRUE(claimed && claimed->size() == 1U);
  const Job& lost = claimed->front().job;
  ASSERT_TRUE(the_ledger().write([&](ledger::Work& work) { return ledger::cancel_job(work, lost.id, "no need"); }));
  auto scan = scan_of("s1", kDay, Outcome::fail), dropped = scan_of("s2", kDay, Outcome::fail);
  dropped.app.key = "other";
  const std::string log = "{\"line\":1}\n";
  const std::vector<Recorder::Recording> recordings{{dropped, lost, log}, {scan, job, log}};
  const auto results = Recorder(the_catalog(), the_ledger(), {}).record_all(recordings);
  ASSERT_THAT(results, SizeIs(2));
  ASSERT_FALSE(results[0]);
  EXPECT_EQ(results[0].error().code, ErrorCode::conflict);
  EXPECT_TRUE(results[1]);
  EXPECT_EQ(get(job.id).state, JobState::done);
  EXPECT_THAT(*the_ledger().scans_of("other", 9), IsEmpty());
  EXPECT_THAT(jobs("state:waiting"), SizeIs(1)) << "the second look of the one that was recorded";
}

TEST_F(RecorderTest, WhatWasRecordedBeforeIsRecordedOnce) {
  const auto job = taken();
  ASSERT_TRUE(record(scan_of("s1", kDay, Outcome::fail), job));
  // The answer to the commit was lost, and it is tried again.
  EXPECT_TRUE(record(scan_of("s1", kDay, Outcome::fail), job));
  EXPECT_THAT(*the_ledger().scans_of("app", 9), SizeIs(1));
  EXPECT_THAT(jobs("state:waiting"), SizeIs(1));
}

}  // namespace
}  // namespace assay::fleet

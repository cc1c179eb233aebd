// The worker over a real ledger and real (failing) connections on loopback.

#include "fleet/worker.h"

#include <algorithm>

#include "fleet/plan.h"
#include "ledger/requests.h"
#include "unit/fleet/fleet_testing.h"

namespace assay::fleet {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class WorkerTest : public LedgerFixture {
 protected:
  std::unique_ptr<Worker> start(WorkerSettings settings = quick_settings(), FollowUp follow_up = {}) {
    auto worker = std::make_unique<Worker>(
        the_catalog(), the_ledger(), events_, std::move(settings), std::move(follow_up),
        [this](LogLevel, std::string_view type, const Json& fields) {
          const std::scoped_lock lock(mutex_);
          logged_.push_back(std::string(type) + " " + dump_json(fields));
        },
        nullptr);
    const auto started = worker->start();
    EXPECT_TRUE(started) << started.error().message();
    return worker;
  }
  bool ends(const std::string& id, JobState state) {
    return eventually([&] { return get(id).state == state; });
  }
  std::vector<std::string> logged() {
    const std::scoped_lock lock(mutex_);
    return logged_;
  }

  Events events_;
  std::mutex mutex_;
  std::vector<std::string> logged_;
};

TEST_F(WorkerTest, ScansRecordsAndTellsOfIt) {
  add_app("down");
  const auto job = enqueue("down");
  const auto watch = events_.subscribe();
  int followed = 0;
  const auto worker = start(quick_settings(), [&](ledger::Work&, const ScanRecord& record, const ledger::ScanEffect&) {
    EXPECT_EQ(record.app.key, "down");
    ++followed;
    return Result<void>{};
  });
  ASSERT_TRUE(ends(job.id, JobState::done));
  const auto done = get(job.id);
  EXPECT_EQ(done.attempt, 1);
  EXPECT_EQ(done.worker, "test");
  ASSERT_TRUE(eventually([&] { return worker->statistics().done == 1U; })) << "it tells of it after it has recorded it";
  const auto scan = the_ledger().load_scan(done.scan_id);
  ASSERT_TRUE(scan) << scan.error().message();
  EXPECT_EQ(scan->app.key, "down");
  EXPECT_TRUE(scan->complete);
  EXPECT_GT(count_outcomes(*scan).inconclusive, 0);
  EXPECT_EQ(count_outcomes(*scan).pass, 0) << "a host that is down is never clean";
  EXPECT_EQ(the_ledger().apps()->size(), 1U) << "and no app of another key was made";
  EXPECT_EQ(followed, 1);
  const auto requests = *the_ledger().read([&](ledger::Work& work) { return ledger::requests_of(work, done.scan_id); });
  ASSERT_TRUE(requests.has_value());
  EXPECT_GT(requests->entries, 0);
  EXPECT_THAT(requests->json_lines, HasSubstr(done.scan_id));

  std::vector<std::string> seen;
  for (const auto& event : watch->take()) {
    EXPECT_EQ(event.app_key, "down");
    EXPECT_EQ(event.job_id, job.id);
    seen.push_back(std::string(to_string(event.kind)) + " " + (event.phase.empty() ? event.state : event.phase));
  }
  EXPECT_EQ(seen.front(), "job running");
  EXPECT_THAT(seen, Contains("progress origins"));
  EXPECT_EQ(seen.back(), "job done");
}

TEST_F(WorkerTest, AVerifyingScanLooksOnlyAtItsRequirements) {
  add_app("down");
  const auto job = enqueue("down", JobOrigin::verify, {"hsts"});
  const auto worker = start();
  ASSERT_TRUE(ends(job.id, JobState::done));
  const auto scan = the_ledger().load_scan(get(job.id).scan_id);
  ASSERT_TRUE(scan);
  ASSERT_FALSE(scan->verdicts.empty());
  for (const auto& verdict : scan->verdicts) EXPECT_EQ(verdict.requirement, "hsts");
}

TEST_F(WorkerTest, WhatCannotBeScannedFailsAndSaysWhy) {
  add_app("forge", "ari:cloud:ecosystem::app/1", "forge");
  add_app("file", "/etc/hostname", "connect");
  add_app("group");
  const auto forge = enqueue("forge"), file = enqueue("file");
  const auto group = enqueue("group", JobOrigin::requested, {}, "no-such-group");
  const auto worker = start();
  for (const auto& job : {forge, file, group}) {
    ASSERT_TRUE(ends(job.id, JobState::failed)) << job.app_key;
    EXPECT_FALSE(get(job.id).error.empty()) << job.app_key;
  }
  EXPECT_THAT(get(file.id).error, HasSubstr("has a file for a target"));
  EXPECT_THAT(get(group.id).error, HasSubstr("no-such-group"));
  EXPECT_TRUE(eventually([&] { return worker->statistics().failed == 3U; }));
}

TEST_F(WorkerTest, AScanWithoutASurfaceIsRecordedUnderItsAppAndFindsNothing) {
  add_app("connect-app", "https://127.0.0.1:1/atlassian-connect.json", "connect");
  const auto job = enqueue("connect-app");
  const auto worker = start();
  ASSERT_TRUE(ends(job.id, JobState::done));
  const auto scans = the_ledger().scans_of("connect-app", 5);
  ASSERT_TRUE(scans);
  ASSERT_THAT(*scans, SizeIs(1));
  EXPECT_EQ(scans->front().pass + scans->front().fail, 0);
  EXPECT_GT(scans->front().inconclusive, 0);
  EXPECT_THAT(*the_ledger().apps(), SizeIs(1));
}

TEST_F(WorkerTest, ACancelledJobEndsItsScan) {
  const SilentPort silent;
  add_app("silent", silent.url());
  const auto job = enqueue("silent");
  auto settings = quick_settings();
  // A request that is under way ends at its own time-out, so this is how long the test takes.
  settings.scan.gate.request_timeout = settings.scan.gate.connect_timeout = 5s;
  settings.lease = 300ms;
  const auto worker = start(settings);
  ASSERT_TRUE(ends(job.id, JobState::running));
  ASSERT_TRUE(eventually([&] { return worker->statistics().in_flight == 1U; }));
  const auto first_lease = get(job.id).lease;
  EXPECT_TRUE(eventually([&] { return get(job.id).lease > first_lease; })) << "it renews its lease while it scans";
  const auto cancelled =
      the_ledger().write([&](ledger::Work& work) { return ledger::cancel_job(work, job.id, "no need"); });
  ASSERT_TRUE(cancelled);
  EXPECT_TRUE(eventually([&] { return worker->statistics().lost == 1U && worker->statistics().in_flight == 0U; }));
  EXPECT_THAT(*the_ledger().scans_of("silent", 5), SizeIs(0));
  EXPECT_EQ(get(job.id).state, JobState::cancelled);
}

TEST_F(WorkerTest, AScanLeavesHostsAloneThatAreHeldWhileItRuns) {
  const SilentPort silent;
  add_app("a", silent.url());
  auto settings = quick_settings();
  settings.scan.gate.request_timeout = settings.scan.gate.connect_timeout = 2s;  // this long the first request waits
  const auto job = enqueue("a");
  const auto worker = start(settings);
  ASSERT_TRUE(eventually([&] { return worker->statistics().in_flight == 1U; }));
  Pause pause;
  pause.host = "127.0.0.1";
  pause.reason = "maintenance";
  pause.until = now() + 1h;
  worker->hold({pause});
  ASSERT_TRUE(ends(job.id, JobState::done));
  const auto held = the_ledger().load_scan(get(job.id).scan_id);
  ASSERT_TRUE(held);
  const auto is_held = [](const Verdict& v) {
    return v.reason_code == "host-paused" && v.reason.contains("maintenance");
  };
  EXPECT_TRUE(std::ranges::any_of(held->verdicts, is_held));
  EXPECT_EQ(count_outcomes(*held).pass, 0);

  worker->hold({});
  const auto later = enqueue("a", JobOrigin::requested, {"hsts"});
  worker->wake();
  ASSERT_TRUE(ends(later.id, JobState::done));
  const auto free = the_ledger().load_scan(get(later.id).scan_id);
  ASSERT_TRUE(free);
  EXPECT_TRUE(std::ranges::none_of(free->verdicts, is_held));
}

TEST_F(WorkerTest, StoppingHandsBackWhatDidNotEnd) {
  const SilentPort silent;
  for (const auto* app : {"a", "b"}) {
    add_app(app, silent.url());
    enqueue(app);
  }
  auto settings = quick_settings();
  settings.scan.gate.request_timeout = settings.scan.gate.connect_timeout = settings.scan.scan_timeout = 1h;
  const auto worker = start(settings);
  ASSERT_TRUE(eventually([&] { return worker->statistics().in_flight == 2U; }));
  worker->stop(200ms);
  EXPECT_EQ(worker->statistics().handed_back, 2U);
  EXPECT_EQ(worker->statistics().in_flight, 0U);
  for (const auto& job : jobs("state:waiting")) EXPECT_EQ(job.error, "the worker stops");
  EXPECT_THAT(jobs("state:waiting"), SizeIs(2));
  EXPECT_THAT(*the_ledger().scans_of("a", 5), SizeIs(0));
}

TEST_F(WorkerTest, StoppingLetsScansEndThatCan) {
  for (int i = 1; i <= 8; ++i) {
    add_app(std::to_string(i), "https://127.0.0." + std::to_string(i) + ":1/");
    enqueue(std::to_string(i));
  }
  const auto worker = start();
  ASSERT_TRUE(eventually([&] { return worker->statistics().in_flight + worker->statistics().done > 0U; }));
  worker->stop(10min);
  const auto counts = worker->statistics();
  EXPECT_EQ(counts.handed_back, 0U);
  EXPECT_EQ(jobs("state:done").size(), counts.done);
  EXPECT_EQ(jobs("state:waiting").size(), 8U - counts.done);
  worker->stop(0s);  // again
}

TEST_F(WorkerTest, AFollowUpThatFailsUndoesTheScan) {
  add_app("a");
  const auto job = enqueue("a");
  std::atomic<int> calls = 0;
  const auto worker =
      start(quick_settings(), [&](ledger::Work&, const ScanRecord&, const ledger::ScanEffect&) -> Result<void> {
        if (++calls < 3) return assay::fail(ErrorCode::io, "tickets", "the disk is full");
        return {};
      });
  ASSERT_TRUE(ends(job.id, JobState::done));
  EXPECT_EQ(calls, 3);
  EXPECT_THAT(*the_ledger().scans_of("a", 5), SizeIs(1));
}

TEST(Footprints, AlarmWhenMoreIsInconclusiveAndFarLessWasSent) {
  Footprints footprints;
  const auto scan_of = [](int pass, int inconclusive, std::uint64_t requests) {
    ScanRecord record;
    record.app.key = "a";
    record.statistics.http_requests = requests;
    for (int i = 0; i < pass + inconclusive; ++i) {
      Verdict verdict;
      verdict.outcome = i < pass ? Outcome::pass : Outcome::inconclusive;
      record.verdicts.push_back(verdict);
    }
    return record;
  };
  EXPECT_FALSE(footprints.look_at(scan_of(20, 0, 100), "all")) << "the first one";
  EXPECT_FALSE(footprints.look_at(scan_of(10, 10, 90), "all")) << "a host was down, but it was asked";
  EXPECT_FALSE(footprints.look_at(scan_of(20, 0, 10), "all")) << "less was needed";
  EXPECT_FALSE(footprints.look_at(scan_of(20, 0, 100), "all"));
  const auto alarm = footprints.look_at(scan_of(2, 18, 5), "all");
  ASSERT_TRUE(alarm.has_value());
  EXPECT_EQ((*alarm)["requests_before"], 100);
  EXPECT_FALSE(footprints.look_at(scan_of(2, 18, 5), "all")) << "no worse than before";
  EXPECT_FALSE(footprints.look_at(scan_of(1, 1, 1), "other")) << "another group looks at less";
}

TEST(ScanLogs, KeepLinesApartAndSayWhatIsMissing) {
  ScanLogs logs;
  logs.add("a", "1\n");
  logs.add("b", "2\n");
  logs.add("a", "3\n");
  EXPECT_EQ(logs.take("a"), "1\n3\n");
  EXPECT_EQ(logs.take("a"), "");
  const std::string long_line(1U << 20U, 'x');
  for (int i = 0; i < 10; ++i) logs.add("b", long_line);
  const auto kept = logs.take("b");
  EXPECT_LE(kept.size(), ScanLogs::kMaxBytes + 500);
  EXPECT_THAT(kept.substr(kept.size() - 200), HasSubstr("\"entries\":3"));
}

TEST(Plan, ASingleGroupOfAKindIsAWholeScan) {
  const auto& group = *the_catalog().schedule().find("outside-daily");
  EXPECT_THAT(scanned_kinds(the_catalog(), group), ElementsAre("connect", "service"));
  Job job;
  job.group = group.id;
  const auto all = requirements_of(the_catalog(), {}, job, "connect");
  ASSERT_TRUE(all) << all.error().message();
  EXPECT_THAT(*all, SizeIs(0));
  EXPECT_FALSE(requirements_of(the_catalog(), {}, job, "forge")) << "not its kind";
}

}  // namespace
}  // namespace assay::fleet

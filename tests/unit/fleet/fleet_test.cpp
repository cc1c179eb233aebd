// The fleet as a whole: new apps are scanned without being asked, what is due is made, what was lost is taken again.

#include "fleet/fleet.h"

#include <soci/soci.h>

#include <algorithm>
#include <atomic>
#include <numeric>
#include <stop_token>

#include "ledger/pauses.h"
#include "ledger/schedules.h"
#include "unit/fleet/fleet_testing.h"

namespace assay::fleet {
namespace {

using ::testing::SizeIs;

class FleetTest : public LedgerFixture {
 protected:
  std::unique_ptr<Fleet> start(std::vector<Chore> chores = {}) {
    FleetSettings settings;
    settings.worker = quick_settings();
    settings.tick = 50ms;
    settings.sweep = 100ms;
    settings.grace = 1s;
    auto fleet = std::make_unique<Fleet>(the_catalog(), the_ledger(), settings, FollowUp{}, std::move(chores),
                                         LogHook{}, nullptr);
    const auto started = fleet->start();
    EXPECT_TRUE(started) << started.error().message();
    return fleet;
  }
  std::vector<ledger::ScheduledRun> runs(const std::string& app) {
    return *the_ledger().read([&](ledger::Work& work) { return ledger::runs_of(work, app); });
  }
  void execute(const std::string& statement) {
    const auto done = the_ledger().write([&](ledger::Work& work) -> Result<void> {
      work.sql() << statement;
      return {};
    });
    EXPECT_TRUE(done) << done.error().message();
  }
};

TEST_F(FleetTest, PlansNewAppsAndMakesWhatIsDue) {
  add_app("a");
  add_app("b");
  add_app("forge", "ari:cloud:ecosystem::app/1", "forge");
  const Time before = now();
  const auto fleet = start();
  ASSERT_THAT(runs("a"), SizeIs(1));
  EXPECT_THAT(runs("forge"), SizeIs(0)) << "only on release";
  EXPECT_GT(runs("a")[0].next, before);
  EXPECT_LT(runs("a")[0].next, now() + 121min);
  const auto present = now().time_since_epoch().count();
  execute("update schedules set next_ms = " + std::to_string(present) +
          " + case app_key when 'a' then 0 else 9000000 end");
  ASSERT_TRUE(eventually([&] { return jobs("app:a state:done").size() == 1U; }));
  EXPECT_EQ(jobs("app:a")[0].origin, JobOrigin::scheduled);
  EXPECT_EQ(jobs("app:a")[0].group, "outside-daily");
  EXPECT_GT(runs("a")[0].next, now() + 11h);
  EXPECT_THAT(jobs("app:b"), SizeIs(0));
  add_app("c");
  EXPECT_TRUE(eventually([&] { return runs("c").size() == 1U; }));
  execute("update apps set state = 'retired' where app_key = 'c'");
  EXPECT_TRUE(eventually([&] { return runs("c").empty(); }));
  EXPECT_TRUE(eventually([&] { return fleet->statistics()->worker.done == 1U; }));
  EXPECT_EQ(fleet->statistics()->scheduled, 1U);
}

TEST_F(FleetTest, MissedRunsAreMadeLaterNotAtOnce) {
  add_app("a");
  {
    const auto fleet = start();
  }
  execute("update schedules set next_ms = next_ms - 10 * 86400000");
  const Time before = now();
  const auto fleet = start();
  EXPECT_GT(runs("a")[0].next, before);
  EXPECT_LT(runs("a")[0].next, now() + 121min);
  EXPECT_THAT(jobs("app:a"), SizeIs(0));
}

// All times of the ledger lie a day ahead, as after a step back of the clock: nobody waits for that day to pass.
TEST_F(FleetTest, AClockThatSteppedBackStopsNothing) {
  add_app("waiting");
  add_app("held");
  add_app("planned");
  {
    const auto fleet = start();
  }
  const auto held = enqueue("held");
  const auto claimed = the_ledger().write([](ledger::Work& work) {
    return ledger::claim_jobs(work, {.worker = "dead", .count = 1, .scheduled_at_once = 1, .lease = 60s});
  });
  ASSERT_TRUE(claimed && claimed->size() == 1U);
  const auto waiting = enqueue("waiting");
  const std::string day = "86400000";
  execute("update jobs set created_ms = created_ms + " + day + ", ready_ms = ready_ms + " + day +
          ", started_ms = started_ms + " + day + ", lease_ms = lease_ms + case when lease_ms > 0 then " + day +
          " else 0 end");
  execute("update schedules set next_ms = next_ms + 40 * " + day);
  const auto fleet = start();
  EXPECT_TRUE(eventually([&] { return get(waiting.id).state == JobState::done; }));
  EXPECT_TRUE(eventually([&] { return get(held.id).state == JobState::done; }));
  EXPECT_EQ(get(held.id).attempt, 2);
  EXPECT_TRUE(eventually([&] { return runs("planned")[0].next < now() + 37h; }));
}

TEST_F(FleetTest, PausesHoldJobsBackUntilTheyEnd) {
  add_app("a");
  const auto fleet = start();
  const auto pause = the_ledger().write([](ledger::Work& work) {
    Pause wish;
    wish.host = "127.0.0.1";
    wish.reason = "maintenance";
    wish.until = work.now() + 1h;
    return ledger::add_pause(work, wish);
  });
  ASSERT_TRUE(pause);
  const auto job = enqueue("a");
  fleet->wake();
  std::this_thread::sleep_for(300ms);
  EXPECT_EQ(get(job.id).state, JobState::waiting);
  ASSERT_TRUE(the_ledger().write([&](ledger::Work& work) { return ledger::end_pause(work, pause->id); }));
  fleet->wake();
  EXPECT_TRUE(eventually([&] { return get(job.id).state == JobState::done; }));
}

TEST_F(FleetTest, APauseReachesScansThatRun) {
  const SilentPort silent;
  add_app("a", silent.url());
  const auto fleet = start();
  const auto job = enqueue("a");
  fleet->wake();
  ASSERT_TRUE(eventually([&] { return fleet->statistics()->worker.in_flight == 1U; }));
  ASSERT_TRUE(the_ledger().write([](ledger::Work& work) {
    Pause wish;
    wish.host = "127.0.0.1";
    wish.reason = "maintenance";
    wish.until = work.now() + 1h;
    return ledger::add_pause(work, wish);
  }));
  fleet->wake();
  ASSERT_TRUE(eventually([&] { return get(job.id).state == JobState::done; }));
  const auto scan = the_ledger().load_scan(get(job.id).scan_id);
  ASSERT_TRUE(scan);
  EXPECT_TRUE(std::ranges::any_of(scan->verdicts, [](const Verdict& v) { return v.reason.contains("maintenance"); }));
}

TEST_F(FleetTest, CountsWhatItDoes) {
  add_app("down");
  add_app("file", "/etc/hostname", "connect");
  const auto fleet = start();
  enqueue("down");
  enqueue("file");
  fleet->wake();
  ASSERT_TRUE(eventually([&] {
    const auto counts = fleet->statistics()->worker;
    return counts.done == 1U && counts.failed == 1U;
  }));
  const auto counts = *fleet->statistics();
  EXPECT_EQ(counts.worker.done_by, (ByOrigin{{JobOrigin::requested, 1}}));
  EXPECT_EQ(counts.worker.failed_by, (ByOrigin{{JobOrigin::requested, 1}}));
  EXPECT_EQ(std::accumulate(counts.worker.scan_times.counts().begin(), counts.worker.scan_times.counts().end(), 0U),
            1U);
  EXPECT_EQ(std::accumulate(counts.worker.lateness.counts().begin(), counts.worker.lateness.counts().end(), 0U), 1U);
  EXPECT_EQ(counts.worker.places, 4U);
  EXPECT_EQ(counts.worker.record_retries, 0U);
}

TEST(Durations, AreCountedUpToTheirBounds) {
  Durations durations;
  for (const Duration took : {Duration(-5), Duration(500), Duration(501), Duration(1000), Duration(4'000'000)})
    durations.add(took);
  EXPECT_EQ(durations.counts()[0], 2U);
  EXPECT_EQ(durations.counts()[1], 2U);
  EXPECT_EQ(durations.counts().back(), 1U);
  EXPECT_DOUBLE_EQ(durations.sum(), 0.5 + 0.501 + 1.0 + 4000.0);
}

TEST_F(FleetTest, ChoresRunBesideTheFleetOfAnotherProcessToo) {
  add_app("a");
  const auto job = enqueue("a");
  std::atomic<int> runs_of_chore = 0;
  FleetSettings settings;
  settings.worker = quick_settings();
  std::vector<Chore> chores;
  chores.push_back({.name = "count",
                    .every = 1h,
                    .run = [&](const std::stop_token&) -> Result<void> {
                      ++runs_of_chore;
                      return {};
                    },
                    .after = 10ms});
  Fleet fleet(the_catalog(), the_ledger(), settings, {}, std::move(chores), {}, nullptr);
  fleet.start_chores();
  EXPECT_TRUE(eventually([&] { return runs_of_chore == 1; }));
  fleet.stop();
  EXPECT_EQ(get(job.id).state, JobState::waiting);
  EXPECT_THAT(runs("a"), SizeIs(0)) << "it plans nothing";
  EXPECT_EQ(fleet.statistics()->worker.places, 0U);
}

TEST_F(FleetTest, ChoresEndWhenTheFleetStops) {
  std::atomic<int> slices = 0;
  Result<void> ended;
  {
    const auto fleet = start({{.name = "long",
                               .every = 1h,
                               .run = [&](const std::stop_token& stop) -> Result<void> {
                                 while (ended) {
                                   ended = the_ledger().write([](ledger::Work&) { return Result<void>{}; }, stop);
                                   ++slices;
                                 }
                                 return ended;
                               },
                               .after = 10ms}});
    EXPECT_TRUE(eventually([&] { return slices > 3; }));
  }
  ASSERT_FALSE(ended) << "it would have gone on for ever";
  EXPECT_EQ(ended.error().code, ErrorCode::cancelled);
}

TEST_F(FleetTest, ChoresAreNotNeededToStop) {
  std::atomic<int> runs_of_chore = 0;
  {
    const auto fleet = start({{.name = "count",
                               .every = 1h,
                               .run = [&](const std::stop_token&) -> Result<void> {
                                 ++runs_of_chore;
                                 return {};
                               },
                               .after = 10h}});
  }
  EXPECT_EQ(runs_of_chore, 0);
}

}  // namespace
}  // namespace assay::fleet

// Properties of the schedule over many apps and days, by simulation: the clock is a number.

#include "fleet/schedule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>

namespace assay::fleet {
namespace {

using namespace std::chrono_literals;
using ledger::ScheduledRun;

constexpr Time kStart{std::chrono::sys_days{std::chrono::year{2026} / 3 / 28}};  // the weekend of summer time, too

ScanSchedule daily() {
  ScanSchedule schedule;
  schedule.catch_up = 120min;
  schedule.jitter = 20min;
  schedule.groups = {{.id = "network", .title = "", .kinds = {"connect"}, .evidence = {"tls"}, .every = 24h},
                     {.id = "weekly", .title = "", .kinds = {"connect"}, .evidence = {"dns"}, .every = 168h},
                     {.id = "release", .title = "", .kinds = {"forge"}, .evidence = {"dns"}, .on_release = true}};
  return schedule;
}

std::string app(int number) {
  return "com.example.app-" + std::to_string(number);
}

// A server with the schedule of `apps` apps in one group, as the fleet keeps it: everything that has a time is in
// `runs_`, and the clock may stand still, jump or step back between runs.
class Simulation {
 public:
  Simulation(int apps, Time now, std::string group = "network") : group_(std::move(group)) {
    for (int i = 0; i < apps; ++i) put({app(i), group_, catch_up_time(cadence(), app(i), group_, now), {}});
  }
  Cadence cadence() const { return cadence_of(schedule_, *schedule_.find(group_)); }

  // A server that is started at `from`, looks at the clock every `step`, and is stopped at `to`.
  void run(Time from, Time to, Duration step = 1min) {
    mend_far_runs(from);
    for (Time now = from; now < to; now += step) {
      const auto due = take(now);
      if (due.empty()) continue;
      auto done = advance(schedule_, due, now);
      for (auto& run : done.runs) put(std::move(run));
      for (const auto& job : done.jobs) made[job.app_key].push_back(now);
    }
  }
  // The largest part of all apps that has a job within one slice of `width`.
  double peak(Duration width) const {
    std::map<Duration::rep, int> slices;
    for (const auto& [key, times] : made)
      for (const auto t : times) ++slices[t.time_since_epoch() / width];
    int most = 0;
    for (const auto& [slice, jobs] : slices) most = std::max(most, jobs);
    return static_cast<double>(most) / static_cast<double>(runs_.size());
  }

  std::map<std::string, std::vector<Time>> made;

 private:
  void put(ScheduledRun run) { runs_.emplace(run.next, std::move(run)); }

  std::vector<ScheduledRun> take(Time now) {
    const auto end = runs_.upper_bound(now);
    std::vector<ScheduledRun> due;
    for (auto at = runs_.begin(); at != end; ++at) due.push_back(at->second);
    runs_.erase(runs_.begin(), end);
    return due;
  }

  void mend_far_runs(Time now) {
    const auto far = runs_.upper_bound(latest_plan(cadence(), now));
    std::vector<ScheduledRun> mended;
    for (auto at = far; at != runs_.end(); ++at) mended.push_back(at->second);
    runs_.erase(far, runs_.end());
    for (auto& run : mended) {
      run.next = slot_after(cadence(), run.app_key, run.group, now);
      put(std::move(run));
    }
  }

  ScanSchedule schedule_ = daily();
  std::string group_;
  std::multimap<Time, ScheduledRun> runs_;  // by their time
};

TEST(Slots, EachPeriodHasExactlyOne) {
  const Cadence cadence{.period = 24h, .jitter = 20min, .catch_up = 2h};
  std::mt19937_64 random(7);
  for (int i = 0; i < 300; ++i) {
    const Time from = kStart + Duration(static_cast<Duration::rep>(random() % 86'400'000));
    int slots = 0;
    Time previous = from;
    for (Time at = slot_after(cadence, app(i), "network", from); at <= from + 100 * 24h;
         at = slot_after(cadence, app(i), "network", at)) {
      ASSERT_GT(at, previous);
      if (slots > 0) {
        EXPECT_GT(at - previous, 24h - 20min);
        EXPECT_LT(at - previous, 24h + 20min);
      }
      previous = at;
      ++slots;
    }
    EXPECT_THAT(slots, ::testing::AnyOf(99, 100, 101));
  }
}

TEST(Slots, AreTheSameEverywhereAndApartForEachGroup) {
  const Cadence cadence{.period = 24h, .jitter = 20min, .catch_up = 2h};
  // Fixed: a change would move every app of every ledger.
  EXPECT_EQ(format_rfc3339(slot_after(cadence, "com.example.charts", "network", kStart)), "2026-03-28T05:24:08.615Z");
  int same = 0;
  for (int i = 0; i < 1000; ++i) {
    const auto apart = slot_after(cadence, app(i), "network", kStart) - slot_after(cadence, app(i), "code", kStart);
    if (std::chrono::abs(apart) < 1min) ++same;
  }
  EXPECT_LT(same, 10);
}

TEST(Slots, TimesBefore1970AreNoSpecialCase) {
  const Cadence cadence{.period = 24h, .jitter = 0ms, .catch_up = 2h};
  const Time before = Time{} - 36h;
  const Time slot = slot_after(cadence, app(1), "network", before);
  EXPECT_GT(slot, before);
  EXPECT_LE(slot, before + 24h);
}

TEST(Schedule, ScansEachAppOnceADayWithoutABurst) {
  Simulation simulation(2000, kStart);
  simulation.run(kStart, kStart + 2h + 1min);
  ASSERT_EQ(simulation.made.size(), 2000U) << "new apps are looked at within the time for catching up";
  EXPECT_LT(simulation.peak(10min), 0.13) << "two hours have twelve slices";
  simulation.run(kStart + 2h + 1min, kStart + 48h);
  simulation.made.clear();
  simulation.run(kStart + 48h, kStart + 288h);
  ASSERT_EQ(simulation.made.size(), 2000U);
  for (const auto& [key, times] : simulation.made) {
    EXPECT_THAT(times.size(), ::testing::AllOf(::testing::Ge(9U), ::testing::Le(11U))) << key;
    for (std::size_t i = 1; i < times.size(); ++i) {
      EXPECT_GT(times[i] - times[i - 1], 23h) << key;
      EXPECT_LT(times[i] - times[i - 1], 25h) << key;
    }
  }
  EXPECT_LT(simulation.peak(10min), 0.02) << "a day has 144 slices: 0.7 % each on average";
}

TEST(Schedule, CatchesUpOnceAfterDaysOfStandingStill) {
  for (const auto days : {1, 3, 30}) {
    Simulation simulation(2000, kStart);
    simulation.run(kStart, kStart + 30h);
    simulation.made.clear();
    const Time up = kStart + 30h + days * 24h;
    simulation.run(up, up + 2h + 1min);
    for (const auto& [key, times] : simulation.made) EXPECT_EQ(times.size(), 1U) << key << " after " << days << " days";
    EXPECT_EQ(simulation.made.size(), 2000U) << days;
    EXPECT_LT(simulation.peak(10min), 0.13) << days;
    // And not again before half a period has passed.
    const auto caught_up = simulation.made;
    simulation.run(up + 2h + 1min, up + 60h);
    for (const auto& [key, times] : simulation.made) {
      ASSERT_GE(times.size(), 2U) << key;
      EXPECT_GT(times[1] - caught_up.at(key)[0], 12h) << key;
      EXPECT_LT(times[1] - caught_up.at(key)[0], 37h) << key;
    }
    EXPECT_LT(simulation.peak(10min), 0.13) << days;
  }
}

TEST(Schedule, AClockThatStepsBackDoesNoHarm) {
  for (const Duration step : {Duration(2h), Duration(26h), Duration(24h * 400)}) {
    Simulation simulation(1000, kStart);
    simulation.run(kStart, kStart + 30h);
    simulation.made.clear();
    const Time back = kStart + 30h - step;
    simulation.run(back, back + 72h, 2min);
    EXPECT_EQ(simulation.made.size(), 1000U) << "some app is not scanned any more";
    for (const auto& [key, times] : simulation.made) {
      EXPECT_LT(times.front() - back, 37h) << key;
      EXPECT_LE(times.size(), 4U) << key;
      for (std::size_t i = 1; i < times.size(); ++i) EXPECT_GT(times[i] - times[i - 1], 11h) << key;
    }
    EXPECT_LT(simulation.peak(10min), 0.05);
  }
}

TEST(Schedule, DropsRunsOfGroupsThatAreNotScannedByTheClock) {
  const auto step = advance(daily(), {{"a", "release", kStart, {}}, {"a", "none", kStart, {}}}, kStart);
  EXPECT_TRUE(step.runs.empty());
  EXPECT_TRUE(step.jobs.empty());
}

TEST(Schedule, AJobNamesItsGroupAndOrigin) {
  const auto step = advance(daily(), {{"a", "weekly", kStart, {}}}, kStart + 1min);
  ASSERT_EQ(step.jobs.size(), 1U);
  EXPECT_EQ(step.jobs[0].app_key, "a");
  EXPECT_EQ(step.jobs[0].group, "weekly");
  EXPECT_EQ(step.jobs[0].origin, JobOrigin::scheduled);
  EXPECT_EQ(step.jobs[0].requested_by, "schedule");
  ASSERT_EQ(step.runs.size(), 1U);
  EXPECT_EQ(step.runs[0].last, kStart + 1min);
  EXPECT_GT(step.runs[0].next, kStart + 84h);
}

}  // namespace
}  // namespace assay::fleet

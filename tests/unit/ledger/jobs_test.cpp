// The queue: what is given to whom, when, and whose results count.

#include "ledger/jobs.h"

#include <soci/soci.h>

#include <atomic>
#include <mutex>
#include <set>
#include <thread>

#include "ledger/pauses.h"
#include "ledger/schedules.h"
#include "unit/ledger/sample.h"

namespace assay::ledger {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

NewJob job_for(const std::string& app, JobOrigin origin = JobOrigin::requested, const std::string& group = "network") {
  return {.app_key = app, .group = group, .origin = origin, .only = {}, .requested_by = "ann@example.com", .ready = {}};
}

class JobsTest : public BothEngines {
 protected:
  void SetUp() override {
    BothEngines::SetUp();
    ledger_ = open();
    ASSERT_TRUE(ledger_);
  }
  void add_app(const std::string& key, const std::string& target = "https://app.example/descriptor.json") {
    App app = sample_app(key);
    app.target = target;
    EXPECT_OK(ledger_->add_app(app));
  }
  void set_state(const std::string& key, const std::string& state) {
    EXPECT_OK(ledger_->write([&](Work& work) -> Result<void> {
      work.sql() << "update apps set state = :state where app_key = :key", soci::use(state), soci::use(key);
      return {};
    }));
  }
  Result<Job> enqueue(NewJob job) {
    return ledger_->write([&](Work& work) { return enqueue_job(work, job); });
  }
  std::vector<ClaimedJob> claim(Claim c = {.worker = "w", .count = 10, .scheduled_at_once = 10, .lease = 60s}) {
    auto taken = ledger_->write([&](Work& work) { return claim_jobs(work, c); });
    EXPECT_TRUE(taken) << taken.error().message();
    return taken ? std::move(*taken) : std::vector<ClaimedJob>{};
  }
  // By app and origin, to say in one line what came in which order.
  std::vector<std::string> claimed(const Claim& c) {
    std::vector<std::string> names;
    for (const auto& taken : claim(c))
      names.push_back(taken.job.app_key + "/" + std::string(to_string(taken.job.origin)));
    return names;
  }
  Result<void> finish(const JobLease& lease) {
    return ledger_->write([&](Work& work) { return finish_job(work, lease, "scan"); });
  }
  std::size_t lapse() {
    return *ledger_->write([](Work& work) { return lapse_leases(work); });
  }
  Job get(const std::string& id) {
    return **ledger_->read([&](Work& work) { return find_job(work, id); });
  }

  std::unique_ptr<Ledger> ledger_;
};
INSTANTIATE_TEST_SUITE_P(Engines, JobsTest, ::testing::Values(kSqlite, kPostgresql), engine_name);

TEST_P(JobsTest, TheSameJobWaitsOnce) {
  add_app("a");
  auto job = job_for("a", JobOrigin::verify);
  job.only = {"hsts", "csp"};
  job.ready = now() + 1h;
  const auto first = enqueue(job);
  ASSERT_TRUE(first) << first.error().message();
  EXPECT_THAT(first->only, ElementsAre("csp", "hsts"));
  EXPECT_EQ(first->ready, *job.ready);
  job.only = {"hsts", "csp", "hsts"};
  job.ready.reset();
  const auto again = enqueue(job);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->id, first->id);
  EXPECT_EQ(get(first->id).ready, again->ready);
  EXPECT_LT(again->ready, first->ready) << "the earlier wish counts";

  const auto other = enqueue(job_for("a", JobOrigin::verify));
  EXPECT_NE(other->id, first->id);
  const auto taken = claim();
  ASSERT_EQ(taken.size(), 1U) << "one job an app";
  EXPECT_EQ(taken[0].kind, "connect");
  EXPECT_EQ(taken[0].target, "https://app.example/descriptor.json");
  EXPECT_NE(enqueue(job)->id, taken[0].job.id) << "one that runs does not stand for one that waits";
}

TEST_P(JobsTest, OnlyActiveAppsGetJobs) {
  EXPECT_EQ(enqueue(job_for("unknown")).error().code, ErrorCode::not_found);
  add_app("a");
  add_app("b");
  const auto waiting = enqueue(job_for("a"));
  ASSERT_TRUE(waiting);
  set_state("a", "paused");
  EXPECT_EQ(enqueue(job_for("a", JobOrigin::verify)).error().code, ErrorCode::conflict);
  EXPECT_THAT(claim(), IsEmpty());
  const auto added = ledger_->write([](Work& work) {
    return enqueue_jobs(work, {job_for("a", JobOrigin::scheduled), job_for("b", JobOrigin::scheduled),
                               job_for("b", JobOrigin::scheduled), job_for("c", JobOrigin::scheduled)});
  });
  ASSERT_TRUE(added) << added.error().message();
  EXPECT_EQ(*added, 1U);
  set_state("a", "active");
  EXPECT_THAT(claim(), SizeIs(2));
  set_state("a", "retired");
  EXPECT_EQ(ledger_->write([](Work& work) { return cancel_jobs_of(work, "a", "the app is retired"); }), 1U);
  EXPECT_EQ(get(waiting->id).state, JobState::cancelled);
  EXPECT_EQ(get(waiting->id).error, "the app is retired");
}

TEST_P(JobsTest, UrgentOnesComeFirstAndScheduledOnesAreCapped) {
  for (const auto* app : {"a", "b", "c", "d", "e", "f"}) add_app(app);
  auto later = job_for("f");
  later.ready = now() + 1h;
  auto first = job_for("a", JobOrigin::scheduled);
  first.ready = now() - 1s;  // jobs of one millisecond come in any order
  for (const auto& job :
       {first, job_for("b", JobOrigin::scheduled), job_for("c", JobOrigin::second_look),
        job_for("d", JobOrigin::verify), job_for("e", JobOrigin::requested), job_for("e", JobOrigin::scheduled), later})
    EXPECT_OK(enqueue(job));
  EXPECT_THAT(claimed({.worker = "w", .count = 2, .scheduled_at_once = 1, .lease = 60s}),
              ElementsAre("e/requested", "d/verify"));
  EXPECT_THAT(claimed({.worker = "w", .count = 9, .scheduled_at_once = 1, .lease = 60s}),
              ElementsAre("c/second-look", "a/scheduled"));
  EXPECT_THAT(claimed({.worker = "w", .count = 9, .scheduled_at_once = 1, .lease = 60s}), IsEmpty());
  EXPECT_THAT(claimed({.worker = "w", .count = 9, .scheduled_at_once = 2, .lease = 60s}), ElementsAre("b/scheduled"));

  const auto counts = *ledger_->read([](Work& work) { return count_jobs(work); });
  EXPECT_EQ(counts.waiting.at(JobOrigin::scheduled), 1U);
  EXPECT_EQ(counts.waiting.at(JobOrigin::requested), 1U);
  EXPECT_EQ(counts.running.at(JobOrigin::scheduled), 2U);
  EXPECT_EQ(counts.running.at(JobOrigin::release), 0U);
  ASSERT_TRUE(counts.oldest_ready.has_value());
  EXPECT_LE(*counts.oldest_ready, now());
}

TEST_P(JobsTest, AClockThatStepsBackKeepsNobodyWaiting) {
  for (const auto* app : {"a", "b", "c"}) add_app(app);
  EXPECT_OK(enqueue(job_for("a")));
  auto later = job_for("b");
  later.ready = now() + 10min;
  EXPECT_OK(enqueue(later));
  EXPECT_OK(enqueue(job_for("c", JobOrigin::verify)));
  ASSERT_THAT(claim({.worker = "dead", .count = 1, .scheduled_at_once = 1, .lease = 60s}), SizeIs(1));
  EXPECT_OK(ledger_->write([](Work& work) -> Result<void> {  // as if all had been before a step of one day
    work.sql() << "update jobs set created_ms = created_ms + 86400000, ready_ms = ready_ms + 86400000, "
                  "lease_ms = case when state = 'running' then lease_ms + 86400000 else 0 end";
    return {};
  }));
  EXPECT_EQ(lapse(), 1U);
  EXPECT_THAT(claim(), SizeIs(3));
  EXPECT_EQ(lapse(), 0U);
}

TEST_P(JobsTest, OnlyTheAttemptThatHoldsAJobEndsIt) {
  add_app("a");
  const auto job = *enqueue(job_for("a"));
  const auto dead = claim({.worker = "dead", .count = 1, .scheduled_at_once = 1, .lease = -1s});
  ASSERT_THAT(dead, SizeIs(1));
  EXPECT_EQ(lapse(), 1U);
  EXPECT_EQ(lapse(), 0U);
  EXPECT_EQ(get(job.id).state, JobState::waiting);
  EXPECT_THAT(get(job.id).error, HasSubstr("worker was lost"));
  EXPECT_EQ(finish({job.id, 1}).error().code, ErrorCode::conflict);
  const auto next = claim();
  ASSERT_THAT(next, SizeIs(1));
  EXPECT_EQ(next[0].job.attempt, 2);
  EXPECT_EQ(finish({job.id, 1}).error().code, ErrorCode::conflict);
  EXPECT_EQ(get(job.id).state, JobState::running);
  EXPECT_OK(finish({job.id, 2}));
  EXPECT_EQ(get(job.id).state, JobState::done);
  EXPECT_EQ(get(job.id).scan_id, "scan");
  EXPECT_FALSE(finish({job.id, 2})) << "nor twice";
  EXPECT_EQ(lapse(), 0U);
}

TEST_P(JobsTest, WhatEndsItsWorkersIsGivenUp) {
  add_app("a");
  const auto job = *enqueue(job_for("a"));
  for (int i = 0; i < kMaxJobAttempts; ++i) {
    ASSERT_THAT(claim({.worker = "w", .count = 1, .scheduled_at_once = 1, .lease = -1s}), SizeIs(1)) << i;
    EXPECT_EQ(lapse(), 1U);
  }
  EXPECT_EQ(get(job.id).state, JobState::failed);
  EXPECT_THAT(get(job.id).error, HasSubstr("given up after 10 attempts"));
}

TEST_P(JobsTest, AWorkerLearnsOfLostLeasesWhenItRenewsThem) {
  for (const auto* app : {"a", "b", "c"}) {
    add_app(app);
    EXPECT_OK(enqueue(job_for(app)));
  }
  const auto taken = claim();
  ASSERT_THAT(taken, SizeIs(3));
  std::vector<JobLease> held;
  for (const auto& t : taken) held.push_back({t.job.id, t.job.attempt});
  const auto cancelled = ledger_->write([&](Work& work) { return cancel_job(work, held[1].job_id, "no need"); });
  ASSERT_TRUE(cancelled);
  EXPECT_EQ(cancelled->state, JobState::cancelled);
  EXPECT_EQ(ledger_->write([&](Work& work) { return cancel_job(work, held[1].job_id, "no need"); }).error().code,
            ErrorCode::conflict);
  EXPECT_EQ(ledger_->write([&](Work& work) { return cancel_job(work, "none", "no need"); }).error().code,
            ErrorCode::not_found);
  held[2].attempt = 7;
  const Time until = Time{std::chrono::floor<std::chrono::milliseconds>(now() + 5min)};
  const auto lost = ledger_->write([&](Work& work) { return renew_leases(work, held, until); });
  ASSERT_TRUE(lost) << lost.error().message();
  EXPECT_THAT(*lost, ElementsAre(held[1], held[2]));
  EXPECT_EQ(get(held[0].job_id).lease, until);
  EXPECT_EQ(finish(held[1]).error().code, ErrorCode::conflict);
}

TEST_P(JobsTest, AJobThatIsHandedBackWaitsAgainUnlessAnotherStandsForIt) {
  add_app("a");
  const auto job = *enqueue(job_for("a"));
  const auto hand_back = [&](JobLease lease) {
    return ledger_->write([&](Work& work) { return hand_back_job(work, lease, "the server stops"); });
  };
  ASSERT_THAT(claim(), SizeIs(1));
  EXPECT_OK(hand_back({job.id, 1}));
  EXPECT_FALSE(hand_back({job.id, 1}));
  EXPECT_EQ(get(job.id).state, JobState::waiting);
  EXPECT_EQ(get(job.id).error, "the server stops");
  ASSERT_THAT(claim(), SizeIs(1));
  const auto other = *enqueue(job_for("a"));
  EXPECT_OK(hand_back({job.id, 2}));
  EXPECT_EQ(get(job.id).state, JobState::cancelled);
  const auto taken = claim();
  ASSERT_THAT(taken, SizeIs(1));
  EXPECT_EQ(taken[0].job.id, other.id);
  EXPECT_OK(ledger_->write([&](Work& work) { return fail_job(work, {other.id, 1}, "the target is no URL"); }));
  EXPECT_EQ(get(other.id).state, JobState::failed);
  const auto list = [&](const std::string& filter) {
    ListQuery query;
    query.filter = filter;
    return ledger_->read([&](Work& work) { return list_jobs(work, query); });
  };
  EXPECT_THAT(list("app:a")->items, SizeIs(2));
  const auto cancelled = list("state:cancelled origin:requested group:network created>-1h");
  ASSERT_TRUE(cancelled) << cancelled.error().message();
  ASSERT_THAT(cancelled->items, SizeIs(1));
  EXPECT_EQ(cancelled->items[0].id, job.id);
  EXPECT_FALSE(list("state:sleeping"));
  const FilterScope other_org{.org_id = "other"};
  EXPECT_EQ(*ledger_->read([&](Work& work) { return find_job(work, job.id, other_org); }) != std::nullopt, false);
}

TEST_P(JobsTest, AHostThatIsPausedIsLeftAlone) {
  add_app("exact", "https://example.com/a.json");
  add_app("below", "https://x.Example.com/b.json");
  add_app("beside", "https://notexample.com/c.json");
  add_app("file", "/srv/descriptor.json");
  for (const auto* app : {"exact", "below", "beside", "file"}) EXPECT_OK(enqueue(job_for(app)));
  const auto add = [&](const std::string& host, Time from, Time until, const std::string& reason = "maintenance") {
    return ledger_->write([&](Work& work) {
      Pause pause;
      pause.host = host;
      pause.reason = reason;
      pause.from = from;
      pause.until = until;
      pause.requested_by = "ann@example.com";
      return add_pause(work, pause);
    });
  };
  EXPECT_FALSE(add("", now(), now() + 1h));
  EXPECT_FALSE(add("example.com", now(), now() - 1h));
  EXPECT_FALSE(add("example.com", now(), now() + 1h, " "));
  EXPECT_TRUE(add("notexample.com", now() + 1h, now() + 2h)) << "not yet";
  const auto pause = add("EXAMPLE.com", Time{}, now() + 1h);
  ASSERT_TRUE(pause) << pause.error().message();
  EXPECT_EQ(pause->host, "example.com");
  EXPECT_TRUE(pause->covers("x.example.com"));
  EXPECT_FALSE(pause->covers("notexample.com"));
  EXPECT_THAT(claimed({.worker = "w", .count = 9, .scheduled_at_once = 9, .lease = 60s}),
              ::testing::UnorderedElementsAre("beside/requested", "file/requested"));
  EXPECT_THAT(*ledger_->read([](Work& work) { return active_pauses(work); }), SizeIs(1));
  const auto end = [&] { return ledger_->write([&](Work& work) { return end_pause(work, pause->id); }); };
  const auto ended = end();
  ASSERT_TRUE(ended) << ended.error().message();
  EXPECT_TRUE(ended->ended.has_value());
  EXPECT_EQ(end().error().code, ErrorCode::conflict);
  EXPECT_EQ(ledger_->write([](Work& work) { return end_pause(work, 99); }).error().code, ErrorCode::not_found);
  EXPECT_THAT(*ledger_->read([](Work& work) { return active_pauses(work); }), IsEmpty());
  EXPECT_THAT(*ledger_->read([](Work& work) { return pauses(work, 9); }), SizeIs(2));
  EXPECT_THAT(claim(), SizeIs(2));
}

// Many workers at once, some of which lose their leases: no job runs twice at once, no app runs two jobs at once, each
// job ends once.
TEST_P(JobsTest, ManyWorkersShareTheQueue) {
  constexpr int kApps = 30;
  std::vector<NewJob> jobs;
  for (int i = 0; i < kApps; ++i) {
    const std::string app = "app" + std::to_string(i);
    add_app(app);
    for (const auto origin : {JobOrigin::requested, JobOrigin::verify, JobOrigin::scheduled})
      jobs.push_back(job_for(app, origin));
  }
  ASSERT_EQ(ledger_->write([&](Work& work) { return enqueue_jobs(work, jobs); }), jobs.size());
  std::mutex mutex;
  std::set<std::string> running;
  std::atomic<std::size_t> done = 0;
  const auto worker = [&](int number) {
    for (int idle = 0; done < jobs.size() && idle < 2000;) {
      const auto taken = claim({.worker = std::to_string(number), .count = 3, .scheduled_at_once = 4, .lease = 60s});
      if (taken.empty()) {
        ++idle;
        std::this_thread::sleep_for(1ms);
      }
      for (const auto& t : taken) {
        const std::scoped_lock lock(mutex);
        EXPECT_TRUE(running.insert(t.job.app_key).second) << t.job.app_key << " runs twice at once";
      }
      for (const auto& t : taken) {
        {
          const std::scoped_lock lock(mutex);
          running.erase(t.job.app_key);
        }
        const JobLease lease{t.job.id, t.job.attempt};
        if (t.job.attempt == 1 && std::hash<std::string>{}(t.job.id) % 4 == 0) {
          EXPECT_OK(ledger_->write([&](Work& work) { return hand_back_job(work, lease, "again"); }));
        } else {
          EXPECT_OK(finish(lease));
          ++done;
        }
      }
    }
  };
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) threads.emplace_back(worker, i);
  }
  EXPECT_EQ(done, jobs.size());
  const auto counts = *ledger_->read([](Work& work) { return count_jobs(work); });
  for (const auto& [origin, number] : counts.waiting) EXPECT_EQ(number, 0U) << to_string(origin);
  for (const auto& [origin, number] : counts.running) EXPECT_EQ(number, 0U) << to_string(origin);
}

TEST_P(JobsTest, SchedulesAreKept) {
  add_app("a");
  add_app("b");
  add_app("c");
  set_state("c", "paused");
  const auto without = [&] {
    return *ledger_->read([](Work& work) { return apps_without_run(work, "network", {"connect", "forge"}, 9); });
  };
  EXPECT_THAT(without(), ElementsAre("a", "b"));
  const auto put = [&](std::vector<ScheduledRun> runs) {
    return ledger_->write([&](Work& work) { return put_runs(work, runs); });
  };
  EXPECT_OK(
      put({{"a", "network", day(3), std::nullopt}, {"b", "network", day(2), day(1)}, {"x", "network", day(1), {}}}));
  EXPECT_THAT(without(), IsEmpty());
  const auto due = [&](Time at) {
    return *ledger_->read([&](Work& work) { return due_runs(work, {"network"}, at, 9); });
  };
  EXPECT_THAT(due(day(1)), IsEmpty());
  ASSERT_THAT(due(day(3)), SizeIs(2));
  EXPECT_EQ(due(day(3))[0].app_key, "b");
  EXPECT_EQ(due(day(3))[0].last, day(1));
  EXPECT_OK(put({{"b", "network", day(9), day(2)}}));
  EXPECT_THAT(due(day(3)), SizeIs(1));
  const auto far = *ledger_->read([](Work& work) { return runs_after(work, "network", day(5), 9); });
  ASSERT_THAT(far, SizeIs(1));
  EXPECT_EQ(far[0].app_key, "b");
  set_state("a", "retired");
  EXPECT_THAT(due(day(3)), IsEmpty());
  EXPECT_OK(put({{"b", "old-group", day(9), day(2)}}));
  const auto stale = [&](const std::vector<GroupKind>& wanted) {
    return *ledger_->read([&](Work& work) { return stale_runs(work, wanted, 9); });
  };
  EXPECT_THAT(stale({{"network", "connect"}, {"old-group", "connect"}}), SizeIs(1)) << "the retired app's";
  EXPECT_THAT(stale({{"network", "forge"}}), SizeIs(3)) << "nor those of another kind";
  const auto unwanted = stale({{"network", "connect"}});
  EXPECT_THAT(unwanted, SizeIs(2));
  EXPECT_OK(ledger_->write([&](Work& work) { return remove_runs(work, unwanted); }));
  EXPECT_THAT(due(day(30)), SizeIs(1));
  EXPECT_THAT(*ledger_->read([](Work& work) { return runs_of(work, "b"); }), SizeIs(1));
}

}  // namespace
}  // namespace assay::ledger

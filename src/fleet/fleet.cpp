#include "fleet/fleet.h"

#include <algorithm>
#include <utility>

#include "fleet/plan.h"
#include "fleet/schedule.h"
#include "ledger/pauses.h"
#include "ledger/schedules.h"

namespace assay::fleet {

namespace {

using std::chrono::steady_clock;

constexpr int kBatch = 500;  // rows of one transaction

}  // namespace

Fleet::Fleet(const catalog::Catalog& catalog, ledger::Ledger& ledger, FleetSettings settings, FollowUp follow_up,
             std::vector<Chore> chores, LogHook log, const net::RequestSigner* signer)
    : catalog_(catalog),
      ledger_(ledger),
      settings_(std::move(settings)),
      chores_(std::move(chores)),
      log_(log),
      worker_(catalog, ledger, events_, settings_.worker, std::move(follow_up), std::move(log), signer) {}

Fleet::~Fleet() {
  stop();
}

Result<void> Fleet::start() {
  sweep();
  tick();
  if (auto started = worker_.start(); !started) return started;
  timekeeper_ = std::jthread([this] { keep_time(); });
  start_chores();
  return {};
}

void Fleet::start_chores() {
  housekeeper_ = std::jthread([this] { do_chores(); });
}

void Fleet::stop() {
  stopping_.request_stop();
  {
    const std::scoped_lock lock(mutex_);
    changed_.notify_all();
  }
  for (auto* thread : {&timekeeper_, &housekeeper_})
    if (thread->joinable()) thread->join();
  worker_.stop(settings_.grace);
}

void Fleet::wake() {
  {
    const std::scoped_lock lock(mutex_);
    woken_ = true;
    changed_.notify_all();
  }
  worker_.wake();
}

Result<FleetStatistics> Fleet::statistics() {
  auto jobs = ledger_.read([](ledger::Work& work) { return ledger::count_jobs(work); });
  if (!jobs) return std::unexpected(jobs.error());
  FleetStatistics all;
  all.worker = worker_.statistics();
  all.jobs = std::move(*jobs);
  all.subscribers = events_.subscribers();
  const std::scoped_lock lock(mutex_);
  all.scheduled = scheduled_;
  all.lapsed = lapsed_;
  return all;
}

void Fleet::keep_time() {
  auto next_sweep = steady_clock::now() + settings_.sweep;
  while (wait_until(steady_clock::now() + settings_.tick)) {
    if (steady_clock::now() >= next_sweep) {
      sweep();
      next_sweep = steady_clock::now() + settings_.sweep;
    }
    tick();
  }
}

void Fleet::do_chores() {
  std::vector<steady_clock::time_point> next;
  next.reserve(chores_.size());
  for (const auto& chore : chores_) next.push_back(steady_clock::now() + chore.after);
  while (true) {
    const auto soonest = std::ranges::min_element(next);
    const auto at = soonest == next.end() ? steady_clock::now() + std::chrono::hours(1) : *soonest;
    {
      std::unique_lock lock(mutex_);
      if (changed_.wait_until(lock, at, [this] { return stopping_.stop_requested(); })) return;
    }
    for (std::size_t i = 0; i < chores_.size(); ++i) {
      if (next[i] > steady_clock::now()) continue;
      check(chores_[i].name, chores_[i].run(stopping_.get_token()));
      next[i] = steady_clock::now() + chores_[i].every;
    }
  }
}

void Fleet::tick() {
  worker_.renew();
  auto pauses = ledger_.read([](ledger::Work& work) { return ledger::active_pauses(work); });
  check("pauses", pauses ? Result<void>{} : std::unexpected(pauses.error()));
  if (pauses) worker_.hold(std::move(*pauses));  // otherwise those known so far hold, each until its end
  const auto lapsed = ledger_.write([](ledger::Work& work) { return ledger::lapse_leases(work); });
  check("leases", lapsed ? Result<void>{} : std::unexpected(lapsed.error()));
  std::size_t made = 0;
  while (true) {
    const auto batch = make_due_jobs();
    check("schedule", batch ? Result<void>{} : std::unexpected(batch.error()));
    if (!batch) break;
    made += *batch;
    if (*batch < kBatch) break;
  }
  if (made > 0 || (lapsed && *lapsed > 0)) worker_.wake();
  const std::scoped_lock lock(mutex_);
  if (lapsed) lapsed_ += *lapsed;
}

// Gives how many runs were due, whether they gave jobs or are caught up later.
Result<std::size_t> Fleet::make_due_jobs() {
  std::vector<std::string> groups;
  for (const auto& group : catalog_.schedule().groups)
    if (group.every > std::chrono::hours::zero()) groups.push_back(group.id);
  std::size_t jobs = 0;
  auto due = ledger_.write(
      [&](ledger::Work& work) -> Result<std::size_t> {
        const auto runs = ledger::due_runs(work, groups, work.now(), kBatch);
        if (!runs) return std::unexpected(runs.error());
        auto step = advance(catalog_.schedule(), *runs, work.now());
        if (auto stored = ledger::put_runs(work, step.runs); !stored) return std::unexpected(stored.error());
        const auto added = ledger::enqueue_jobs(work, std::move(step.jobs));
        if (!added) return added;
        jobs = *added;
        return runs->size();
      },
      stopping_.get_token());
  const std::scoped_lock lock(mutex_);
  if (due) scheduled_ += jobs;
  return due;
}

void Fleet::sweep() {
  check("schedule", drop_stale_runs());
  for (const auto& group : catalog_.schedule().groups) {
    if (group.every == std::chrono::hours::zero()) continue;
    check("schedule", plan_new_apps(group));
    check("schedule", mend_far_runs(group));
  }
}

Result<void> Fleet::drop_stale_runs() {
  std::vector<ledger::GroupKind> wanted;
  for (const auto& group : catalog_.schedule().groups) {
    if (group.every == std::chrono::hours::zero()) continue;
    for (auto& kind : scanned_kinds(catalog_, group)) wanted.push_back({group.id, std::move(kind)});
  }
  while (true) {
    const auto stale = ledger_.read([&](ledger::Work& work) { return ledger::stale_runs(work, wanted, kBatch); },
                                    stopping_.get_token());
    if (!stale) return std::unexpected(stale.error());
    if (stale->empty()) return {};
    const auto removed =
        ledger_.write([&](ledger::Work& work) { return ledger::remove_runs(work, *stale); }, stopping_.get_token());
    if (!removed) return removed;
  }
}

Result<void> Fleet::plan_new_apps(const ScanGroup& group) {
  const auto kinds = scanned_kinds(catalog_, group);
  const auto cadence = cadence_of(catalog_.schedule(), group);
  if (kinds.empty()) return {};
  while (true) {
    const auto planned = ledger_.write(
        [&](ledger::Work& work) -> Result<std::size_t> {
          const auto apps = ledger::apps_without_run(work, group.id, kinds, kBatch);
          if (!apps) return std::unexpected(apps.error());
          std::vector<ledger::ScheduledRun> runs;
          for (const auto& app : *apps)
            runs.push_back({app, group.id, catch_up_time(cadence, app, group.id, work.now()), std::nullopt});
          if (auto stored = ledger::put_runs(work, runs); !stored) return std::unexpected(stored.error());
          return apps->size();
        },
        stopping_.get_token());
    if (!planned) return std::unexpected(planned.error());
    if (*planned < kBatch) return {};
  }
}

Result<void> Fleet::mend_far_runs(const ScanGroup& group) {
  const auto cadence = cadence_of(catalog_.schedule(), group);
  while (true) {
    const auto mended = ledger_.write(
        [&](ledger::Work& work) -> Result<std::size_t> {
          auto runs = ledger::runs_after(work, group.id, latest_plan(cadence, work.now()), kBatch);
          if (!runs) return std::unexpected(runs.error());
          for (auto& run : *runs) run.next = slot_after(cadence, run.app_key, group.id, work.now());
          if (auto stored = ledger::put_runs(work, *runs); !stored) return std::unexpected(stored.error());
          return runs->size();
        },
        stopping_.get_token());
    if (!mended) return std::unexpected(mended.error());
    if (*mended < kBatch) return {};
  }
}

bool Fleet::wait_until(steady_clock::time_point at) {
  std::unique_lock lock(mutex_);
  changed_.wait_until(lock, at, [this] { return stopping_.stop_requested() || woken_; });
  woken_ = false;
  return !stopping_.stop_requested();
}

void Fleet::check(std::string_view what, const Result<void>& result) const {
  if (result || !log_ || stopping_.stop_requested()) return;  // whoever stops has asked for errors
  log_(LogLevel::error, "fleet.chore-failed", {{"chore", what}, {"error", result.error().message()}});
}

}  // namespace assay::fleet

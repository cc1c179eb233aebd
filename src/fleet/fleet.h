#pragma once

// The fleet of one process: makes jobs when their time has come, scans them, and sweeps up after workers that were
// lost. Several processes may run one on the same PostgreSQL ledger. docs/scheduling.md.

#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "fleet/events.h"
#include "fleet/log.h"
#include "fleet/worker.h"

namespace assay::fleet {

// Something to be done again and again beside the scans: reminders, retention. Runs on a thread that all chores share,
// first `after` the start; an error is logged and it is tried again next time. It hands the token that it is given to
// every call of the ledger, so that a fleet that stops does not wait for it.
struct Chore {
  std::string name;
  Duration every{};
  std::function<Result<void>(const std::stop_token&)> run;
  Duration after = std::chrono::seconds(20);  // the start, so that it does not hold that up
};

struct FleetSettings {
  WorkerSettings worker;
  Duration tick = std::chrono::seconds(5);    // between looks at the schedule and the pauses
  Duration sweep = std::chrono::seconds(60);  // between looks for apps that came, went or stand too far ahead
  Duration grace = std::chrono::seconds(10);  // that scans in flight get when the fleet stops
};

struct FleetStatistics {
  WorkerStatistics worker;
  ledger::JobCounts jobs;
  std::uint64_t scheduled = 0;  // jobs that the schedule has made
  std::uint64_t lapsed = 0;     // leases that ended because their worker was lost
  std::size_t subscribers = 0;  // of events
};

class Fleet {
 public:
  // The references must outlive the fleet; `signer` may be null, `follow_up` and `log` empty.
  Fleet(const catalog::Catalog& catalog, ledger::Ledger& ledger, FleetSettings settings, FollowUp follow_up,
        std::vector<Chore> chores, LogHook log, const net::RequestSigner* signer);
  ~Fleet();  // stops
  Fleet(const Fleet&) = delete;
  Fleet& operator=(const Fleet&) = delete;

  // Errors: those of Worker::start(). Once only.
  Result<void> start();
  // Instead of start(): no schedule and no scans, only what must be done beside a fleet of another process too.
  void start_chores();
  // Ends within about FleetSettings::grace: scans that did not end by then are handed back. Idempotent.
  void stop();

  // A job or a pause was written to the ledger: look at once.
  void wake();

  Events& events() { return events_; }

  // Reads the ledger. Thread-safe.
  Result<FleetStatistics> statistics();

 private:
  void keep_time();  // thread
  void do_chores();  // thread
  void tick();
  void sweep();
  Result<std::size_t> make_due_jobs();
  Result<void> drop_stale_runs();
  Result<void> plan_new_apps(const ScanGroup& group);
  Result<void> mend_far_runs(const ScanGroup& group);
  bool wait_until(std::chrono::steady_clock::time_point at);  // false when the fleet stops
  void check(std::string_view what, const Result<void>& result) const;

  const catalog::Catalog& catalog_;
  ledger::Ledger& ledger_;
  const FleetSettings settings_;
  const std::vector<Chore> chores_;
  LogHook log_;
  Events events_;
  Worker worker_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::stop_source stopping_;
  bool woken_ = false;
  std::uint64_t scheduled_ = 0, lapsed_ = 0;
  std::jthread timekeeper_, housekeeper_;
};

}  // namespace assay::fleet

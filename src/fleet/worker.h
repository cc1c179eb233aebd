#pragma once

// Makes the scans of jobs, as long as the process lives: takes jobs from the ledger as there is room, keeps their
// leases while it scans, records what came out. docs/scheduling.md.
//
// Three kinds of threads: the network threads of scan::Runner, one that claims and renews (so that no scan can forget
// to), one that records (so that no loop waits for a disk).

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "fleet/events.h"
#include "fleet/figures.h"
#include "fleet/footprints.h"
#include "fleet/log.h"
#include "fleet/recorder.h"
#include "fleet/scan_logs.h"
#include "ledger/jobs.h"
#include "net/held_hosts.h"
#include "net/request_log.h"
#include "net/request_signer.h"
#include "scan/runner.h"

namespace assay::fleet {

struct WorkerSettings {
  scan::Settings scan;
  std::string name;                                    // shown with jobs, e.g. the machine's name
  int jobs_at_once = 32;                               // taken and not yet recorded
  bool files = false;                                  // whether targets may be files of this machine
  Duration lease = std::chrono::seconds(60);           // renewed three times as often
  Duration poll = std::chrono::seconds(1);             // between looks for work while there is room
  Duration retry_recording = std::chrono::seconds(2);  // after a ledger that failed; five times, ever longer
};

// Counts since the start.
struct WorkerStatistics {
  std::uint64_t done = 0, failed = 0;  // scans that were recorded, jobs that could not be scanned
  std::uint64_t lost = 0;              // scans that were dropped because their job was cancelled or taken back
  std::uint64_t handed_back = 0;
  std::uint64_t degraded = 0;        // scans that saw much less than the one before
  std::uint64_t record_retries = 0;  // times that a ledger which failed was asked again to record a scan
  std::uint64_t requests = 0;        // HTTP requests and TLS connections of all scans
  std::size_t in_flight = 0;         // now
  std::size_t places = 0;            // the most that may be in flight; 0 before start()
  ByOrigin done_by, failed_by;       // the two above by the job's origin
  Durations scan_times;              // of recorded scans
  Durations lateness;                // of jobs that were taken: since they became ready
};

class Worker {
 public:
  // The references must outlive the worker; `signer` may be null, `follow_up` and `log` empty.
  Worker(const catalog::Catalog& catalog, ledger::Ledger& ledger, Events& events, WorkerSettings settings,
         FollowUp follow_up, LogHook log, const net::RequestSigner* signer);
  // stop() without grace.
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Errors: those of scan::Runner::start(). Once only.
  Result<void> start();

  // Takes no more jobs, lets those in flight end for `grace`, then interrupts them and hands their jobs back: another
  // worker takes them at once. Idempotent; blocks until all threads have ended.
  void stop(Duration grace);

  // Looks for work now instead of at the next poll. Thread-safe.
  void wake();

  // Hosts that scans leave alone from now on, those under way too; replaces the ones before. Thread-safe.
  void hold(std::vector<Pause> pauses) { held_->replace(std::move(pauses)); }

  // Renews the leases of everything in flight now: before leases are lapsed, because a clock that jumped must not lapse
  // those of a worker that lives. Thread-safe.
  void renew();

  WorkerStatistics statistics() const;

 private:
  struct InFlight {
    ledger::ClaimedJob claimed;
    std::uint64_t number = 0;  // of the runner
    Deadline started;
    bool lost = false;
  };
  struct Outcome {
    std::string job_id;
    scan::ScanOutcome outcome;
  };

  struct Finished {
    InFlight job;
    scan::ScanOutcome outcome;
    std::string requests;  // its request log
  };

  void claim_and_renew();  // thread
  void claim();
  void begin(ledger::ClaimedJob claimed);
  void record_outcomes();                  // thread
  bool settle_unrecorded(Finished& scan);  // true when there is nothing to record of it
  void record(std::vector<Finished*> scans);
  void tell_recorded(const Finished& scan, const std::vector<ChangedFinding>& changed);
  void tell_refused(const Finished& scan, const Error& error);
  void fail(const Job& job, const std::string& org_id, const Error& error);
  void hand_back(const InFlight& job);
  bool is_idle() const { return in_flight_.empty() && !claim_under_way_; }
  bool pause(Duration time);  // false when the worker stops for good meanwhile
  std::function<void(const scan::ScanStep&)> progress_of(const ledger::ClaimedJob& claimed);
  Event event_of(const Job& job, const std::string& org_id, JobState state) const;
  void log(LogLevel level, std::string_view type, Json fields) const;

  const catalog::Catalog& catalog_;
  ledger::Ledger& ledger_;
  Events& events_;
  WorkerSettings settings_;
  LogHook log_;
  Recorder recorder_;
  Footprints footprints_;
  ScanLogs scan_logs_;
  net::RequestLog request_log_;
  std::shared_ptr<net::HeldHosts> held_ = std::make_shared<net::HeldHosts>();
  std::unique_ptr<scan::Runner> runner_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, InFlight> in_flight_;  // by job
  std::deque<Outcome> outcomes_;
  bool woken_ = false;
  bool claiming_ = true;  // false: takes no more jobs
  bool claim_under_way_ = false;
  bool interrupted_ = false;  // what is incomplete from now on is handed back
  bool ending_ = false;       // the threads end
  WorkerStatistics counts_;
  std::jthread claimer_, recorder_thread_;
};

}  // namespace assay::fleet

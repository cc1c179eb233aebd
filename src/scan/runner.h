#pragma once

// Runs many scans side by side: one loop, gate and TLS context a thread; targets of one registrable domain on one
// thread, so that limits per host need no lock. Either one list of targets with run(), or start(), scans as they come
// with submit(), and finish().

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "net/request_log.h"
#include "net/request_signer.h"
#include "scan/scan.h"

namespace assay::scan {

class Runner {
 public:
  // All references must outlive the runner; `signer` may be null.
  Runner(const catalog::Catalog& catalog, Settings settings, net::RequestLog& log, const net::RequestSigner* signer);
  // Cancels what still runs.
  ~Runner();
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  // Scans every target and blocks until all have ended. `done(index, outcome)` is called once a target, from the
  // network threads but never twice at the same time. Errors: the resolver cannot be set up.
  Result<void> run(const std::vector<Target>& targets, const std::function<void(std::size_t, ScanOutcome)>& done);

  // Starts Settings::threads network threads, which wait for work until finish(). Errors: as run(). Once only.
  Result<void> start();

  // Hands a scan over to the thread that serves its target's host, where it waits while Settings::scans_at_once run.
  // `done` is called once, on that thread, which waits for it: it should only pass the outcome on. Gives a number for
  // stop_scan(). Between start() and finish(); thread-safe.
  std::uint64_t submit(Order order, std::function<void(ScanOutcome)> done);

  // Ends one scan early, see ScanStop; one that waits ends without evidence. Nothing when it has ended. Thread-safe.
  void stop_scan(std::uint64_t number, const std::string& why);

  // Waits until every scan that was handed over has ended, and ends the threads.
  void finish();

  // Ends run(), or lets finish() end, within about a second: scans in flight keep their evidence and are marked
  // incomplete, those not begun are reported as incomplete without evidence. Thread-safe.
  void cancel();

  const Progress& progress() const { return progress_; }

 private:
  struct Thread;
  Result<void> start(std::size_t count);

  const catalog::Catalog& catalog_;
  Settings settings_;
  net::RequestLog& log_;
  const net::RequestSigner* signer_;
  SecretSearch secrets_;
  Progress progress_;
  std::mutex mutex_;  // guards threads_, which changes in start() and finish() only, against other threads
  std::vector<std::unique_ptr<Thread>> threads_;
  std::atomic<std::uint64_t> submitted_ = 0;
  std::atomic<bool> cancelled_ = false;
};

}  // namespace assay::scan

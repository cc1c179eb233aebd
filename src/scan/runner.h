#pragma once

// Runs many scans side by side: one loop, gate and TLS context a thread; targets of one registrable domain on one
// thread, so that limits per host need no lock.

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "net/request_log.h"
#include "net/request_signer.h"
#include "scan/scan.h"

namespace assay::scan {

class Runner {
 public:
  // All references must outlive the runner; `signer` may be null.
  Runner(const catalog::Catalog& catalog, Settings settings, net::RequestLog& log, const net::RequestSigner* signer);
  ~Runner();

  // Scans every target and blocks until all have ended. `done(index, outcome)` is called once a target, from the worker
  // threads but never twice at the same time. Errors: the resolver cannot be set up.
  Result<void> run(const std::vector<Target>& targets, const std::function<void(std::size_t, ScanOutcome)>& done);

  // Ends run() within about a second: scans in flight keep their evidence and are marked incomplete, targets not begun
  // are reported as incomplete without evidence. Thread-safe.
  void cancel();

  const Progress& progress() const { return progress_; }

 private:
  struct Thread;

  const catalog::Catalog& catalog_;
  Settings settings_;
  net::RequestLog& log_;
  const net::RequestSigner* signer_;
  Progress progress_;
  std::mutex mutex_;  // guards threads_ against cancel()
  std::vector<std::unique_ptr<Thread>> threads_;
  std::atomic<bool> cancelled_ = false;
};

}  // namespace assay::scan

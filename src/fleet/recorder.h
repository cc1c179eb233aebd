#pragma once

// Records what a job's scan saw, in one transaction: the scan, its request log, the end of the job, and what follows.

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "catalog/catalog.h"
#include "ledger/jobs.h"
#include "ledger/ledger.h"
#include "model/scan_record.h"

namespace assay::fleet {

// What the caller adds to RecordOptions::follow_up: tickets.
using FollowUp = std::function<Result<void>(ledger::Work&, const ScanRecord&, const ledger::ScanEffect&)>;

// A finding whose state the scan changed.
struct ChangedFinding {
  std::string fingerprint;
  ledger::FindingStatus status = ledger::FindingStatus::open;
};

class Recorder {
 public:
  // The references must outlive the recorder.
  Recorder(const catalog::Catalog& catalog, ledger::Ledger& ledger, FollowUp follow_up)
      : catalog_(catalog), ledger_(ledger), follow_up_(std::move(follow_up)) {}

  struct Recording {
    ScanRecord& record;
    const Job& job;
    const std::string& request_log;
  };

  // Of each, in their order, what record() gives; in one transaction when nothing is wrong with any
  // (Ledger::record_scans()). Thread-safe.
  std::vector<Result<std::vector<ChangedFinding>>> record_all(std::span<const Recording> scans) const;

  // Looks are counted by the catalogue's policy. Undecided findings get a second-look job of their requirements, a
  // release that was not seen before a job of each group that is scanned on releases, unless this scan was it. Errors:
  // conflict when the attempt has lost the job: nothing is recorded then; those of Ledger::record_scan(). Thread-safe.
  Result<std::vector<ChangedFinding>> record(ScanRecord& record, const Job& job, const std::string& request_log) const;

 private:
  Result<void> enqueue_what_follows(ledger::Work& work, const ScanRecord& record, const Job& job,
                                    const ledger::ScanEffect& effect) const;
  ledger::LooksNeeded looks_for(std::string_view requirement) const;

  const catalog::Catalog& catalog_;
  ledger::Ledger& ledger_;
  FollowUp follow_up_;
};

}  // namespace assay::fleet

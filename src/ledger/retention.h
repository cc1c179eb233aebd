#pragma once

// What is kept how long (docs/platform.md), and deleting what is not.

#include <cstdint>
#include <map>
#include <string>

#include "base/error.h"
#include "ledger/ledger.h"

namespace assay::ledger {

inline constexpr int kMinAuditDays = 90;

// In days.
struct RetentionPolicy {
  int evidence = 90;  // bodies
  int requests = 90;  // request logs
  int scans = 180;    // that saw no finding and are no app's latest look at anything
  int notices = 90;   // that were taken or given up
  int jobs = 30;      // that ended
  int audit = 400;    // never under kMinAuditDays
};

// Rows that went, by kind: "evidence", "requests", "scans", "notices", "jobs", "audit".
using Pruned = std::map<std::string, std::int64_t>;

// Deletes what is older than the policy says, in transactions of at most `batch` rows each, so that no writer waits
// long. May be stopped and called again. invalid_input when the policy is not allowed.
Result<Pruned> prune(Ledger& ledger, const RetentionPolicy& policy, int batch = 1000);

}  // namespace assay::ledger

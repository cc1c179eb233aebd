#pragma once

// Deleting what is no longer kept (docs/platform.md, "What is kept how long").

#include <cstdint>
#include <map>
#include <stop_token>

#include "base/error.h"
#include "ledger/ledger.h"
#include "model/policy.h"

namespace assay::ledger {

inline constexpr int kMinAuditDays = 90;

// Rows that went, by kind.
using Pruned = std::map<Retained, std::int64_t>;

// Deletes what is older than `days` of its kind, in transactions of at most `batch` rows each, so that no writer waits
// long: evidence loses its body and keeps its record; clean scans are those that saw no finding and are no app's latest
// look at anything; notices and jobs are those that ended. A kind that is not in `days` is kept. May be interrupted and
// called again. Ends by refreshing the planner's statistics (ledger/statistics.h). invalid_input when `days` holds less
// than one day, or less than kMinAuditDays for the audit log; cancelled when `stop` was asked for, between two
// transactions or in the midst of one.
Result<Pruned> prune(Ledger& ledger, const std::map<Retained, int>& days, int batch = 1000,
                     const std::stop_token& stop = {});

}  // namespace assay::ledger

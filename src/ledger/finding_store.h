#pragma once

// The statements over findings and occurrences that recording a scan takes. Each throws what SOCI throws.

#include <soci/soci.h>

#include <span>
#include <string>
#include <vector>

#include "ledger/dialect.h"
#include "ledger/new_scan.h"

namespace assay::ledger {

// The columns of a finding's row in the order of FindingRow::bind; the table's alias is f.
inline constexpr std::string_view kFindingRow =
    "f.state, f.first_seen_ms, f.last_seen_ms, coalesce(f.opened_ms, -1), coalesce(f.closed_ms, -1), f.look_ms, "
    "f.reopened, f.fails_in_row, f.passes_in_row, f.body";

// The variables that one row is read into.
struct FindingRow {
  std::string state, body;
  long long first_seen = 0, last_seen = 0, opened = 0, closed = 0, look = 0, reopened = 0, fails = 0, passes = 0;

  void bind(soci::statement& statement);
  Result<KnownFinding> take() const;
};

Result<std::vector<KnownFinding>> select_findings(soci::session& sql, const std::string& app_key);
// Fills what is known of each scan's app.
Result<void> select_known(soci::session& sql, const Dialect& dialect, NewScans scans);
// The findings that changed, and which ones the scans saw.
void write_findings(soci::session& sql, const Dialect& dialect, std::span<const NewScan> scans);

}  // namespace assay::ledger

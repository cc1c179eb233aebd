#pragma once

// The statements over scans and verdicts. Each function does one thing in the caller's transaction and
// throws what SOCI throws; Database turns that into errors.

#include <soci/soci.h>

#include <optional>
#include <vector>

#include "ledger/compare.h"
#include "ledger/dialect.h"
#include "ledger/ledger.h"

namespace assay::ledger {

std::vector<ScanSummary> select_scans(soci::session& sql, const std::string& app_key, int limit);
// Everything but the evidence.
Result<ScanRecord> select_scan(soci::session& sql, const std::string& scan_id);
// What came out when this very scan was recorded before; nullopt when it was not. Error when the id is another app's
// scan.
Result<std::optional<Comparison>> select_comparison(soci::session& sql, const ScanRecord& record);
// The scan and its verdicts.
void insert_scan(soci::session& sql, const Dialect& dialect, const ScanRecord& record, const Comparison& comparison);

}  // namespace assay::ledger

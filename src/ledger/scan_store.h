#pragma once

// The statements over scans and verdicts. Each function does one thing in the caller's transaction and
// throws what SOCI throws; Database turns that into errors.

#include <soci/soci.h>

#include <map>
#include <span>
#include <string>
#include <vector>

#include "ledger/compare.h"
#include "ledger/dialect.h"
#include "ledger/ledger.h"
#include "ledger/new_scan.h"

namespace assay::ledger {

std::vector<ScanSummary> select_scans(soci::session& sql, const std::string& app_key, int limit);
// Everything but the evidence.
Result<ScanRecord> select_scan(soci::session& sql, const std::string& scan_id);
// What came out of those of the scans that were recorded before, by their ids as the ledger has them. Error when an id
// is another app's scan.
Result<std::map<std::string, Comparison>> select_comparisons(soci::session& sql, const Dialect& dialect,
                                                             std::span<const ScanRecord* const> records);
// The scans and their verdicts.
void insert_scans(soci::session& sql, const Dialect& dialect, std::span<const NewScan> scans);

}  // namespace assay::ledger

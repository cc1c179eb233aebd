#pragma once

// The statements over apps, scans, verdicts and findings. Each function does one thing in the caller's transaction and
// throws what SOCI throws; Database turns that into errors.

#include <soci/soci.h>

#include <optional>
#include <vector>

#include "ledger/compare.h"
#include "ledger/dialect.h"
#include "ledger/ledger.h"

namespace assay::ledger {

void insert_app(soci::session& sql, const App& app);  // nothing when the key is known
void update_app(soci::session& sql, const App& app);  // name, kind and owner
void delete_app(soci::session& sql, const std::string& key);
// Serialises the writers of one app until the transaction ends.
void lock_app(soci::session& sql, const Dialect& dialect, const std::string& key);
std::optional<App> select_app(soci::session& sql, const std::string& key);
std::vector<App> select_apps(soci::session& sql);

std::vector<ScanSummary> select_scans(soci::session& sql, const std::string& app_key, int limit);
// Everything but the evidence.
Result<ScanRecord> select_scan(soci::session& sql, const std::string& scan_id);
// What came out when this very scan was recorded before; nullopt when it was not. Error when the id is another app's
// scan.
Result<std::optional<Comparison>> select_comparison(soci::session& sql, const ScanRecord& record);
// The scan and its verdicts.
void insert_scan(soci::session& sql, const Dialect& dialect, const ScanRecord& record, const Comparison& comparison);

Result<std::vector<FindingState>> select_findings(soci::session& sql, const std::string& app_key);
Result<Known> select_known(soci::session& sql, const Dialect& dialect, const ScanRecord& record);
void write_findings(soci::session& sql, const Dialect& dialect, const ScanRecord& record, const Changes& changes);

}  // namespace assay::ledger

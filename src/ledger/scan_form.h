#pragma once

// The JSON in which the ledger keeps those parts of a scan that have no columns of their own.

#include "base/json.h"
#include "ledger/compare.h"
#include "model/scan_record.h"

namespace assay::ledger {

// release, profiles, incomplete_reason, allowed_networks, notes, not_verified, statistics, standing, fixed,
// gone, ignored.
Json scan_to_json(const ScanRecord& record, const Comparison& comparison);

// Fills the same parts of `record`.
Result<void> scan_from_json(const Json& j, ScanRecord& record);

}  // namespace assay::ledger

#pragma once

// Judges stored evidence again: old evidence, today's rules, no traffic.

#include "catalog/catalog.h"
#include "model/scan_record.h"

namespace assay::scan {

struct ReplaySettings {
  std::vector<std::string> profiles;  // empty: those that the scan was made with
  std::vector<std::string> only, skip;
};

// Fills verdicts and not_verified of `record` from its evidence.
Result<void> replay(ScanRecord& record, const catalog::Catalog& catalog, const ReplaySettings& settings);

}  // namespace assay::scan

#pragma once

// A baseline: an earlier JSON report ("assay-report/1") that a scan is compared with when there is no ledger.

#include <map>
#include <string>
#include <vector>

#include "base/error.h"
#include "model/scan_record.h"

namespace assay::scan {

// App key → findings of the report. Errors name the file and what is wrong with it.
using Baseline = std::map<std::string, std::vector<Finding>>;
Result<Baseline> read_baseline(const std::string& path);

// Fills record.compared, standing, fixed and gone: a finding of the baseline counts as fixed only when its requirement
// and subject now have the verdict `pass`, and as gone when the app no longer names its subject (own_subjects).
void compare_with_baseline(ScanRecord& record, const Baseline& baseline);

}  // namespace assay::scan

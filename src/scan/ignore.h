#pragma once

// .assayignore: accepted findings, each with a reason and an end. YAML:
//   - fingerprint: fp1-…            # or requirement (and optionally subject, with * as wildcard)
//     reason: why it is accepted
//     expires: 2027-01-31

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "model/scan_record.h"

namespace assay::scan {

struct IgnoreEntry {
  std::string fingerprint;           // or
  std::string requirement, subject;  // subject may hold '*'; empty means any
  std::string reason;
  Time expires{};  // the end of that day, UTC
  int line = 0;
};

// Errors name file and line: not a list, no reason, no expiry date, nothing to match, unknown keys, expiry more than
// two years away.
Result<std::vector<IgnoreEntry>> read_ignore_file(const std::string& path, Time today);

// Fills record.ignored for findings that an entry matches and that has not expired; returns a warning for each entry
// that has expired and would match.
std::vector<std::string> apply_ignores(ScanRecord& record, const std::vector<IgnoreEntry>& entries, Time today);

}  // namespace assay::scan

#pragma once

// .assayignore: accepted findings, each with a reason and an end. YAML:
//   - fingerprint: fp1-…            # or requirement (and optionally subject, with * as wildcard)
//     reason: why it is accepted
//     expires: 2027-01-31

#include <string>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "model/scan_record.h"
#include "scan/target.h"

namespace assay::scan {

struct IgnoreEntry {
  std::string fingerprint;           // or
  std::string requirement, subject;  // subject may hold '*'; empty means any
  std::string reason;
  Time expires{};     // the end of that day, UTC
  std::string place;  // FILE:LINE
};

// What is accepted in the scans of one run, nearest first: what the source itself brings along, then what counts for
// all of them.
struct Ignores {
  std::vector<std::vector<IgnoreEntry>> own;  // by target; may be shorter than the list of targets
  std::vector<IgnoreEntry> all;
};

// Where entries are looked for.
struct IgnoreFiles {
  std::string given;     // this one alone; "": .assayignore of the working directory, and
  bool heed_own = true;  // those at the top of each directory, and of the work tree whose index is searched
};

// Errors name file and line: not a list, no reason, no expiry date, nothing to match, unknown keys, expiry more than
// two years away, more than 1 MiB.
Result<std::vector<IgnoreEntry>> read_ignore_file(const std::string& path, Time today);

// All files that count for `targets`, which need not be there. Errors: as read_ignore_file(); one that was found is no
// regular file, or is a symbolic link at the top of what is scanned.
Result<Ignores> read_ignores(const IgnoreFiles& files, const std::vector<Target>& targets, Time today);

// Fills record.ignored for the findings of the scan of target number `index` that an entry matches which has not
// expired. An entry of any file will do; the reason is that of the nearest one. Returns a warning for each entry that
// has expired, where no other one matches.
std::vector<std::string> apply_ignores(ScanRecord& record, const Ignores& ignores, std::size_t index, Time today);

}  // namespace assay::scan

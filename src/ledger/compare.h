#pragma once

// How the findings of one scan change what is known of an app. Pure: no store, no clock.

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/scan_record.h"

namespace assay::ledger {

// A finding's row.
struct FindingState {
  Finding finding;
  bool open = true;
  Time first_seen{}, last_seen{};  // starts of the scans that saw it
  std::optional<Time> fixed_at;    // start of the scan whose `pass` closed it
  int reopened = 0;
};

using Pair = std::pair<std::string, std::string>;  // requirement, subject

struct Known {
  std::map<std::string, FindingState> findings;  // by fingerprint: the open ones, and those that the scan saw
  std::map<Pair, Time> later_passes;  // start of the earliest complete scan after this one with `pass` on the pair
};

// What a ScanRecord says of it.
struct Comparison {
  std::map<std::string, Standing> standing;  // of the present findings, by fingerprint
  std::vector<Finding> fixed;                // sorted by requirement, subject, locator
};

struct Changes {
  std::vector<FindingState> states;  // rows to write
  std::vector<std::string> present;  // fingerprints that this scan saw, sorted
  Comparison comparison;
};

// The rules (docs/ledger.md): findings of `fail` and `pass` verdicts are present; a present finding opens or reopens,
// and a finding closes only when a complete scan says `pass` on its requirement and subject and does not see it. A scan
// that is recorded late, after a newer one, never undoes what the newer one found.
Changes compare(const ScanRecord& record, const Known& known);

}  // namespace assay::ledger

#pragma once

// How the findings of one scan change what is known of an app. Pure: no store, no clock.

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ledger/ledger.h"
#include "model/scan_record.h"

namespace assay::ledger {

// A finding's row.
struct FindingState {
  Finding finding;
  FindingStatus status = FindingStatus::open;
  Time first_seen{}, last_seen{};  // starts of the scans that saw it
  std::optional<Time> closed_at;   // start of the scan that closed it
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
  std::vector<Finding> fixed, gone;          // sorted by requirement, subject, locator
};

struct Changes {
  std::vector<FindingState> states;  // rows to write
  std::vector<std::string> present;  // fingerprints that this scan saw, sorted
  Comparison comparison;
};

// The rules (docs/ledger.md): findings of `fail` and `pass` verdicts are present; a present finding opens or reopens.
// Only a complete scan that does not see a finding closes it: as fixed when it says `pass` on its requirement and
// subject, as gone when the app no longer names the subject. A scan that is recorded late, after a newer one, never
// undoes what the newer one found.
Changes compare(const ScanRecord& record, const Known& known);

}  // namespace assay::ledger

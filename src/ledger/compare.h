#pragma once

// How the findings of one scan change what is known of an app. Pure: no store, no clock.

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "ledger/scan_effect.h"
#include "model/scan_record.h"

namespace assay::ledger {

using Pair = std::pair<std::string, std::string>;  // requirement, subject

// What a complete scan said of one requirement and subject.
struct PairLook {
  Time started{};
  bool passed = false;  // otherwise it failed
};

struct Known {
  std::map<std::string, KnownFinding> findings;  // by fingerprint: suspected and open ones, and those that the scan saw
  std::map<Pair, std::vector<PairLook>> later;   // of scans that started after this one, in their order
  std::set<std::string> disposed;                // fingerprints of those above that have a disposition in force
};

// What a ScanRecord says of it.
struct Comparison {
  std::map<std::string, Standing> standing;  // of the present findings, by fingerprint
  std::vector<Finding> fixed, gone;          // sorted by requirement, subject, locator
};

struct Changes {
  std::vector<KnownFinding> states;  // rows to write
  std::vector<std::string> present;  // fingerprints that this scan saw, sorted
  Comparison comparison;
  ScanEffect effect;  // without the release
};

// The rules (docs/ledger.md): findings of `fail` and `pass` verdicts are present, which is a failing look at them; a
// complete scan that says `pass` on a finding's requirement and subject and does not see it is a passing look. Enough
// looks in a row open and close. A complete scan of an app that no longer names a finding's subject makes it gone. A
// scan that is recorded late, after a newer look at a finding, changes no state of it.
Changes compare(const ScanRecord& record, const Known& known, const LooksPolicy& looks = {});

}  // namespace assay::ledger

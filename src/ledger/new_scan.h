#pragma once

// Scans on their way into the ledger. What recording does, it does for many scans at once, one statement for each
// table: so no statement is prepared, and no server asked, once for each scan.

#include <span>
#include <string>

#include "ledger/compare.h"
#include "model/scan_record.h"

namespace assay::ledger {

// What was known of an app when its row was locked.
struct LockedApp {
  std::string name, kind, org_id;     // org_id: "" when it belongs to no organisation
  std::string release, last_scan_id;  // "" when there was none
  Time last_scan{};
};

struct NewScan {
  const ScanRecord* record = nullptr;  // of an app that no other of these is of
  LockedApp app;
  Known known;
  Changes changes;
};
using NewScans = std::span<NewScan>;

}  // namespace assay::ledger

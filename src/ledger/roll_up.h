#pragma once

// What apps' rows say of their scans. Throws what SOCI throws.

#include <soci/soci.h>

#include "ledger/dialect.h"
#include "ledger/new_scan.h"

namespace assay::ledger {

// After the scans and their findings were stored: the release and the last scan (unless a newer one is known), a name
// for an app that had none, the latest look at each requirement, and what is counted from them. Fills the effects'
// release when no scan saw it before and none is newer.
void roll_up(soci::session& sql, const Dialect& dialect, NewScans scans);

}  // namespace assay::ledger

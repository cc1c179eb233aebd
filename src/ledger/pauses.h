#pragma once

// Hosts that are left alone for a time, with the reason and who asked.

#include <string>
#include <vector>

#include "base/error.h"
#include "ledger/work.h"
#include "model/job.h"

namespace assay::ledger {

// Adds `pause` (its id is ignored) and gives it as stored: host normalised, from now on when `from` is not set. Errors:
// invalid_input when the host is none, no reason is given, or the end is not after the start and now.
Result<Pause> add_pause(Work& work, Pause pause);

// Ends a pause now. Errors: not_found, conflict when it is over.
Result<Pause> end_pause(Work& work, long long id);

// Those in force now, by host.
Result<std::vector<Pause>> active_pauses(Work& work);
// In force, to come and over, newest first.
Result<std::vector<Pause>> pauses(Work& work, int limit);

}  // namespace assay::ledger

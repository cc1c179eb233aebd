#pragma once

// The bug fix policies that dated tickets. Every function works in the caller's transaction and throws what SOCI
// throws.

#include <vector>

#include "base/error.h"
#include "ledger/work.h"
#include "model/policy.h"

namespace assay::ledger {

// Remembers `policy`, which is about to date a ticket. Error conflict when its version is known with other figures.
Result<void> store_policy(Work& work, const BugFixPolicy& policy);
Result<std::vector<BugFixPolicy>> stored_policies(Work& work);  // by version
// The policy in force on the day of work.now(): of the stored ones and `current`, which is stored, the one that took
// effect last (of two of one day the higher version); the first to take effect when none has yet.
Result<BugFixPolicy> policy_in_force(Work& work, const BugFixPolicy& current);

}  // namespace assay::ledger

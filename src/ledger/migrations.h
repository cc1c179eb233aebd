#pragma once

// The form of the store over time: numbered steps, forward only.

#include <span>
#include <string_view>

#include "ledger/database.h"

namespace assay::ledger {

struct Migration {
  long long version;     // 1, 2, 3, …
  std::string_view sql;  // statements separated by ';', in the words of Dialect::ddl
  // Then, for one engine only: whole statements, which may hold a ';' (triggers, functions), in the engine's own words.
  std::span<const std::string_view> sqlite = {}, postgresql = {};
};

// All steps that this build knows, in order.
std::span<const Migration> migrations();

// Brings the store to the last of `steps`. An existing SQLite store is first copied to "FILE.vVERSION-TIME.backup".
// Each step and its number are committed together; processes that start at the same time wait for each other.
// Errors: a store newer than `steps`, or one that is another program's; both are left as they are.
Result<void> migrate(Database& database, std::span<const Migration> steps);

}  // namespace assay::ledger

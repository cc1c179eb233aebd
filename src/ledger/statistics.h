#pragma once

// What the engines' planners know of the tables: how many rows, and how their values spread. PostgreSQL keeps it fresh
// by itself, but not within the minute after an import; SQLite never does.

#include <stop_token>

#include "base/error.h"
#include "ledger/ledger.h"
#include "ledger/work.h"

namespace assay::ledger {

// Of the tables that an import fills. In the caller's transaction, whose own rows count.
void refresh_import_statistics(Work& work);

// Of all tables that lists read, each in a transaction of its own, so that no writer waits for all of them. SQLite
// reads each index whole, which takes seconds for millions of rows: from a sample it concludes that a value that half
// of the rows have is rare, and sorts them all to find the newest. cancelled when `stop` was asked for.
Result<void> refresh_statistics(Ledger& ledger, const std::stop_token& stop);

}  // namespace assay::ledger

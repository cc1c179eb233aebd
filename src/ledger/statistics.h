#pragma once

// What the engines' planners know of the tables. PostgreSQL keeps it fresh by itself, but not within the minute after
// an import; SQLite never does.

#include "ledger/work.h"

namespace assay::ledger {

// Counts the rows of the tables that lists read, and how their values spread, from samples: fractions of a second. In
// the caller's transaction, whose own rows count.
void refresh_statistics(Work& work);

}  // namespace assay::ledger

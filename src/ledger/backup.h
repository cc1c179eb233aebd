#pragma once

// Copies of the store and what can be said of its health.

#include <string>
#include <vector>

#include "ledger/database.h"

namespace assay::ledger {

// Copies a SQLite store as of one moment into the new file `copy` (mode 0600), which is removed again when that fails.
// Errors: unsupported for PostgreSQL, conflict when there is such a file.
Result<void> copy_store(Database& database, const std::string& copy);

// What the engine finds wrong with the store, one line each, at most about 100: damaged pages and indexes, rows that
// refer to nothing. PostgreSQL checks references whenever it writes and pages when it reads them: nothing here.
Result<std::vector<std::string>> find_damage(Database& database);

}  // namespace assay::ledger

#pragma once

// What a ledger URL names.

#include <string>

#include "base/error.h"
#include "ledger/dialect.h"

namespace assay::ledger {

struct Location {
  Engine engine = Engine::sqlite;
  std::string name;            // for errors: the file, or "postgresql://user@host:port/database" without password
  std::string file;            // absolute path; empty for PostgreSQL
  std::string connect_string;  // as SOCI's backend takes it
};

// Errors: an unknown scheme, what libpq cannot read, a path that no SQLite file can have. Touches nothing.
Result<Location> parse_location(const std::string& url);

// What a caller will do with the store.
enum class Access {
  read,   // a SQLite file that may not be written is opened as it is; any other store as for `write`
  write,  // a SQLite file that may not be written is an error
};

// Whether this process may write the SQLite file and, beside it, the journal that writing takes. False when there is no
// such file.
bool is_writable(const std::string& path);

// How SOCI opens an existing SQLite file only to read it. `unchanging`: without SQLite's locks and its log; right
// only while nobody writes the file.
std::string read_only_connect_string(const std::string& path, bool unchanging);

// Sees to it that the file of a SQLite ledger exists and can be a store, creating it with mode 0600 when there is none
// (open findings are nobody else's business; SQLite gives its journal the same mode).
Result<void> prepare_file(const std::string& path);

}  // namespace assay::ledger

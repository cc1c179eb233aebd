#pragma once

// Where SQLite and PostgreSQL differ in SQL. Every statement of this room is written once; what differs comes from
// here.

#include <span>
#include <string>
#include <string_view>

#include "base/json.h"

namespace assay::ledger {

enum class Engine { sqlite, postgresql };

enum class ColumnType {
  text,     // JSON string or null
  integer,  // JSON integer or null; 64 bits
  bytes,    // base64 in a JSON string, or null
};

struct Column {
  std::string_view name;
  ColumnType type;
};

class Dialect {
 public:
  explicit Dialect(Engine engine) : engine_(engine) {}
  Engine engine() const { return engine_; }

  // Starts a transaction that will write. SQLite takes the write lock at once: a transaction that reads first and
  // writes later fails with "database is locked" under concurrency, whatever the busy timeout.
  std::string_view begin() const;

  // Starts a transaction that only reads, and sees the store as of one moment. Nobody waits for it.
  std::string_view begin_snapshot() const;

  // Appended to a SELECT of the row that serialises writers of one app. Empty on SQLite, where writers are serialised.
  std::string_view for_update() const;

  // "select … from …": one row for each object of the JSON array bound as :rows, with the columns named as given.
  // Many rows travel in one statement and one parameter, which is 3 to 7 times as fast as one statement each.
  std::string rows(std::span<const Column> columns) const;

  // "insert into TABLE (…) select …" over rows(); an "on conflict" clause may follow.
  std::string insert_rows(std::string_view table, std::span<const Column> columns) const;

  // `sql` of a migration with @identity, @integer, @text, @bytes and @strict replaced by what the engine calls
  // them. An identity counts up from 1 and never names a second row.
  std::string ddl(std::string_view sql) const;

 private:
  Engine engine_;
};

// `s` as both engines can hold it in a text column: valid UTF-8 without U+0000.
std::string storable(std::string_view s);

}  // namespace assay::ledger

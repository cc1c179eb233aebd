#pragma once

// Many rows for one table: what recording writes most of. They travel as each engine takes them fastest, bytes as
// bytes: on SQLite one kept statement binds row after row, on PostgreSQL each column is one binary array of one
// statement. Few rows, and rows that a statement reads, go as JSON (Dialect::rows). For the .cpp files of this room.

#include <soci/soci.h>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "ledger/dialect.h"

namespace assay::ledger {

class RowBatch {
 public:
  // One value: null, a number, text (see storable()) or bytes.
  using Value = std::variant<std::nullptr_t, std::int64_t, std::string_view, ByteView>;

  // `columns` must outlive the batch.
  explicit RowBatch(std::span<const Column> columns) : columns_(columns), values_(columns.size()) {}

  // As many values as there are columns, each of its column's type or null. They are copied.
  void add(std::initializer_list<Value> row);
  void append(const RowBatch& other);  // of the same columns

  bool empty() const { return rows_ == 0; }
  std::size_t bytes() const { return bytes_; }  // that would travel
  void clear();

  // Inserts the rows; `conflict` is an "on conflict" clause, and no two rows may meet in one that updates. Throws what
  // SOCI throws.
  void insert(soci::session& sql, const Dialect& dialect, std::string_view table, std::string_view conflict = "") const;

  // Changes the rows of `table` whose first `keys` columns are the same; where there is none, nothing.
  void update(soci::session& sql, const Dialect& dialect, std::string_view table, std::size_t keys) const;

 private:
  // Elements as PostgreSQL's binary arrays hold them: four bytes of length, the first most significant, then the value;
  // the length -1 is null.
  struct Values {
    std::string elements;
    bool nulls = false;
  };

  std::string names(std::string_view form, std::string_view separator, std::size_t from, std::size_t to) const;
  void run(soci::session& sql, const Dialect& dialect, const std::string& statement) const;
  void run_sqlite(soci::session& sql, const std::string& statement) const;
  void run_postgresql(soci::session& sql, const std::string& statement) const;
  std::string array(std::size_t column) const;

  std::span<const Column> columns_;
  std::vector<Values> values_;
  std::size_t rows_ = 0, bytes_ = 0;
};

}  // namespace assay::ledger

#pragma once

// Small things that the statements of every area share. For the .cpp files of this room.

#include <soci/soci.h>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "base/time.h"

namespace assay::ledger {

inline long long milliseconds_of(Time t) {
  return t.time_since_epoch().count();
}

inline Time time_of(long long ms) {
  return Time{std::chrono::milliseconds(ms)};
}

// Runs `statement`, which takes :rows as Dialect::rows reads them; nothing when there are none.
inline void run_rows(soci::session& sql, const std::string& statement, const Json& rows) {
  if (rows.empty()) return;
  const std::string batch = dump_json(rows);
  sql << statement, soci::use(batch, "rows");
}

// The same, and how many rows of the table changed.
inline long long run_rows_counted(soci::session& sql, const std::string& statement, const Json& rows) {
  if (rows.empty()) return 0;
  const std::string batch = dump_json(rows);
  soci::statement prepared = (sql.prepare << statement, soci::use(batch, "rows"));
  prepared.execute(true);
  return prepared.get_affected_rows();
}

// Every row of `query`. `Row` has bind(soci::statement&), which exchanges its variables, and Result<T> take(); `uses`
// are what soci::use gives.
template <class T, class Row, class... Uses>
Result<std::vector<T>> read_rows(soci::session& sql, const std::string& query, const Uses&... uses) {
  Row row;
  soci::statement statement(sql);
  row.bind(statement);
  (statement.exchange(uses), ...);
  statement.alloc();
  statement.prepare(query);
  statement.define_and_bind();
  statement.execute();
  std::vector<T> items;
  while (statement.fetch()) {
    auto item = row.take();
    if (!item) return std::unexpected(item.error());
    items.push_back(std::move(*item));
  }
  return items;
}

// Runs a statement that changes rows, and gives how many it changed.
template <class... Uses>
long long run_counted(soci::session& sql, const std::string& query, const Uses&... uses) {
  soci::statement statement(sql);
  (statement.exchange(uses), ...);
  statement.alloc();
  statement.prepare(query);
  statement.define_and_bind();
  statement.execute(true);
  return statement.get_affected_rows();
}

}  // namespace assay::ledger

#include "ledger/dialect.h"

#include <fmt/format.h>

#include "base/text.h"

namespace assay::ledger {

std::string_view Dialect::begin() const {
  return engine_ == Engine::sqlite ? "begin immediate" : "begin";
}

std::string_view Dialect::for_update() const {
  return engine_ == Engine::sqlite ? "" : " for update";
}

std::string Dialect::rows(std::span<const Column> columns) const {
  std::string values, types;
  for (const auto& column : columns) {
    std::string value(column.name);
    if (engine_ == Engine::sqlite) value = fmt::format("json_extract(value, '$.{}')", column.name);
    if (column.type == ColumnType::bytes) value = fmt::format("decode({}, 'base64')", value);
    values += fmt::format("{}{} as {}", values.empty() ? "" : ", ", value, column.name);
    types += fmt::format("{}{} {}", types.empty() ? "" : ", ", column.name,
                         column.type == ColumnType::integer ? "bigint" : "text");
  }
  // SQLite would read a following "on conflict" as the condition of a join; "where true" ends the FROM clause.
  if (engine_ == Engine::sqlite) return fmt::format("select {} from json_each(:rows) where true", values);
  return fmt::format("select {} from json_to_recordset(cast(:rows as json)) as r({})", values, types);
}

std::string Dialect::insert_rows(std::string_view table, std::span<const Column> columns) const {
  std::string names;
  for (const auto& column : columns) names += fmt::format("{}{}", names.empty() ? "" : ", ", column.name);
  return fmt::format("insert into {} ({}) {}", table, names, rows(columns));
}

std::string Dialect::ddl(std::string_view sql) const {
  const bool sqlite = engine_ == Engine::sqlite;
  std::string text(sql);
  text = replace_all(std::move(text), "@integer", sqlite ? "integer" : "bigint");
  // Byte order, so that lists come out in the same order from both engines.
  text = replace_all(std::move(text), "@text", sqlite ? "text" : "text collate \"C\"");
  text = replace_all(std::move(text), "@bytes", sqlite ? "blob" : "bytea");
  return replace_all(std::move(text), "@strict", sqlite ? " strict" : "");
}

std::string storable(std::string_view s) {
  return replace_all(valid_utf8(s), std::string_view("\0", 1), "\xEF\xBF\xBD");
}

}  // namespace assay::ledger

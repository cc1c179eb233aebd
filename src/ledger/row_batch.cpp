#include "ledger/row_batch.h"

#include <fmt/format.h>
#include <soci/postgresql/soci-postgresql.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <array>
#include <memory>

namespace assay::ledger {

namespace {

constexpr std::size_t kLengthBytes = 4;
// PostgreSQL's numbers of the types (pg_type.dat).
constexpr std::uint32_t kBytea = 17, kBigint = 20, kText = 25;
constexpr int kBinary = 1;

template <class Number>
void append_number(std::string& to, Number number) {
  for (int shift = static_cast<int>(sizeof(Number)) * 8 - 8; shift >= 0; shift -= 8)
    to += static_cast<char>(static_cast<std::make_unsigned_t<Number>>(number) >> static_cast<unsigned>(shift));
}

template <class Number>
Number read_number(const char* at) {
  std::make_unsigned_t<Number> number = 0;
  for (std::size_t i = 0; i < sizeof(Number); ++i) number = number << 8U | static_cast<unsigned char>(at[i]);
  return static_cast<Number>(number);
}

void append_element(std::string& to, std::string_view value) {
  append_number(to, static_cast<std::int32_t>(value.size()));
  to += value;
}

using Statement = std::unique_ptr<sqlite_api::sqlite3_stmt, decltype(&sqlite_api::sqlite3_finalize)>;

[[noreturn]] void fail_sqlite(sqlite_api::sqlite3* connection) {
  throw soci::sqlite3_soci_error(sqlite_api::sqlite3_errmsg(connection), sqlite_api::sqlite3_errcode(connection));
}

// Binds the element at `at`, which moves behind it. The batch outlives the step that reads it: nothing is copied.
int bind(sqlite_api::sqlite3_stmt* statement, int parameter, ColumnType type, const char*& at) {
  const auto length = read_number<std::int32_t>(at);
  at += kLengthBytes;
  if (length < 0) return sqlite_api::sqlite3_bind_null(statement, parameter);
  const char* const value = at;
  at += length;
  if (type == ColumnType::integer)
    return sqlite_api::sqlite3_bind_int64(statement, parameter, read_number<std::int64_t>(value));
  if (type == ColumnType::bytes)
    return sqlite_api::sqlite3_bind_blob(statement, parameter, value, length, nullptr);  // nullptr: SQLITE_STATIC
  return sqlite_api::sqlite3_bind_text(statement, parameter, value, length, nullptr);
}

struct TypeName {
  std::uint32_t oid;
  std::string_view name;
};

TypeName type_of(const Column& column) {
  switch (column.type) {
    case ColumnType::integer:
      return {kBigint, "bigint"};
    case ColumnType::bytes:
      return {kBytea, "bytea"};
    case ColumnType::text:
      break;
  }
  return {kText, "text"};
}

}  // namespace

void RowBatch::add(std::initializer_list<Value> row) {
  std::size_t column = 0;
  for (const auto& value : row) {
    Values& values = values_.at(column++);
    const std::size_t before = values.elements.size();
    if (const auto* number = std::get_if<std::int64_t>(&value)) {
      append_number(values.elements, static_cast<std::int32_t>(sizeof *number));
      append_number(values.elements, *number);
    } else if (const auto* text = std::get_if<std::string_view>(&value)) {
      append_element(values.elements, *text);
    } else if (const auto* bytes = std::get_if<ByteView>(&value)) {
      append_element(values.elements, as_text(*bytes));
    } else {
      append_number(values.elements, std::int32_t{-1});
      values.nulls = true;
    }
    bytes_ += values.elements.size() - before;
  }
  ++rows_;
}

void RowBatch::append(const RowBatch& other) {
  for (std::size_t i = 0; i < values_.size(); ++i) {
    values_[i].elements += other.values_[i].elements;
    values_[i].nulls |= other.values_[i].nulls;
  }
  rows_ += other.rows_;
  bytes_ += other.bytes_;
}

void RowBatch::clear() {
  *this = RowBatch(columns_);
}

// `form` of each column from `from` to before `to`: {0} is its name, {1} its number from 1, {2} its type.
std::string RowBatch::names(std::string_view form, std::string_view separator, std::size_t from, std::size_t to) const {
  std::string all;
  for (std::size_t i = from; i < to; ++i) {
    const auto& column = columns_[i];
    all += fmt::format("{}{}", i == from ? "" : separator,
                       fmt::format(fmt::runtime(form), column.name, i + 1, type_of(column).name));
  }
  return all;
}

void RowBatch::insert(soci::session& sql, const Dialect& dialect, std::string_view table,
                      std::string_view conflict) const {
  const std::size_t n = columns_.size();
  const std::string rows = dialect.engine() == Engine::sqlite
                               ? fmt::format("values ({})", names("?{1}", ", ", 0, n))
                               : fmt::format("select * from unnest({})", names("${1}::{2}[]", ", ", 0, n));
  run(sql, dialect, fmt::format("insert into {} ({}) {} {}", table, names("{0}", ", ", 0, n), rows, conflict));
}

void RowBatch::update(soci::session& sql, const Dialect& dialect, std::string_view table, std::size_t keys) const {
  const std::size_t n = columns_.size();
  const bool sqlite = dialect.engine() == Engine::sqlite;
  const std::string values = names(sqlite ? "{0} = ?{1}" : "{0} = n.{0}", ", ", keys, n);
  const std::string same = names(sqlite ? "{0} = ?{1}" : fmt::format("{}.{{0}} = n.{{0}}", table), " and ", 0, keys);
  const std::string from =
      sqlite ? ""
             : fmt::format(" from unnest({}) as n({})", names("${1}::{2}[]", ", ", 0, n), names("{0}", ", ", 0, n));
  run(sql, dialect, fmt::format("update {} set {}{} where {}", table, values, from, same));
}

void RowBatch::run(soci::session& sql, const Dialect& dialect, const std::string& statement) const {
  if (empty()) return;
  if (dialect.engine() == Engine::sqlite) return run_sqlite(sql, statement);
  run_postgresql(sql, statement);
}

void RowBatch::run_sqlite(soci::session& sql, const std::string& statement) const {
  auto* const connection = static_cast<soci::sqlite3_session_backend*>(sql.get_backend())->conn_;
  sqlite_api::sqlite3_stmt* made = nullptr;
  const int prepared =
      sqlite_api::sqlite3_prepare_v2(connection, statement.data(), static_cast<int>(statement.size()), &made, nullptr);
  const Statement prepared_statement(made, &sqlite_api::sqlite3_finalize);
  if (prepared != SQLITE_OK) fail_sqlite(connection);
  std::vector<const char*> at;
  at.reserve(values_.size());
  for (const auto& values : values_) at.push_back(values.elements.data());
  for (std::size_t row = 0; row < rows_; ++row) {
    for (std::size_t i = 0; i < columns_.size(); ++i)
      if (bind(made, static_cast<int>(i) + 1, columns_[i].type, at[i]) != SQLITE_OK) fail_sqlite(connection);
    if (sqlite_api::sqlite3_step(made) != SQLITE_DONE) fail_sqlite(connection);
    if (sqlite_api::sqlite3_reset(made) != SQLITE_OK) fail_sqlite(connection);
  }
}

// The binary form of an array of one dimension: dimensions, whether there are nulls, type, size, first index, elements.
std::string RowBatch::array(std::size_t column) const {
  const Values& values = values_[column];
  std::string all;
  all.reserve(values.elements.size() + 20);
  append_number(all, std::int32_t{1});
  append_number(all, std::int32_t{values.nulls ? 1 : 0});
  append_number(all, type_of(columns_[column]).oid);
  append_number(all, static_cast<std::int32_t>(rows_));
  append_number(all, std::int32_t{1});
  return all + values.elements;
}

void RowBatch::run_postgresql(soci::session& sql, const std::string& statement) const {
  auto* const connection = static_cast<soci::postgresql_session_backend*>(sql.get_backend())->conn_;
  std::vector<std::string> arrays;
  std::vector<const char*> values;
  std::vector<int> lengths, formats(columns_.size(), kBinary);
  arrays.reserve(columns_.size());
  values.reserve(columns_.size());
  lengths.reserve(columns_.size());
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    arrays.push_back(array(i));
    values.push_back(arrays.back().data());
    lengths.push_back(static_cast<int>(arrays.back().size()));
  }
  const std::unique_ptr<PGresult, decltype(&PQclear)> result(
      PQexecParams(connection, statement.c_str(), static_cast<int>(columns_.size()), nullptr, values.data(),
                   lengths.data(), formats.data(), 0),
      &PQclear);
  if (PQresultStatus(result.get()) == PGRES_COMMAND_OK) return;
  const char* state = PQresultErrorField(result.get(), PG_DIAG_SQLSTATE);
  throw soci::postgresql_soci_error(PQerrorMessage(connection), state == nullptr ? "     " : state);
}

}  // namespace assay::ledger

#include "ledger/backup.h"

#include <fmt/format.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <filesystem>
#include <memory>

#include "base/text.h"

namespace assay::ledger {

namespace {

// Page by page, in one read of the store that no writer waits for: at the speed of the disk. "vacuum into" would build
// every table and index anew.
void copy_pages(soci::session& from, const std::string& file) {
  using namespace sqlite_api;
  sqlite3* opened = nullptr;
  const int result = sqlite3_open_v2(file.c_str(), &opened, SQLITE_OPEN_READWRITE, nullptr);
  const std::unique_ptr<sqlite3, decltype(&sqlite3_close)> to(opened, &sqlite3_close);
  const auto check = [&](int code) {
    if (code != SQLITE_OK) throw soci::sqlite3_soci_error(sqlite3_errmsg(opened), code);
  };
  check(result);
  auto* const source = static_cast<soci::sqlite3_session_backend*>(from.get_backend())->conn_;
  sqlite3_backup* const copy = sqlite3_backup_init(opened, "main", source, "main");
  if (copy == nullptr) check(sqlite3_errcode(opened));
  sqlite3_backup_step(copy, -1);  // all pages; what went wrong, finish() tells
  check(sqlite3_backup_finish(copy));
}

}  // namespace

Result<void> copy_store(Database& database, const std::string& copy) {
  if (database.dialect().engine() != Engine::sqlite)
    return fail(ErrorCode::unsupported, database.name(), "is a PostgreSQL server, which is backed up by its own tools",
                "use pg_dump, or the server's continuous archiving");
  std::error_code ignored;
  if (std::filesystem::exists(copy, ignored))
    return fail(ErrorCode::conflict, copy, "is there already", "name a new file");
  if (auto ready = prepare_file(copy); !ready) return ready;  // mode 0600, as SQLite would not make it
  auto done = database.run([&](soci::session& sql) -> Result<void> {
    copy_pages(sql, copy);
    return {};
  });
  if (done) return {};
  std::filesystem::remove(copy, ignored);
  Error error = done.error();
  error.reason = fmt::format("the copy {} failed: {}", copy, error.reason);
  return std::unexpected(std::move(error));
}

Result<std::vector<std::string>> find_damage(Database& database) {
  if (database.dialect().engine() != Engine::sqlite) return std::vector<std::string>{};
  return database.run([](soci::session& sql) -> Result<std::vector<std::string>> {
    std::vector<std::string> damage;
    std::string line;
    soci::statement pages = (sql.prepare << "pragma integrity_check(50)", soci::into(line));
    pages.execute();
    while (pages.fetch())
      if (line != "ok") damage.push_back(printable(line));
    std::string table, parent;
    soci::statement references = (sql.prepare << "select \"table\", parent from pragma_foreign_key_check limit 50",
                                  soci::into(table), soci::into(parent));
    references.execute();
    while (references.fetch())
      damage.push_back(fmt::format("a row of {} refers to a row of {} that is not there", table, parent));
    return damage;
  });
}

}  // namespace assay::ledger

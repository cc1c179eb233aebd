#include "ledger/backup.h"

#include <fmt/format.h>

#include <filesystem>

#include "base/text.h"

namespace assay::ledger {

Result<void> copy_store(Database& database, const std::string& copy) {
  if (database.dialect().engine() != Engine::sqlite)
    return fail(ErrorCode::unsupported, database.name(), "is a PostgreSQL server, which is backed up by its own tools",
                "use pg_dump, or the server's continuous archiving");
  std::error_code ignored;
  if (std::filesystem::exists(copy, ignored))
    return fail(ErrorCode::conflict, copy, "is there already", "name a new file");
  if (auto ready = prepare_file(copy); !ready) return ready;  // mode 0600, as SQLite would not make it
  auto done = database.run([&](soci::session& sql) -> Result<void> {
    sql << "vacuum into :copy", soci::use(copy, "copy");
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

#include "ledger/statistics.h"

#include <fmt/format.h>
#include <soci/soci.h>

#include <string_view>

namespace assay::ledger {

namespace {

void analyze(Work& work, std::string_view table) {
  work.sql() << fmt::format("analyze {}", table);
}

}  // namespace

void refresh_import_statistics(Work& work) {
  for (const std::string_view table : {"apps", "app_words", "organisations", "contacts"}) analyze(work, table);
}

Result<void> refresh_statistics(Ledger& ledger, const std::stop_token& stop) {
  for (const std::string_view table : {"apps", "app_words", "organisations", "contacts", "scans", "latest_looks",
                                       "findings", "occurrences", "tickets", "jobs", "outbox"}) {
    auto analyzed = ledger.write(
        [table](Work& work) -> Result<void> {
          analyze(work, table);
          return {};
        },
        stop);
    if (!analyzed) return analyzed;
  }
  return {};
}

}  // namespace assay::ledger

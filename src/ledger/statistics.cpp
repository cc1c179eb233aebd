#include "ledger/statistics.h"

#include <soci/soci.h>

#include "ledger/dialect.h"

namespace assay::ledger {

void refresh_statistics(Work& work) {
  if (work.dialect().engine() == Engine::postgresql) {
    work.sql() << "analyze apps, app_words, organisations, contacts, scans, latest_looks, findings, occurrences, "
                  "tickets, jobs, outbox";
    return;
  }
  work.sql() << "pragma analysis_limit = 1000";  // rows of each index; without it every row is read
  work.sql() << "analyze";
}

}  // namespace assay::ledger

#pragma once

// How things stand: over everything, or one organisation; now, and day by day.

#include <cstdint>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "base/time.h"
#include "ledger/ledger.h"
#include "ledger/page.h"
#include "ledger/work.h"

namespace assay::ledger {

struct SeverityTotals {
  std::int64_t critical = 0, high = 0, medium = 0, low = 0;
};

struct Posture {
  std::optional<Time> taken;  // when it was counted; not known of days before the ledger noted it
  std::int64_t apps_active = 0, apps_paused = 0, apps_retired = 0;
  std::int64_t apps_scanned_last_day = 0;   // active ones
  std::int64_t apps_with_open = 0;          // active ones with an open finding
  std::int64_t apps_with_inconclusive = 0;  // active ones
  std::int64_t inconclusive = 0;            // verdicts of the latest looks
  SeverityTotals open;                      // open findings without a disposition in force
  std::int64_t suspected = 0;
  struct RequirementCount {
    std::string requirement;
    std::int64_t open = 0;
    int worst = 0;  // severity rank: 4 critical … 1 low
  };
  std::vector<RequirementCount> by_requirement;  // the most frequent first, at most 20
  std::map<std::string, std::int64_t> tickets;   // live ones by state
  std::int64_t tickets_overdue = 0;
  std::int64_t tickets_due_soon = 0;  // due within 7 days
  struct Flow {
    std::int64_t opened = 0, fixed = 0;
  };
  Flow last_7_days, last_30_days;
};
// Without `taken`, which the ledger keeps beside it.
Json to_json(const Posture& p);
Result<Posture> posture_from_json(const Json& j);

// Counts everything in the scope, which takes a second over millions of findings.
Result<Posture> take_posture(Work& work, const FilterScope& scope = {});

// Everything (under "") and each organisation, all counted in one pass over the ledger.
Result<std::map<std::string, Posture>> take_postures(Work& work);

// Keeps today's posture (UTC) of everything and of each organisation: counted as of one moment, then written in several
// transactions, so that no writer waits long; what has not changed is not written again. Gives how many were counted.
// Error cancelled when `stop` was asked for; what was written by then is whole.
Result<std::size_t> store_postures(Ledger& ledger, const std::stop_token& stop = {});

// A scope of so many apps is counted whenever somebody asks; of a larger one the kept posture is shown, which
// store_postures() made, unless it is older than this.
inline constexpr std::int64_t kCountedApps = 2000;
inline constexpr Duration kOldestPosture = std::chrono::minutes(10);

// How things stand; `taken` says when that was. `counted_apps`: see kCountedApps.
Result<Posture> current_posture(Work& work, const FilterScope& scope = {}, std::int64_t counted_apps = kCountedApps);

struct PostureDay {
  std::string day;  // "2026-11-23"
  Posture posture;
};
// Stored ones from `first_day` to `last_day`, in order; at most 1100.
Result<std::vector<PostureDay>> posture_days(Work& work, const std::string& first_day, const std::string& last_day,
                                             const FilterScope& scope = {});

}  // namespace assay::ledger

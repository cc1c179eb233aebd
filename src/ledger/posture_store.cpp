// Postures that are kept: of today, for those who ask now, and of each day.

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <utility>

#include "ledger/lists.h"
#include "ledger/posture.h"

namespace assay::ledger {

namespace {

constexpr int kMaxDays = 1100;
constexpr std::size_t kRowsAtOnce = 200;

std::string day_of(Time t) {
  return format_rfc3339(t).substr(0, 10);
}

// A row that says the same stays as it is, unless it is one that is shown as the present: its time counts. Another
// process may have counted later and written earlier.
void write_postures(Work& work, const Json& rows, bool shown) {
  static constexpr std::array kColumns = {Column{"day", ColumnType::text}, Column{"org_id", ColumnType::text},
                                          Column{"body", ColumnType::text}, Column{"taken_ms", ColumnType::integer}};
  run_rows(work.sql(),
           work.dialect().insert_rows("posture", kColumns) +
               " on conflict (org_id, day) do update set body = excluded.body, taken_ms = excluded.taken_ms "
               "where posture.taken_ms <= excluded.taken_ms" +
               (shown ? "" : " and posture.body <> excluded.body"),
           rows);
}

struct DayRow {
  std::string day, body;
  long long taken = 0;

  void bind(soci::statement& statement) {
    statement.exchange(soci::into(day));
    statement.exchange(soci::into(body));
    statement.exchange(soci::into(taken));
  }
  Result<PostureDay> take() const {
    const auto json = parse_json(body, "stored posture");
    if (!json) return std::unexpected(json.error());
    auto posture = posture_from_json(*json);
    if (!posture) return std::unexpected(posture.error());
    if (taken > 0) posture->taken = time_of(taken);
    return PostureDay{day, std::move(*posture)};
  }
};

// The newest that is kept of one organisation, or of everything (""), if it is young enough to be shown as the present.
Result<std::optional<Posture>> kept_posture(Work& work, const std::string& org) {
  auto newest = read_rows<PostureDay, DayRow>(
      work.sql(), "select day, body, taken_ms from posture where org_id = :org order by day desc limit 1",
      soci::use(org, "org"));
  if (!newest) return std::unexpected(newest.error());
  if (newest->empty()) return std::nullopt;
  Posture& posture = newest->front().posture;
  if (!posture.taken) return std::nullopt;
  const Duration age = work.now() - *posture.taken;
  if (age < Duration::zero() || age > kOldestPosture) return std::nullopt;
  return std::move(posture);
}

bool has_more_apps(Work& work, const FilterScope& scope, std::int64_t most) {
  const std::string org = storable(scope.org_id.value_or(""));
  const long long limit = most + 1;
  long long apps = 0;
  if (scope.org_id) {
    work.sql() << "select count(*) from (select 1 as one from apps where org_id = :org limit :most) as counted",
        soci::use(org, "org"), soci::use(limit, "most"), soci::into(apps);
  } else {
    work.sql() << "select count(*) from (select 1 as one from apps limit :most) as counted", soci::use(limit, "most"),
        soci::into(apps);
  }
  return apps > most;
}

}  // namespace

Result<std::size_t> store_postures(Ledger& ledger, const std::stop_token& stop) {
  const auto postures = ledger.snapshot([](Work& work) { return take_postures(work); }, stop);
  if (!postures) return std::unexpected(postures.error());
  std::array<Json, 2> rows{Json::array(), Json::array()};  // the others, and those that are shown as the present
  const auto flush = [&](bool shown) {
    auto written = ledger.write(
        [&](Work& work) -> Result<void> {
          write_postures(work, rows.at(shown ? 1 : 0), shown);
          return {};
        },
        stop);
    rows.at(shown ? 1 : 0) = Json::array();
    return written;
  };
  for (const auto& [org, posture] : *postures) {
    const bool shown = org.empty() || posture.apps_active + posture.apps_paused + posture.apps_retired > kCountedApps;
    auto& some = rows.at(shown ? 1 : 0);
    some.push_back({{"day", day_of(*posture.taken)},
                    {"org_id", org},
                    {"body", dump_json(to_json(posture))},
                    {"taken_ms", milliseconds_of(*posture.taken)}});
    if (some.size() < kRowsAtOnce) continue;
    if (auto written = flush(shown); !written) return std::unexpected(written.error());
  }
  for (const bool shown : {true, false})
    if (auto written = flush(shown); !written) return std::unexpected(written.error());
  return postures->size();
}

Result<Posture> current_posture(Work& work, const FilterScope& scope, std::int64_t counted_apps) {
  if (has_more_apps(work, scope, counted_apps)) {
    auto kept = kept_posture(work, storable(scope.org_id.value_or("")));
    if (!kept) return std::unexpected(kept.error());
    if (*kept) return std::move(**kept);
  }
  return take_posture(work, scope);
}

Result<std::vector<PostureDay>> posture_days(Work& work, const std::string& first_day, const std::string& last_day,
                                             const FilterScope& scope) {
  const std::string first = storable(first_day), last = storable(last_day), org = storable(scope.org_id.value_or(""));
  const long long most = kMaxDays;
  return read_rows<PostureDay, DayRow>(
      work.sql(),
      "select day, body, taken_ms from posture where org_id = :org and day >= :first and day <= :last "
      "order by day limit :most",
      soci::use(org, "org"), soci::use(first, "first"), soci::use(last, "last"), soci::use(most, "most"));
}

}  // namespace assay::ledger

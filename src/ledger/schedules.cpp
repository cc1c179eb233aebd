#include "ledger/schedules.h"

#include <fmt/format.h>
#include <soci/soci.h>

#include <algorithm>
#include <array>

#include "base/json.h"
#include "ledger/dialect.h"
#include "ledger/statement.h"

namespace assay::ledger {

namespace {

constexpr std::array kRunColumns = {Column{"app_key", ColumnType::text}, Column{"scan_group", ColumnType::text},
                                    Column{"next_ms", ColumnType::integer}, Column{"last_ms", ColumnType::integer}};
constexpr std::array kRunKeyColumns = {Column{"app_key", ColumnType::text}, Column{"scan_group", ColumnType::text}};
constexpr std::array kPairColumns = {Column{"scan_group", ColumnType::text}, Column{"kind", ColumnType::text}};
constexpr std::array kWordColumn = {Column{"word", ColumnType::text}};

std::string words(const std::vector<std::string>& all) {
  Json rows = Json::array();
  for (const auto& word : all) rows.push_back({{"word", storable(word)}});
  return dump_json(rows);
}

template <class... Uses>
std::vector<ScheduledRun> select_runs(Work& work, std::string_view condition, const Uses&... uses) {
  ScheduledRun run;
  long long next = 0, last = 0;
  soci::statement rows(work.sql());
  (rows.exchange(uses), ...);
  rows.exchange(soci::into(run.app_key));
  rows.exchange(soci::into(run.group));
  rows.exchange(soci::into(next));
  rows.exchange(soci::into(last));
  rows.alloc();
  rows.prepare(
      fmt::format("select s.app_key, s.scan_group, s.next_ms, coalesce(s.last_ms, -1) from schedules s {}", condition));
  rows.define_and_bind();
  rows.execute();
  std::vector<ScheduledRun> runs;
  while (rows.fetch()) {
    run.next = time_of(next);
    run.last = last < 0 ? std::nullopt : std::optional(time_of(last));
    runs.push_back(run);
  }
  return runs;
}

}  // namespace

Result<std::vector<ScheduledRun>> due_runs(Work& work, const std::vector<std::string>& groups, Time at, int limit) {
  const long long now = milliseconds_of(at), most = std::max(limit, 0);
  const std::string batch = words(groups);
  const auto condition = fmt::format(
      "join apps a on a.app_key = s.app_key where s.next_ms <= :now and a.state = 'active' and s.scan_group in ({}) "
      "order by s.next_ms, s.app_key, s.scan_group limit :most{}",
      work.dialect().rows(kWordColumn), work.dialect().for_update());
  return select_runs(work, condition, soci::use(now, "now"), soci::use(batch, "rows"), soci::use(most, "most"));
}

Result<std::vector<ScheduledRun>> runs_after(Work& work, const std::string& group, Time after, int limit) {
  const long long far = milliseconds_of(after), most = std::max(limit, 0);
  return select_runs(work, "where s.next_ms > :far and s.scan_group = :group order by s.next_ms desc limit :most",
                     soci::use(far, "far"), soci::use(group, "group"), soci::use(most, "most"));
}

Result<std::vector<ScheduledRun>> runs_of(Work& work, const std::string& app_key) {
  const std::string key = storable(app_key);
  return select_runs(work, "where s.app_key = :key order by s.scan_group", soci::use(key, "key"));
}

Result<std::vector<std::string>> apps_without_run(Work& work, const std::string& group,
                                                  const std::vector<std::string>& kinds, int limit) {
  const std::string batch = words(kinds), stored = storable(group);
  const long long most = std::max(limit, 0);
  std::string key;
  std::vector<std::string> keys;
  soci::statement rows =
      (work.sql().prepare << fmt::format(
           "select a.app_key from apps a where a.state = 'active' and a.kind in ({}) and not exists (select 1 from "
           "schedules s where s.app_key = a.app_key and s.scan_group = :group) order by a.app_key limit :most",
           work.dialect().rows(kWordColumn)),
       soci::use(batch, "rows"), soci::use(stored, "group"), soci::use(most, "most"), soci::into(key));
  rows.execute();
  while (rows.fetch()) keys.push_back(key);
  return keys;
}

Result<void> put_runs(Work& work, std::span<const ScheduledRun> runs) {
  Json batch = Json::array();
  for (const auto& run : runs)
    batch.push_back({{"app_key", storable(run.app_key)},
                     {"scan_group", storable(run.group)},
                     {"next_ms", milliseconds_of(run.next)},
                     {"last_ms", run.last ? Json(milliseconds_of(*run.last)) : Json()}});
  const auto statement = fmt::format(
      "insert into schedules (app_key, scan_group, next_ms, last_ms) select r.app_key, r.scan_group, r.next_ms, "
      "r.last_ms from ({}) as r join apps a on a.app_key = r.app_key where true on conflict (app_key, scan_group) do "
      "update set next_ms = excluded.next_ms, last_ms = excluded.last_ms",
      work.dialect().rows(kRunColumns));
  run_rows(work.sql(), statement, batch);
  return {};
}

Result<std::vector<ScheduledRun>> stale_runs(Work& work, const std::vector<GroupKind>& wanted, int limit) {
  Json batch = Json::array();
  for (const auto& one : wanted) batch.push_back({{"scan_group", storable(one.group)}, {"kind", storable(one.kind)}});
  const std::string pairs = dump_json(batch);
  const long long most = std::max(limit, 0);
  const auto condition = fmt::format(
      "where not exists (select 1 from apps a where a.app_key = s.app_key and a.state = 'active' and "
      "(s.scan_group, a.kind) in (select scan_group, kind from ({}) as wanted)) limit :most",
      work.dialect().rows(kPairColumns));
  return select_runs(work, condition, soci::use(pairs, "rows"), soci::use(most, "most"));
}

Result<void> remove_runs(Work& work, std::span<const ScheduledRun> runs) {
  Json batch = Json::array();
  for (const auto& run : runs)
    batch.push_back({{"app_key", storable(run.app_key)}, {"scan_group", storable(run.group)}});
  run_rows(
      work.sql(),
      fmt::format("delete from schedules where (app_key, scan_group) in (select app_key, scan_group from ({}) as r)",
                  work.dialect().rows(kRunKeyColumns)),
      batch);
  return {};
}

}  // namespace assay::ledger

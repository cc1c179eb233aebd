#include "ledger/finding_store.h"

#include <fmt/format.h>

#include <array>
#include <functional>
#include <map>
#include <set>
#include <tuple>

#include "base/json.h"
#include "ledger/row_batch.h"
#include "ledger/statement.h"

namespace assay::ledger {

namespace {

constexpr std::array kFindingColumns = {Column{"app_key", ColumnType::text},
                                        Column{"fingerprint", ColumnType::text},
                                        Column{"requirement", ColumnType::text},
                                        Column{"subject", ColumnType::text},
                                        Column{"severity", ColumnType::text},
                                        Column{"severity_rank", ColumnType::integer},
                                        Column{"state", ColumnType::text},
                                        Column{"first_seen_ms", ColumnType::integer},
                                        Column{"last_seen_ms", ColumnType::integer},
                                        Column{"opened_ms", ColumnType::integer},
                                        Column{"closed_ms", ColumnType::integer},
                                        Column{"look_ms", ColumnType::integer},
                                        Column{"reopened", ColumnType::integer},
                                        Column{"fails_in_row", ColumnType::integer},
                                        Column{"passes_in_row", ColumnType::integer},
                                        Column{"org_id", ColumnType::text},
                                        Column{"kind", ColumnType::text},
                                        Column{"body", ColumnType::text}};
constexpr std::array kOccurrenceColumns = {Column{"scan_id", ColumnType::text}, Column{"app_key", ColumnType::text},
                                           Column{"fingerprint", ColumnType::text}};
// What changes of a finding that is seen again and stays what it is: nothing that an index but that of last_seen_ms
// holds.
constexpr std::array kSeenAgainColumns = {Column{"app_key", ColumnType::text},
                                          Column{"fingerprint", ColumnType::text},
                                          Column{"last_seen_ms", ColumnType::integer},
                                          Column{"look_ms", ColumnType::integer},
                                          Column{"fails_in_row", ColumnType::integer},
                                          Column{"passes_in_row", ColumnType::integer},
                                          Column{"body", ColumnType::text}};
constexpr std::array kAppColumns = {Column{"app_key", ColumnType::text}, Column{"started_ms", ColumnType::integer}};
constexpr std::array kPrintColumns = {Column{"app_key", ColumnType::text}, Column{"fingerprint", ColumnType::text}};

// A finding's organisation and kind follow its app: carry_to_findings().
constexpr std::string_view kUpsertFinding =
    " on conflict (app_key, fingerprint) do update set severity = excluded.severity, "
    "severity_rank = excluded.severity_rank, state = excluded.state, first_seen_ms = excluded.first_seen_ms, "
    "last_seen_ms = excluded.last_seen_ms, opened_ms = excluded.opened_ms, closed_ms = excluded.closed_ms, "
    "look_ms = excluded.look_ms, reopened = excluded.reopened, fails_in_row = excluded.fails_in_row, "
    "passes_in_row = excluded.passes_in_row, body = excluded.body";

RowBatch::Value milliseconds_or_null(const std::optional<Time>& t) {
  if (!t) return nullptr;
  return milliseconds_of(*t);
}

using ByApp = std::map<std::string, NewScan*, std::less<>>;

// The findings of a statement over findings f that takes :rows. "cross join" keeps SQLite from beginning with the
// findings of all apps.
Result<void> read_known(soci::session& sql, const std::string& from, const Json& apps, const ByApp& scans) {
  if (apps.empty()) return {};
  const std::string batch = dump_json(apps);
  std::string key, disposition;
  FindingRow row;
  soci::statement rows(sql);
  rows.exchange(soci::use(batch, "rows"));
  row.bind(rows);
  rows.exchange(soci::into(key));
  rows.exchange(soci::into(disposition));
  rows.alloc();
  rows.prepare(fmt::format("select {}, f.app_key, f.disposition from {}", kFindingRow, from));
  rows.define_and_bind();
  rows.execute();
  while (rows.fetch()) {
    auto finding = row.take();
    if (!finding) return std::unexpected(finding.error());
    Known& known = scans.find(key)->second->known;
    const std::string fingerprint = finding->finding.fingerprint;
    if (!disposition.empty()) known.disposed.insert(fingerprint);
    known.findings.emplace(fingerprint, std::move(*finding));
  }
  return {};
}

void select_later_looks(soci::session& sql, const Dialect& dialect, const Json& apps, const ByApp& scans) {
  const std::string batch = dump_json(apps);
  std::string key;
  Pair pair;
  long long later = 0, passed = 0;
  // A pair passes only when each of its verdicts does; one that is inconclusive, too, said neither.
  soci::statement looks =
      (sql.prepare << fmt::format(
           "select s.app_key, v.requirement, v.subject, s.started_ms, "
           "min(case when v.outcome = 'pass' then 1 else 0 end) from ({}) as r cross join scans s "
           "cross join verdicts v where s.app_key = r.app_key and s.complete = 1 and s.started_ms > r.started_ms "
           "and v.scan_id = s.scan_id group by s.app_key, v.requirement, v.subject, s.started_ms, s.scan_id "
           "having min(case when v.outcome = 'pass' then 1 else 0 end) = 1 "
           "or max(case when v.outcome = 'fail' then 1 else 0 end) = 1 order by s.started_ms, s.scan_id",
           dialect.rows(kAppColumns)),
       soci::use(batch, "rows"), soci::into(key), soci::into(pair.first), soci::into(pair.second), soci::into(later),
       soci::into(passed));
  looks.execute();
  while (looks.fetch()) scans.find(key)->second->known.later[pair].push_back({time_of(later), passed == 1});
}

// Whether all that differs is in kSeenAgainColumns.
bool is_seen_again(const Known& known, const KnownFinding& now) {
  const auto at = known.findings.find(now.finding.fingerprint);
  if (at == known.findings.end()) return false;
  const KnownFinding& before = at->second;
  return std::tie(before.finding.severity, before.status, before.first_seen, before.opened_at, before.closed_at,
                  before.reopened) ==
         std::tie(now.finding.severity, now.status, now.first_seen, now.opened_at, now.closed_at, now.reopened);
}

}  // namespace

void FindingRow::bind(soci::statement& statement) {
  statement.exchange(soci::into(state));
  for (auto* number : {&first_seen, &last_seen, &opened, &closed, &look, &reopened, &fails, &passes})
    statement.exchange(soci::into(*number));
  statement.exchange(soci::into(body));
}

Result<KnownFinding> FindingRow::take() const {
  const auto json = parse_json(body, "stored finding");
  if (!json) return std::unexpected(json.error());
  auto finding = finding_from_json(*json);
  if (!finding) return std::unexpected(finding.error());
  const auto status = finding_status_from_string(state);
  if (!status) return fail(ErrorCode::internal, "stored finding", "has the unknown state " + state);
  KnownFinding known{.finding = std::move(*finding),
                     .status = *status,
                     .first_seen = time_of(first_seen),
                     .last_seen = time_of(last_seen),
                     .opened_at = std::nullopt,
                     .closed_at = std::nullopt,
                     .last_look = time_of(look),
                     .reopened = static_cast<int>(reopened),
                     .fails_in_row = static_cast<int>(fails),
                     .passes_in_row = static_cast<int>(passes)};
  if (opened >= 0) known.opened_at = time_of(opened);
  if (!is_present(*status)) known.closed_at = time_of(closed);
  return known;
}

Result<std::vector<KnownFinding>> select_findings(soci::session& sql, const std::string& app_key) {
  const std::string key = storable(app_key);
  std::vector<KnownFinding> findings;
  FindingRow row;
  soci::statement rows(sql);
  rows.exchange(soci::use(key, "key"));
  row.bind(rows);
  rows.alloc();
  rows.prepare(fmt::format("select {} from findings f where f.app_key = :key", kFindingRow));
  rows.define_and_bind();
  rows.execute();
  while (rows.fetch()) {
    auto known = row.take();
    if (!known) return std::unexpected(known.error());
    findings.push_back(std::move(*known));
  }
  return findings;
}

Result<void> select_known(soci::session& sql, const Dialect& dialect, NewScans scans) {
  ByApp by_app;
  Json apps = Json::array(), prints = Json::array();
  for (auto& scan : scans) {
    const std::string key = storable(scan.record->app.key);
    by_app.emplace(key, &scan);
    apps.push_back({{"app_key", key}, {"started_ms", milliseconds_of(scan.record->started)}});
    std::set<std::string> seen;
    for (const auto* f : findings_of(*scan.record))
      if (auto print = storable(f->fingerprint); seen.insert(print).second)
        prints.push_back({{"app_key", key}, {"fingerprint", print}});
  }
  const std::string present =
      fmt::format("({}) as r cross join findings f where f.app_key = r.app_key and f.state in ('suspected', 'open')",
                  dialect.rows(kAppColumns));
  const std::string seen = fmt::format(
      "({}) as r cross join findings f where f.app_key = r.app_key and f.fingerprint = r.fingerprint "
      "and f.state not in ('suspected', 'open')",
      dialect.rows(kPrintColumns));
  if (auto read = read_known(sql, present, apps, by_app); !read) return read;
  if (auto read = read_known(sql, seen, prints, by_app); !read) return read;
  select_later_looks(sql, dialect, apps, by_app);
  return {};
}

void write_findings(soci::session& sql, const Dialect& dialect, std::span<const NewScan> scans) {
  RowBatch changed(kFindingColumns), again(kSeenAgainColumns), occurrences(kOccurrenceColumns);
  for (const auto& scan : scans) {
    const std::string id = storable(scan.record->id), key = storable(scan.record->app.key);
    for (const auto& s : scan.changes.states) {
      const std::string fingerprint = storable(s.finding.fingerprint), body = dump_json(to_json(s.finding));
      if (is_seen_again(scan.known, s)) {
        again.add({key, fingerprint, milliseconds_of(s.last_seen), milliseconds_of(s.last_look), s.fails_in_row,
                   s.passes_in_row, body});
        continue;
      }
      changed.add({key, fingerprint, storable(s.finding.requirement), storable(s.finding.subject),
                   to_string(s.finding.severity), static_cast<std::int64_t>(s.finding.severity), to_string(s.status),
                   milliseconds_of(s.first_seen), milliseconds_of(s.last_seen), milliseconds_or_null(s.opened_at),
                   milliseconds_or_null(s.closed_at), milliseconds_of(s.last_look), s.reopened, s.fails_in_row,
                   s.passes_in_row, scan.app.org_id.empty() ? RowBatch::Value(nullptr) : scan.app.org_id, scan.app.kind,
                   body});
    }
    for (const auto& fingerprint : scan.changes.present) occurrences.add({id, key, storable(fingerprint)});
  }
  changed.insert(sql, dialect, "findings", kUpsertFinding);
  again.update(sql, dialect, "findings", 2);
  occurrences.insert(sql, dialect, "occurrences");
}

}  // namespace assay::ledger

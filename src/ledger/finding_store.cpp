#include "ledger/finding_store.h"

#include <fmt/format.h>

#include <array>

#include "base/json.h"
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
constexpr std::array kFingerprintColumn = {Column{"fingerprint", ColumnType::text}};

// A finding's organisation and kind follow its app: carry_to_findings().
constexpr std::string_view kUpsertFinding =
    " on conflict (app_key, fingerprint) do update set severity = excluded.severity, "
    "severity_rank = excluded.severity_rank, state = excluded.state, first_seen_ms = excluded.first_seen_ms, "
    "last_seen_ms = excluded.last_seen_ms, opened_ms = excluded.opened_ms, closed_ms = excluded.closed_ms, "
    "look_ms = excluded.look_ms, reopened = excluded.reopened, fails_in_row = excluded.fails_in_row, "
    "passes_in_row = excluded.passes_in_row, body = excluded.body";

Json milliseconds_or_null(const std::optional<Time>& t) {
  return t ? Json(milliseconds_of(*t)) : Json();
}

void select_later_looks(soci::session& sql, const ScanRecord& record, Known& known) {
  const std::string key = storable(record.app.key);
  const long long started = milliseconds_of(record.started);
  Pair pair;
  long long later = 0, passed = 0;
  // A pair passes only when each of its verdicts does; one that is inconclusive, too, said neither.
  soci::statement looks =
      (sql.prepare << "select v.requirement, v.subject, s.started_ms, "
                      "min(case when v.outcome = 'pass' then 1 else 0 end) from scans s "
                      "join verdicts v on v.scan_id = s.scan_id where s.app_key = :key and s.complete = 1 "
                      "and s.started_ms > :started group by v.requirement, v.subject, s.started_ms, s.scan_id "
                      "having min(case when v.outcome = 'pass' then 1 else 0 end) = 1 "
                      "or max(case when v.outcome = 'fail' then 1 else 0 end) = 1 order by s.started_ms, s.scan_id",
       soci::use(key, "key"), soci::use(started, "started"), soci::into(pair.first), soci::into(pair.second),
       soci::into(later), soci::into(passed));
  looks.execute();
  while (looks.fetch()) known.later[pair].push_back({time_of(later), passed == 1});
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

Result<Known> select_known(soci::session& sql, const Dialect& dialect, const ScanRecord& record) {
  const std::string key = storable(record.app.key);
  Json fingerprints = Json::array();
  for (const auto* f : findings_of(record)) fingerprints.push_back({{"fingerprint", storable(f->fingerprint)}});
  const std::string batch = dump_json(fingerprints);
  Known known;
  FindingRow row;
  soci::statement rows(sql);
  rows.exchange(soci::use(key, "key"));
  rows.exchange(soci::use(batch, "rows"));
  row.bind(rows);
  rows.alloc();
  rows.prepare(
      fmt::format("select {} from findings f where f.app_key = :key and (f.state in ('suspected', 'open') or "
                  "f.fingerprint in ({}))",
                  kFindingRow, dialect.rows(kFingerprintColumn)));
  rows.define_and_bind();
  rows.execute();
  while (rows.fetch()) {
    auto finding = row.take();
    if (!finding) return std::unexpected(finding.error());
    const std::string fingerprint = finding->finding.fingerprint;
    known.findings.emplace(fingerprint, std::move(*finding));
  }
  select_later_looks(sql, record, known);
  return known;
}

void write_findings(soci::session& sql, const Dialect& dialect, const ScanRecord& record, const AppOwner& owner,
                    const Changes& changes) {
  const std::string id = storable(record.id), key = storable(record.app.key);
  Json states = Json::array(), occurrences = Json::array();
  for (const auto& s : changes.states)
    states.push_back({{"app_key", key},
                      {"fingerprint", storable(s.finding.fingerprint)},
                      {"requirement", storable(s.finding.requirement)},
                      {"subject", storable(s.finding.subject)},
                      {"severity", to_string(s.finding.severity)},
                      {"severity_rank", static_cast<int>(s.finding.severity)},
                      {"state", to_string(s.status)},
                      {"first_seen_ms", milliseconds_of(s.first_seen)},
                      {"last_seen_ms", milliseconds_of(s.last_seen)},
                      {"opened_ms", milliseconds_or_null(s.opened_at)},
                      {"closed_ms", milliseconds_or_null(s.closed_at)},
                      {"look_ms", milliseconds_of(s.last_look)},
                      {"reopened", s.reopened},
                      {"fails_in_row", s.fails_in_row},
                      {"passes_in_row", s.passes_in_row},
                      {"org_id", owner.org_id.empty() ? Json() : Json(owner.org_id)},
                      {"kind", owner.kind},
                      {"body", dump_json(to_json(s.finding))}});
  for (const auto& fingerprint : changes.present)
    occurrences.push_back({{"scan_id", id}, {"app_key", key}, {"fingerprint", storable(fingerprint)}});
  run_rows(sql, dialect.insert_rows("findings", kFindingColumns) + std::string(kUpsertFinding), states);
  run_rows(sql, dialect.insert_rows("occurrences", kOccurrenceColumns), occurrences);
}

}  // namespace assay::ledger

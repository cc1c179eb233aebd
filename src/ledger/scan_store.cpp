#include "ledger/scan_store.h"

#include <fmt/format.h>

#include <array>
#include <chrono>

#include "ledger/scan_form.h"

namespace assay::ledger {

namespace {

constexpr std::array kVerdictColumns = {
    Column{"scan_id", ColumnType::text},     Column{"ordinal", ColumnType::integer},
    Column{"requirement", ColumnType::text}, Column{"subject", ColumnType::text},
    Column{"outcome", ColumnType::text},     Column{"reason_code", ColumnType::text},
    Column{"body", ColumnType::text}};
constexpr std::array kFindingColumns = {
    Column{"app_key", ColumnType::text},         Column{"fingerprint", ColumnType::text},
    Column{"requirement", ColumnType::text},     Column{"subject", ColumnType::text},
    Column{"severity", ColumnType::text},        Column{"severity_rank", ColumnType::integer},
    Column{"state", ColumnType::text},           Column{"first_seen_ms", ColumnType::integer},
    Column{"last_seen_ms", ColumnType::integer}, Column{"closed_ms", ColumnType::integer},
    Column{"reopened", ColumnType::integer},     Column{"body", ColumnType::text}};
constexpr std::array kOccurrenceColumns = {Column{"scan_id", ColumnType::text}, Column{"app_key", ColumnType::text},
                                           Column{"fingerprint", ColumnType::text}};
constexpr std::array kFingerprintColumn = {Column{"fingerprint", ColumnType::text}};

constexpr std::string_view kUpsertFinding =
    " on conflict (app_key, fingerprint) do update set severity = excluded.severity, "
    "severity_rank = excluded.severity_rank, state = excluded.state, first_seen_ms = excluded.first_seen_ms, "
    "last_seen_ms = excluded.last_seen_ms, closed_ms = excluded.closed_ms, reopened = excluded.reopened, body = "
    "excluded.body";
constexpr std::string_view kSelectFinding =
    "select state, first_seen_ms, last_seen_ms, coalesce(closed_ms, -1), reopened, body from findings ";

long long milliseconds_of(Time t) {
  return t.time_since_epoch().count();
}
Time time_of(long long ms) {
  return Time{std::chrono::milliseconds(ms)};
}

// The variables that one row of kSelectFinding is read into.
struct FindingRow {
  std::string state, body;
  long long first_seen = 0, last_seen = 0, closed = 0, reopened = 0;
};

Result<FindingState> state_of(const FindingRow& row) {
  const auto json = parse_json(row.body, "stored finding");
  if (!json) return std::unexpected(json.error());
  auto finding = finding_from_json(*json);
  if (!finding) return std::unexpected(finding.error());
  const auto status = finding_status_from_string(row.state);
  if (!status) return fail(ErrorCode::internal, "stored finding", "has the unknown state " + row.state);
  FindingState state{.finding = std::move(*finding),
                     .status = *status,
                     .first_seen = time_of(row.first_seen),
                     .last_seen = time_of(row.last_seen),
                     .closed_at = std::nullopt,
                     .reopened = static_cast<int>(row.reopened)};
  if (state.status != FindingStatus::open) state.closed_at = time_of(row.closed);
  return state;
}

void insert_batch(soci::session& sql, const std::string& statement, const Json& rows) {
  if (rows.empty()) return;
  const std::string batch = dump_json(rows);
  sql << statement, soci::use(batch, "rows");
}

Json verdict_row(const std::string& scan_id, std::size_t ordinal, const Verdict& v) {
  return Json{{"scan_id", scan_id},
              {"ordinal", ordinal},
              {"requirement", storable(v.requirement)},
              {"subject", storable(v.subject)},
              {"outcome", to_string(v.outcome)},
              {"reason_code", storable(v.reason_code)},
              {"body", dump_json(to_json(v))}};
}

Result<std::vector<Verdict>> select_verdicts(soci::session& sql, const std::string& scan_id) {
  std::vector<Verdict> verdicts;
  std::string body;
  soci::statement rows = (sql.prepare << "select body from verdicts where scan_id = :scan order by ordinal",
                          soci::use(scan_id, "scan"), soci::into(body));
  rows.execute();
  while (rows.fetch()) {
    const auto json = parse_json(body, "stored verdict");
    if (!json) return std::unexpected(json.error());
    auto verdict = verdict_from_json(*json);
    if (!verdict) return std::unexpected(verdict.error());
    verdicts.push_back(std::move(*verdict));
  }
  return verdicts;
}

Result<void> read_scan_body(const std::string& body, ScanRecord& record) {
  const auto json = parse_json(body, "stored scan " + record.id);
  if (!json) return std::unexpected(json.error());
  return scan_from_json(*json, record);
}

}  // namespace

void insert_app(soci::session& sql, const App& app) {
  const std::string key = storable(app.key), name = storable(app.name), kind = storable(app.kind);
  const std::string target = storable(app.target), owner = storable(app.owner);
  const long long added = milliseconds_of(app.added == Time{} ? now() : app.added);
  sql << "insert into apps (app_key, name, kind, target, owner, added_ms) "
         "values (:key, :name, :kind, :target, :owner, :added) on conflict do nothing",
      soci::use(key, "key"), soci::use(name, "name"), soci::use(kind, "kind"), soci::use(target, "target"),
      soci::use(owner, "owner"), soci::use(added, "added");
}

void update_app(soci::session& sql, const App& app) {
  const std::string key = storable(app.key), name = storable(app.name), kind = storable(app.kind);
  const std::string owner = storable(app.owner);
  sql << "update apps set name = :name, kind = :kind, owner = :owner where app_key = :key", soci::use(name, "name"),
      soci::use(kind, "kind"), soci::use(owner, "owner"), soci::use(key, "key");
}

void delete_app(soci::session& sql, const std::string& key) {
  const std::string stored = storable(key);
  sql << "delete from apps where app_key = :key", soci::use(stored, "key");
}

void lock_app(soci::session& sql, const Dialect& dialect, const std::string& key) {
  const std::string stored = storable(key);
  std::string locked;
  sql << fmt::format("select app_key from apps where app_key = :key{}", dialect.for_update()), soci::use(stored, "key"),
      soci::into(locked);
}

std::optional<App> select_app(soci::session& sql, const std::string& key) {
  const std::string stored = storable(key);
  App app;
  long long added = 0;
  sql << "select app_key, name, kind, target, owner, added_ms from apps where app_key = :key", soci::use(stored, "key"),
      soci::into(app.key), soci::into(app.name), soci::into(app.kind), soci::into(app.target), soci::into(app.owner),
      soci::into(added);
  if (!sql.got_data()) return std::nullopt;
  app.added = time_of(added);
  return app;
}

std::vector<App> select_apps(soci::session& sql) {
  std::vector<App> apps;
  App app;
  long long added = 0;
  soci::statement rows =
      (sql.prepare << "select app_key, name, kind, target, owner, added_ms from apps order by app_key",
       soci::into(app.key), soci::into(app.name), soci::into(app.kind), soci::into(app.target), soci::into(app.owner),
       soci::into(added));
  rows.execute();
  while (rows.fetch()) {
    app.added = time_of(added);
    apps.push_back(app);
  }
  return apps;
}

std::vector<ScanSummary> select_scans(soci::session& sql, const std::string& app_key, int limit) {
  const std::string key = storable(app_key);
  const long long most = std::max(limit, 0);
  std::vector<ScanSummary> scans;
  std::string id;
  long long started = 0, finished = 0, complete = 0, pass = 0, fail = 0, inconclusive = 0, not_applicable = 0;
  soci::statement rows =
      (sql.prepare << "select scan_id, started_ms, finished_ms, complete, pass, fail, inconclusive, not_applicable "
                      "from scans where app_key = :key order by started_ms desc, scan_id limit :most",
       soci::use(key, "key"), soci::use(most, "most"), soci::into(id), soci::into(started), soci::into(finished),
       soci::into(complete), soci::into(pass), soci::into(fail), soci::into(inconclusive), soci::into(not_applicable));
  rows.execute();
  while (rows.fetch())
    scans.push_back({id, time_of(started), time_of(finished), complete != 0, static_cast<int>(pass),
                     static_cast<int>(fail), static_cast<int>(inconclusive), static_cast<int>(not_applicable)});
  return scans;
}

Result<ScanRecord> select_scan(soci::session& sql, const std::string& scan_id) {
  const std::string id = storable(scan_id);
  ScanRecord record;
  std::string app_key, body;
  long long started = 0, finished = 0, complete = 0;
  sql << "select scan_id, app_key, started_ms, finished_ms, complete, body from scans where scan_id = :id",
      soci::use(id, "id"), soci::into(record.id), soci::into(app_key), soci::into(started), soci::into(finished),
      soci::into(complete), soci::into(body);
  if (!sql.got_data())
    return fail(ErrorCode::not_found, "scan " + scan_id, "is not in the ledger",
                "list an app's scans with: assay apps show");
  record.started = time_of(started);
  record.finished = time_of(finished);
  record.complete = complete != 0;
  if (auto read = read_scan_body(body, record); !read) return std::unexpected(read.error());
  if (auto app = select_app(sql, app_key)) record.app = std::move(*app);
  auto verdicts = select_verdicts(sql, record.id);
  if (!verdicts) return std::unexpected(verdicts.error());
  record.verdicts = std::move(*verdicts);
  return record;
}

Result<std::optional<Comparison>> select_comparison(soci::session& sql, const ScanRecord& record) {
  const std::string id = storable(record.id);
  std::string app_key, body;
  sql << "select app_key, body from scans where scan_id = :id", soci::use(id, "id"), soci::into(app_key),
      soci::into(body);
  if (!sql.got_data()) return std::nullopt;
  if (app_key != storable(record.app.key))
    return fail(ErrorCode::conflict, "scan " + record.id, "is already stored as a scan of the app " + app_key,
                "give each scan an id of its own");
  ScanRecord before;
  before.id = record.id;
  if (auto read = read_scan_body(body, before); !read) return std::unexpected(read.error());
  return Comparison{std::move(before.standing), std::move(before.fixed), std::move(before.gone)};
}

void insert_scan(soci::session& sql, const Dialect& dialect, const ScanRecord& record, const Comparison& comparison) {
  const OutcomeCounts counts = count_outcomes(record);
  const std::string id = storable(record.id), app_key = storable(record.app.key),
                    body = dump_json(scan_to_json(record, comparison));
  const long long started = milliseconds_of(record.started), finished = milliseconds_of(record.finished);
  const long long complete = record.complete ? 1 : 0;
  const long long pass = counts.pass, fail = counts.fail, inconclusive = counts.inconclusive;
  const long long not_applicable = counts.not_applicable;
  sql << "insert into scans (scan_id, app_key, started_ms, finished_ms, complete, pass, fail, inconclusive, "
         "not_applicable, body) values (:id, :app, :started, :finished, :complete, :pass, :fail, :inconclusive, "
         ":not_applicable, :body)",
      soci::use(id, "id"), soci::use(app_key, "app"), soci::use(started, "started"), soci::use(finished, "finished"),
      soci::use(complete, "complete"), soci::use(pass, "pass"), soci::use(fail, "fail"),
      soci::use(inconclusive, "inconclusive"), soci::use(not_applicable, "not_applicable"), soci::use(body, "body");
  Json rows = Json::array();
  for (const auto& v : record.verdicts) rows.push_back(verdict_row(id, rows.size(), v));
  insert_batch(sql, dialect.insert_rows("verdicts", kVerdictColumns), rows);
}

Result<std::vector<FindingState>> select_findings(soci::session& sql, const std::string& app_key) {
  const std::string key = storable(app_key);
  std::vector<FindingState> states;
  FindingRow row;
  soci::statement rows = (sql.prepare << std::string(kSelectFinding) + "where app_key = :key", soci::use(key, "key"),
                          soci::into(row.state), soci::into(row.first_seen), soci::into(row.last_seen),
                          soci::into(row.closed), soci::into(row.reopened), soci::into(row.body));
  rows.execute();
  while (rows.fetch()) {
    auto state = state_of(row);
    if (!state) return std::unexpected(state.error());
    states.push_back(std::move(*state));
  }
  return states;
}

Result<Known> select_known(soci::session& sql, const Dialect& dialect, const ScanRecord& record) {
  const std::string key = storable(record.app.key);
  Json fingerprints = Json::array();
  for (const auto* f : findings_of(record)) fingerprints.push_back({{"fingerprint", storable(f->fingerprint)}});
  const std::string batch = dump_json(fingerprints);
  const std::string query = fmt::format("{}where app_key = :key and (state = 'open' or fingerprint in ({}))",
                                        kSelectFinding, dialect.rows(kFingerprintColumn));
  Known known;
  FindingRow row;
  soci::statement rows = (sql.prepare << query, soci::use(key, "key"), soci::use(batch, "rows"), soci::into(row.state),
                          soci::into(row.first_seen), soci::into(row.last_seen), soci::into(row.closed),
                          soci::into(row.reopened), soci::into(row.body));
  rows.execute();
  while (rows.fetch()) {
    auto state = state_of(row);
    if (!state) return std::unexpected(state.error());
    const std::string fingerprint = state->finding.fingerprint;
    known.findings.emplace(fingerprint, std::move(*state));
  }
  const long long started = milliseconds_of(record.started);
  long long passed = 0;
  Pair pair;
  soci::statement passes =
      (sql.prepare << "select v.requirement, v.subject, min(s.started_ms) from scans s "
                      "join verdicts v on v.scan_id = s.scan_id where s.app_key = :key and s.complete = 1 "
                      "and s.started_ms > :started and v.outcome = 'pass' group by v.requirement, v.subject",
       soci::use(key, "key"), soci::use(started, "started"), soci::into(pair.first), soci::into(pair.second),
       soci::into(passed));
  passes.execute();
  while (passes.fetch()) known.later_passes.emplace(pair, time_of(passed));
  return known;
}

void write_findings(soci::session& sql, const Dialect& dialect, const ScanRecord& record, const Changes& changes) {
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
                      {"closed_ms", s.closed_at ? Json(milliseconds_of(*s.closed_at)) : Json()},
                      {"reopened", s.reopened},
                      {"body", dump_json(to_json(s.finding))}});
  for (const auto& fingerprint : changes.present)
    occurrences.push_back({{"scan_id", id}, {"app_key", key}, {"fingerprint", storable(fingerprint)}});
  insert_batch(sql, dialect.insert_rows("findings", kFindingColumns) + std::string(kUpsertFinding), states);
  insert_batch(sql, dialect.insert_rows("occurrences", kOccurrenceColumns), occurrences);
}

}  // namespace assay::ledger

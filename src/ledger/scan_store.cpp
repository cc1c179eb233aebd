#include "ledger/scan_store.h"

#include <array>

#include "ledger/app_store.h"
#include "ledger/scan_form.h"
#include "ledger/statement.h"

namespace assay::ledger {

namespace {

constexpr std::array kVerdictColumns = {
    Column{"scan_id", ColumnType::text},     Column{"ordinal", ColumnType::integer},
    Column{"requirement", ColumnType::text}, Column{"subject", ColumnType::text},
    Column{"outcome", ColumnType::text},     Column{"reason_code", ColumnType::text},
    Column{"body", ColumnType::text}};

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
  run_rows(sql, dialect.insert_rows("verdicts", kVerdictColumns), rows);
}

}  // namespace assay::ledger

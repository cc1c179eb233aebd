#include "ledger/scan_store.h"

#include <fmt/format.h>

#include <array>

#include "ledger/app_store.h"
#include "ledger/row_batch.h"
#include "ledger/scan_form.h"
#include "ledger/statement.h"

namespace assay::ledger {

namespace {

constexpr std::array kVerdictColumns = {
    Column{"scan_id", ColumnType::text},     Column{"ordinal", ColumnType::integer},
    Column{"requirement", ColumnType::text}, Column{"subject", ColumnType::text},
    Column{"outcome", ColumnType::text},     Column{"reason_code", ColumnType::text},
    Column{"body", ColumnType::text}};

constexpr std::array kScanColumns = {
    Column{"scan_id", ColumnType::text},           Column{"app_key", ColumnType::text},
    Column{"started_ms", ColumnType::integer},     Column{"finished_ms", ColumnType::integer},
    Column{"complete", ColumnType::integer},       Column{"pass", ColumnType::integer},
    Column{"fail", ColumnType::integer},           Column{"inconclusive", ColumnType::integer},
    Column{"not_applicable", ColumnType::integer}, Column{"body", ColumnType::text}};
constexpr std::array kIdColumn = {Column{"scan_id", ColumnType::text}};

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

Result<std::map<std::string, Comparison>> select_comparisons(soci::session& sql, const Dialect& dialect,
                                                             std::span<const ScanRecord* const> records) {
  std::map<std::string, const ScanRecord*> by_id;
  Json ids = Json::array();
  for (const auto* record : records) {
    by_id.emplace(storable(record->id), record);
    ids.push_back({{"scan_id", storable(record->id)}});
  }
  const std::string batch = dump_json(ids);
  std::string id, app_key, body;
  std::map<std::string, Comparison> found;
  soci::statement rows = (sql.prepare << fmt::format("select scan_id, app_key, body from scans where scan_id in ({})",
                                                     dialect.rows(kIdColumn)),
                          soci::use(batch, "rows"), soci::into(id), soci::into(app_key), soci::into(body));
  rows.execute();
  while (rows.fetch()) {
    if (app_key != storable(by_id.at(id)->app.key))
      return fail(ErrorCode::conflict, "scan " + id, "is already stored as a scan of the app " + app_key,
                  "give each scan an id of its own");
    ScanRecord before;
    before.id = id;
    if (auto read = read_scan_body(body, before); !read) return std::unexpected(read.error());
    found.emplace(id, Comparison{std::move(before.standing), std::move(before.fixed), std::move(before.gone)});
  }
  return found;
}

void insert_scans(soci::session& sql, const Dialect& dialect, std::span<const NewScan> scans) {
  RowBatch rows(kScanColumns), verdicts(kVerdictColumns);
  for (const auto& scan : scans) {
    const ScanRecord& record = *scan.record;
    const OutcomeCounts counts = count_outcomes(record);
    const std::string id = storable(record.id);
    rows.add({id, storable(record.app.key), milliseconds_of(record.started), milliseconds_of(record.finished),
              record.complete ? 1 : 0, counts.pass, counts.fail, counts.inconclusive, counts.not_applicable,
              dump_json(scan_to_json(record, scan.changes.comparison))});
    std::int64_t ordinal = 0;
    for (const auto& v : record.verdicts)
      verdicts.add({id, ordinal++, storable(v.requirement), storable(v.subject), to_string(v.outcome),
                    storable(v.reason_code), dump_json(to_json(v))});
  }
  rows.insert(sql, dialect, "scans");
  verdicts.insert(sql, dialect, "verdicts");
}

}  // namespace assay::ledger

#include "ledger/roll_up.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "ledger/app_store.h"
#include "ledger/row_batch.h"
#include "ledger/statement.h"

namespace assay::ledger {

namespace {

constexpr std::array kKeyColumn = {Column{"app_key", ColumnType::text}};
constexpr std::array kReleaseKey = {Column{"app_key", ColumnType::text}, Column{"release", ColumnType::text}};
constexpr std::array kReleaseColumns = {Column{"app_key", ColumnType::text}, Column{"release", ColumnType::text},
                                        Column{"first_seen_ms", ColumnType::integer},
                                        Column{"last_seen_ms", ColumnType::integer}};
constexpr std::array kLookColumns = {
    Column{"app_key", ColumnType::text},         Column{"requirement", ColumnType::text},
    Column{"scan_id", ColumnType::text},         Column{"looked_ms", ColumnType::integer},
    Column{"pass", ColumnType::integer},         Column{"fail", ColumnType::integer},
    Column{"inconclusive", ColumnType::integer}, Column{"not_applicable", ColumnType::integer}};
constexpr std::array kAppColumns = {
    Column{"app_key", ColumnType::text},         Column{"last_scan_id", ColumnType::text},
    Column{"last_scan_ms", ColumnType::integer}, Column{"release", ColumnType::text},
    Column{"inconclusive", ColumnType::integer}, Column{"open_critical", ColumnType::integer},
    Column{"open_high", ColumnType::integer},    Column{"open_medium", ColumnType::integer},
    Column{"open_low", ColumnType::integer}};

constexpr std::string_view kNewerLook =
    "on conflict (app_key, requirement) do update set scan_id = excluded.scan_id, looked_ms = excluded.looked_ms, "
    "pass = excluded.pass, fail = excluded.fail, inconclusive = excluded.inconclusive, "
    "not_applicable = excluded.not_applicable where excluded.looked_ms >= latest_looks.looked_ms";
constexpr std::string_view kReleaseTimes =
    "on conflict (app_key, release) do update set first_seen_ms = excluded.first_seen_ms, "
    "last_seen_ms = excluded.last_seen_ms";

bool is_newest(const NewScan& scan) {
  return scan.record->started >= scan.app.last_scan;
}

// The name of an app that was added without one.
void learn_name(soci::session& sql, const Dialect& dialect, const App& app) {
  const std::string key = storable(app.key), name = storable(app.name);
  sql << "update apps set name = :name where app_key = :key", soci::use(name, "name"), soci::use(key, "key");
  write_words(sql, dialect, {app});
}

// The times of those of the scans' releases that are known, by app.
std::map<std::string, std::pair<long long, long long>> known_releases(soci::session& sql, const Dialect& dialect,
                                                                      std::span<const NewScan> scans) {
  Json wanted = Json::array();
  for (const auto& scan : scans)
    if (!scan.record->release.empty())
      wanted.push_back({{"app_key", storable(scan.record->app.key)}, {"release", storable(scan.record->release)}});
  std::map<std::string, std::pair<long long, long long>> known;
  if (wanted.empty()) return known;
  const std::string batch = dump_json(wanted);
  std::string key;
  long long first = 0, last = 0;
  soci::statement rows = (sql.prepare << fmt::format(
                              "select k.app_key, k.first_seen_ms, k.last_seen_ms from ({}) as r cross join releases k "
                              "where k.app_key = r.app_key and k.release = r.release",
                              dialect.rows(kReleaseKey)),
                          soci::use(batch, "rows"), soci::into(key), soci::into(first), soci::into(last));
  rows.execute();
  while (rows.fetch()) known.emplace(key, std::pair(first, last));
  return known;
}

void write_releases(soci::session& sql, const Dialect& dialect, NewScans scans) {
  const auto known = known_releases(sql, dialect, scans);
  RowBatch rows(kReleaseColumns);
  for (auto& scan : scans) {
    const ScanRecord& record = *scan.record;
    if (record.release.empty()) continue;
    const std::string key = storable(record.app.key);
    const long long started = milliseconds_of(record.started);
    const auto at = known.find(key);
    if (at == known.end()) {
      rows.add({key, storable(record.release), started, started});
      if (is_newest(scan)) scan.changes.effect.release = NewRelease{record.release, scan.app.release};
    } else if (const auto [first, last] = at->second; started < first || started > last) {
      rows.add({key, storable(record.release), std::min(first, started), std::max(last, started)});
    }
  }
  rows.insert(sql, dialect, "releases", kReleaseTimes);
}

void write_latest_looks(soci::session& sql, const Dialect& dialect, std::span<const NewScan> scans) {
  RowBatch rows(kLookColumns);
  for (const auto& scan : scans) {
    const ScanRecord& record = *scan.record;
    std::map<std::string_view, OutcomeCounts> looks;
    for (const auto& v : record.verdicts) {
      auto& counts = looks[v.requirement];
      if (v.outcome == Outcome::pass) ++counts.pass;
      if (v.outcome == Outcome::fail) ++counts.fail;
      if (v.outcome == Outcome::inconclusive) ++counts.inconclusive;
      if (v.outcome == Outcome::not_applicable) ++counts.not_applicable;
    }
    for (const auto& [requirement, counts] : looks)
      rows.add({storable(record.app.key), storable(requirement), storable(record.id), milliseconds_of(record.started),
                counts.pass, counts.fail, counts.inconclusive, counts.not_applicable});
  }
  rows.insert(sql, dialect, "latest_looks", kNewerLook);
}

std::map<std::string, long long> inconclusive_looks(soci::session& sql, const Dialect& dialect,
                                                    std::span<const NewScan> scans) {
  Json keys = Json::array();
  for (const auto& scan : scans) keys.push_back({{"app_key", storable(scan.record->app.key)}});
  const std::string batch = dump_json(keys);
  std::string key;
  long long count = 0;
  std::map<std::string, long long> counts;
  soci::statement rows =
      (sql.prepare << fmt::format("select l.app_key, sum(l.inconclusive) from ({}) as r cross join latest_looks l "
                                  "where l.app_key = r.app_key group by l.app_key",
                                  dialect.rows(kKeyColumn)),
       soci::use(batch, "rows"), soci::into(key), soci::into(count));
  rows.execute();
  while (rows.fetch()) counts.emplace(key, count);
  return counts;
}

// What count_open_findings() would read again: all that is open is known, or has just been written.
OpenCounts open_counts(const NewScan& scan) {
  OpenCounts open;
  const auto count = [&](const KnownFinding& known) {
    if (known.status == FindingStatus::open && !scan.known.disposed.contains(known.finding.fingerprint))
      ++open.of(known.finding.severity);
  };
  std::set<std::string_view> written;
  for (const auto& state : scan.changes.states) {
    written.insert(state.finding.fingerprint);
    count(state);
  }
  for (const auto& [fingerprint, known] : scan.known.findings)
    if (!written.contains(fingerprint)) count(known);
  return open;
}

}  // namespace

void roll_up(soci::session& sql, const Dialect& dialect, NewScans scans) {
  for (const auto& scan : scans)
    if (scan.app.name.empty() && !scan.record->app.name.empty()) learn_name(sql, dialect, scan.record->app);
  write_releases(sql, dialect, scans);
  write_latest_looks(sql, dialect, scans);
  const auto inconclusive = inconclusive_looks(sql, dialect, scans);
  RowBatch rows(kAppColumns);
  for (const auto& scan : scans) {
    const ScanRecord& record = *scan.record;
    const bool newest = is_newest(scan);
    const std::string key = storable(record.app.key), release = storable(record.release),
                      last = newest ? storable(record.id) : scan.app.last_scan_id;
    const auto at = inconclusive.find(key);
    const OpenCounts open = open_counts(scan);
    rows.add({key, last.empty() ? RowBatch::Value(nullptr) : last,
              milliseconds_of(newest ? record.started : scan.app.last_scan),
              newest && !release.empty() ? release : scan.app.release, at == inconclusive.end() ? 0 : at->second,
              open.critical, open.high, open.medium, open.low});
  }
  rows.update(sql, dialect, "apps", 1);
}

}  // namespace assay::ledger

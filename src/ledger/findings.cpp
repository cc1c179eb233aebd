#include "ledger/findings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "ledger/finding_store.h"
#include "ledger/lists.h"
#include "ledger/scan_store.h"

namespace assay::ledger {

namespace {

constexpr std::array kKinds = {ListWord{.word = "connect"}, ListWord{.word = "forge"}, ListWord{.word = "service"},
                               ListWord{.word = "source"}};
constexpr std::array kStates = {ListWord{.word = "suspected"}, ListWord{.word = "open"}, ListWord{.word = "fixed"},
                                ListWord{.word = "gone"}, ListWord{.word = "unconfirmed"}};
constexpr std::array kSeverities = {ListWord{.word = "critical", .value = 4}, ListWord{.word = "high", .value = 3},
                                    ListWord{.word = "medium", .value = 2}, ListWord{.word = "low", .value = 1},
                                    ListWord{.word = "none", .value = 0}};
// "<> ''" names the partial index of those that have one, for SQLite does not infer it.
constexpr std::array kDispositions = {
    ListWord{.word = "none", .condition = "f.disposition = ''"},
    ListWord{.word = "false-positive", .condition = "f.disposition <> '' and f.disposition = 'false-positive'"},
    ListWord{.word = "risk-accepted", .condition = "f.disposition <> '' and f.disposition = 'risk-accepted'"},
    ListWord{.word = "not-applicable", .condition = "f.disposition <> '' and f.disposition = 'not-applicable'"},
    ListWord{.word = "duplicate", .condition = "f.disposition <> '' and f.disposition = 'duplicate'"}};
constexpr std::array kFields = {
    ListField{.name = "app", .column = "f.app_key"},
    ListField{.name = "organisation", .column = "f.org_id", .type = FieldType::organisation},
    ListField{.name = "kind", .column = "f.kind", .type = FieldType::word, .words = kKinds},
    ListField{.name = "requirement", .column = "f.requirement"},
    ListField{.name = "severity", .column = "f.severity_rank", .type = FieldType::rank, .words = kSeverities},
    ListField{.name = "state", .column = "f.state", .type = FieldType::word, .words = kStates},
    ListField{.name = "disposition", .column = "", .type = FieldType::condition, .words = kDispositions},
    ListField{.name = "fingerprint", .column = "f.fingerprint"},
    ListField{.name = "subject", .column = "f.subject"},
    ListField{.name = "reopened", .column = "f.reopened", .type = FieldType::integer},
    ListField{.name = "first_seen", .column = "f.first_seen_ms", .type = FieldType::time},
    ListField{.name = "last_seen", .column = "f.last_seen_ms", .type = FieldType::time},
    ListField{.name = "opened", .column = "coalesce(f.opened_ms, 0)", .type = FieldType::time},
    ListField{.name = "closed", .column = "f.closed_ms", .type = FieldType::time}};
constexpr std::array kSorts = {ListSort{.name = "severity", .column = "f.severity_rank", .integer = true},
                               ListSort{.name = "first_seen", .column = "f.first_seen_ms", .integer = true},
                               ListSort{.name = "last_seen", .column = "f.last_seen_ms", .integer = true},
                               ListSort{.name = "opened", .column = "coalesce(f.opened_ms, 0)", .integer = true},
                               ListSort{.name = "app", .column = "f.app_key"}};
constexpr std::array kKey = {ListSort{.name = "app", .column = "f.app_key"},
                             ListSort{.name = "fingerprint", .column = "f.fingerprint"}};

// The columns after those of FindingRow.
constexpr std::string_view kMore =
    "f.app_key, coalesce((select a.name from apps a where a.app_key = f.app_key), ''), f.kind, "
    "coalesce(f.org_id, ''), f.disposition, "
    "coalesce((select max(t.ticket_id) from tickets t where t.app_key = f.app_key and "
    "t.fingerprint = f.fingerprint), -1), "
    "coalesce((select t.state from tickets t where t.app_key = f.app_key and t.fingerprint = f.fingerprint "
    "order by t.ticket_id desc limit 1), '')";

struct Row {
  FindingRow finding;
  FindingRecord record;
  long long ticket = -1;

  void bind(soci::statement& statement) {
    finding.bind(statement);
    for (auto* text : {&record.app_key, &record.app_name, &record.kind, &record.org_id, &record.disposition})
      statement.exchange(soci::into(*text));
    statement.exchange(soci::into(ticket));
    statement.exchange(soci::into(record.ticket_state));
  }

  Result<FindingRecord> take() {
    auto known = finding.take();
    if (!known) return std::unexpected(known.error());
    record.known = std::move(*known);
    record.ticket_id = ticket < 0 ? std::nullopt : std::optional<std::int64_t>(ticket);
    return record;
  }
};

const std::string& finding_columns() {
  static const std::string columns = fmt::format("{}, {}", kFindingRow, kMore);
  return columns;
}

ListSpec findings_list() {
  return {.name = "findings",
          .columns = finding_columns(),
          .from = "findings f",
          .org = "f.org_id",
          .fields = kFields,
          .sorts = kSorts,
          .descending = true,
          .key = kKey,
          .search = {.app_key = "f.app_key", .prefix = "f.requirement"}};
}

}  // namespace

Result<Page<FindingRecord>> list_findings(Work& work, const ListQuery& query, const FilterScope& scope) {
  return read_page<FindingRecord, Row>(work, findings_list(), query, scope);
}

Result<FacetCounts> finding_facet(Work& work, const std::string& filter, const FilterScope& scope,
                                  const std::string& field) {
  return read_facet(work, findings_list(), filter, scope, field);
}

Result<std::optional<FindingRecord>> get_finding(Work& work, const std::string& app_key, const std::string& fingerprint,
                                                 const FilterScope& scope) {
  const std::string key = storable(app_key), print = storable(fingerprint);
  Row row;
  soci::statement found(work.sql());
  row.bind(found);
  found.exchange(soci::use(key, "key"));
  found.exchange(soci::use(print, "print"));
  found.alloc();
  found.prepare(
      fmt::format("select {} from findings f where f.app_key = :key and f.fingerprint = :print", finding_columns()));
  found.define_and_bind();
  found.execute();
  if (!found.fetch()) return std::nullopt;
  auto record = row.take();
  if (!record) return std::unexpected(record.error());
  if (scope.org_id && record->org_id != *scope.org_id) return std::nullopt;
  return std::optional(std::move(*record));
}

Result<std::vector<Sighting>> sightings_of(Work& work, const std::string& app_key, const std::string& fingerprint,
                                           int limit) {
  const std::string key = storable(app_key), print = storable(fingerprint);
  const long long most = std::max(limit, 0);
  std::vector<Sighting> sightings;
  std::string scan;
  long long started = 0, complete = 0;
  soci::statement rows =
      (work.sql().prepare << "select s.scan_id, s.started_ms, s.complete from occurrences o "
                             "join scans s on s.scan_id = o.scan_id where o.app_key = :key and o.fingerprint = :print "
                             "order by s.started_ms desc, s.scan_id limit :most",
       soci::use(key, "key"), soci::use(print, "print"), soci::use(most, "most"), soci::into(scan), soci::into(started),
       soci::into(complete));
  rows.execute();
  while (rows.fetch()) sightings.push_back({scan, time_of(started), complete != 0});
  return sightings;
}

}  // namespace assay::ledger

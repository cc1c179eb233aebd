#include <fmt/format.h>

#include <array>
#include <utility>

#include "ledger/findings.h"
#include "ledger/lists.h"
#include "ledger/scan_store.h"

namespace assay::ledger {

namespace {

constexpr std::array kComplete = {ListWord{.word = "true", .condition = "s.complete = 1"},
                                  ListWord{.word = "false", .condition = "s.complete = 0"}};
constexpr std::array kFields = {
    ListField{.name = "app", .column = "s.app_key"},
    ListField{.name = "organisation", .column = "a.org_id", .type = FieldType::organisation},
    ListField{.name = "complete", .column = "", .type = FieldType::condition, .words = kComplete},
    ListField{.name = "started", .column = "s.started_ms", .type = FieldType::time},
    ListField{.name = "fail", .column = "s.fail", .type = FieldType::integer},
    ListField{.name = "inconclusive", .column = "s.inconclusive", .type = FieldType::integer}};
constexpr std::array kSorts = {ListSort{.name = "started", .column = "s.started_ms", .integer = true}};
constexpr std::array kKey = {ListSort{.name = "id", .column = "s.scan_id"}};
constexpr ListSpec kScans = {.name = "scans",
                             .columns =
                                 "s.scan_id, s.app_key, s.started_ms, s.finished_ms, s.complete, s.pass, "
                                 "s.fail, s.inconclusive, s.not_applicable",
                             .from = "scans s join apps a on a.app_key = s.app_key",
                             .org = "a.org_id",
                             .fields = kFields,
                             .sorts = kSorts,
                             .descending = true,
                             .key = kKey,
                             .search = {.app_key = "s.app_key", .prefix = ""}};

struct Row {
  std::string id, app_key;
  long long started = 0, finished = 0, complete = 0, pass = 0, fail = 0, inconclusive = 0, not_applicable = 0;

  void bind(soci::statement& statement) {
    for (auto* text : {&id, &app_key}) statement.exchange(soci::into(*text));
    for (auto* number : {&started, &finished, &complete, &pass, &fail, &inconclusive, &not_applicable})
      statement.exchange(soci::into(*number));
  }

  Result<ScanListRow> take() const {
    return ScanListRow{.summary = {.id = id,
                                   .started = time_of(started),
                                   .finished = time_of(finished),
                                   .complete = complete != 0,
                                   .pass = static_cast<int>(pass),
                                   .fail = static_cast<int>(fail),
                                   .inconclusive = static_cast<int>(inconclusive),
                                   .not_applicable = static_cast<int>(not_applicable)},
                       .app_key = app_key};
  }
};

}  // namespace

Result<Page<ScanListRow>> list_scans(Work& work, const ListQuery& query, const FilterScope& scope) {
  return read_page<ScanListRow, Row>(work, kScans, query, scope);
}

Result<std::optional<ScanRecord>> get_scan(Work& work, const std::string& scan_id, const FilterScope& scope) {
  const std::string id = storable(scan_id);
  std::string org;
  work.sql() << "select coalesce(a.org_id, '') from scans s join apps a on a.app_key = s.app_key "
                "where s.scan_id = :id",
      soci::use(id, "id"), soci::into(org);
  if (!work.sql().got_data() || (scope.org_id && org != *scope.org_id)) return std::nullopt;
  auto record = select_scan(work.sql(), scan_id);
  if (!record) return std::unexpected(record.error());
  return std::optional(std::move(*record));
}

Result<std::vector<LatestVerdict>> latest_verdicts(Work& work, const std::string& app_key) {
  const std::string key = storable(app_key);
  std::vector<LatestVerdict> verdicts;
  std::string body, scan;
  long long looked = 0;
  soci::statement rows =
      (work.sql().prepare << "select v.body, l.scan_id, l.looked_ms from latest_looks l "
                             "join verdicts v on v.scan_id = l.scan_id and v.requirement = l.requirement "
                             "where l.app_key = :key order by l.requirement, v.ordinal",
       soci::use(key, "key"), soci::into(body), soci::into(scan), soci::into(looked));
  rows.execute();
  while (rows.fetch()) {
    const auto json = parse_json(body, "stored verdict");
    if (!json) return std::unexpected(json.error());
    auto verdict = verdict_from_json(*json);
    if (!verdict) return std::unexpected(verdict.error());
    verdicts.push_back({std::move(*verdict), scan, time_of(looked)});
  }
  return verdicts;
}

Result<std::vector<EvidenceHead>> evidence_of(Work& work, const std::string& scan_id) {
  const std::string id = storable(scan_id);
  std::vector<EvidenceHead> heads;
  EvidenceHead head;
  long long time = 0, stored = 0;
  soci::statement rows =
      (work.sql().prepare << "select evidence_id, kind, subject, probe, probe_version, time_ms, "
                             "case when body is null then 0 else 1 end from evidence where scan_id = :scan "
                             "order by ordinal",
       soci::use(id, "scan"), soci::into(head.id), soci::into(head.kind), soci::into(head.subject),
       soci::into(head.probe), soci::into(head.probe_version), soci::into(time), soci::into(stored));
  rows.execute();
  while (rows.fetch()) {
    head.time = time_of(time);
    head.stored = stored != 0;
    heads.push_back(head);
  }
  return heads;
}

}  // namespace assay::ledger

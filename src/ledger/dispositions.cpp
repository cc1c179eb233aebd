#include "ledger/dispositions.h"

#include <fmt/format.h>
#include <soci/soci.h>

#include <array>

#include "base/json.h"
#include "ledger/app_store.h"
#include "ledger/dialect.h"
#include "ledger/lists.h"
#include "ledger/statement.h"
#include "ledger/ticket_rows.h"

namespace assay::ledger {

namespace {

constexpr std::array kFingerprintColumn = {Column{"fingerprint", ColumnType::text}};

constexpr std::array kKinds = {ListWord{.word = "false-positive"}, ListWord{.word = "risk-accepted"},
                               ListWord{.word = "not-applicable"}, ListWord{.word = "duplicate"}};
constexpr std::array kStates = {ListWord{.word = "requested"}, ListWord{.word = "approved"},
                                ListWord{.word = "rejected"}, ListWord{.word = "withdrawn"},
                                ListWord{.word = "expired"}};
constexpr std::array kFields = {ListField{"app", "d.app_key"},
                                ListField{"organisation", "a.org_id", FieldType::organisation},
                                ListField{"fingerprint", "d.fingerprint"},
                                ListField{"kind", "d.kind", FieldType::word, kKinds},
                                ListField{"state", "d.state", FieldType::word, kStates},
                                ListField{"requested_by", "d.requested_by"},
                                ListField{"requested", "d.requested_ms", FieldType::time},
                                ListField{"until", "coalesce(d.until_ms, 9223372036854775807)", FieldType::time}};
constexpr std::array kKey = {ListSort{"disposition", "d.disposition_id", true}};
constexpr ListSpec kDispositions{.name = "dispositions",
                                 .columns = DispositionRow::kColumns,
                                 .from = "dispositions d join apps a on a.app_key = d.app_key",
                                 .org = "a.org_id",
                                 .fields = kFields,
                                 .sorts = kKey,
                                 .descending = true,
                                 .key = kKey,
                                 .search = {.app_key = "d.app_key"}};

std::string select_dispositions(std::string_view where) {
  return fmt::format("select {} from dispositions d where {}", DispositionRow::kColumns, where);
}

struct FactsRow {
  FindingFacts facts;
  std::string body;

  void bind(soci::statement& statement) {
    for (auto* text : {&body, &facts.state, &facts.org, &facts.kind, &facts.disposition})
      statement.exchange(soci::into(*text));
  }
  Result<FindingFacts> take() const {
    const auto json = parse_json(body, "stored finding");
    if (!json) return std::unexpected(json.error());
    auto finding = finding_from_json(*json);
    if (!finding) return std::unexpected(finding.error());
    FindingFacts taken = facts;
    taken.finding = std::move(*finding);
    return taken;
  }
};

}  // namespace

Result<Page<Disposition>> list_dispositions(Work& work, const ListQuery& query, const FilterScope& scope) {
  return read_page<Disposition, DispositionRow>(work, kDispositions, query, scope);
}

Result<Disposition> insert_disposition(Work& work, Disposition disposition) {
  const std::string key = storable(disposition.app_key), fingerprint = storable(disposition.fingerprint);
  const std::string kind(to_string(disposition.kind)), reason = storable(disposition.reason);
  const std::string other = storable(disposition.duplicate_of), by = storable(disposition.requested_by);
  const long long until = disposition.until ? milliseconds_of(*disposition.until) : kNone;
  const long long at = milliseconds_of(disposition.requested);
  long long id = 0;
  work.sql()
      << "insert into dispositions (app_key, fingerprint, kind, reason, until_ms, duplicate_of, state, "
         "requested_by, requested_ms) values (:key, :fingerprint, :kind, :reason, nullif(cast(:until as bigint), -1), "
         "nullif(:other, ''), 'requested', :by, :at) on conflict do nothing returning disposition_id",
      soci::use(key, "key"), soci::use(fingerprint, "fingerprint"), soci::use(kind, "kind"),
      soci::use(reason, "reason"), soci::use(until, "until"), soci::use(other, "other"), soci::use(by, "by"),
      soci::use(at, "at"), soci::into(id);
  if (!work.sql().got_data())
    return fail(ErrorCode::conflict, "finding " + disposition.fingerprint, "has a disposition already",
                "decide on it or withdraw it first");
  disposition.id = id;
  return disposition;
}

Result<Disposition> get_disposition(Work& work, std::int64_t id) {
  const long long key = id;
  auto found = read_rows<Disposition, DispositionRow>(work.sql(), select_dispositions("d.disposition_id = :id"),
                                                      soci::use(key, "id"));
  if (!found) return std::unexpected(found.error());
  if (found->empty())
    return fail(ErrorCode::not_found, fmt::format("disposition {}", id), "is not in the ledger", "look at its finding");
  return std::move(found->front());
}

Result<std::vector<Disposition>> dispositions_of(Work& work, const std::string& app_key,
                                                 const std::string& fingerprint) {
  const std::string key = storable(app_key), print = storable(fingerprint);
  return read_rows<Disposition, DispositionRow>(
      work.sql(), select_dispositions("d.app_key = :key and d.fingerprint = :print order by d.disposition_id"),
      soci::use(key, "key"), soci::use(print, "print"));
}

Result<std::optional<Disposition>> live_disposition(Work& work, const std::string& app_key,
                                                    const std::string& fingerprint) {
  auto all = dispositions_of(work, app_key, fingerprint);
  if (!all) return std::unexpected(all.error());
  for (auto& d : *all)
    if (d.live()) return std::move(d);
  return std::nullopt;
}

Result<void> decide_disposition(Work& work, const Disposition& disposition, RequestState from) {
  const Decision decision = disposition.decision.value_or(Decision{});
  const long long id = disposition.id, at = milliseconds_of(decision.at);
  const std::string state(to_string(disposition.state)), before(to_string(from));
  const std::string by = storable(decision.by), note = storable(decision.note);
  const long long changed =
      run_counted(work.sql(),
                  "update dispositions set state = :state, decided_by = :by, decided_ms = :at, decision_note = :note "
                  "where disposition_id = :id and state = :before",
                  soci::use(state, "state"), soci::use(by, "by"), soci::use(at, "at"), soci::use(note, "note"),
                  soci::use(id, "id"), soci::use(before, "before"));
  if (changed != 1)
    return fail(ErrorCode::conflict, fmt::format("disposition {}", id), "was decided meanwhile", "look at it again");
  const std::string key = storable(disposition.app_key), print = storable(disposition.fingerprint);
  const std::string kind(disposition.state == RequestState::approved ? to_string(disposition.kind) : "");
  work.sql() << "update findings set disposition = :kind where app_key = :key and fingerprint = :print",
      soci::use(kind, "kind"), soci::use(key, "key"), soci::use(print, "print");
  count_open_findings(work.sql(), disposition.app_key);
  return {};
}

Result<std::vector<Disposition>> ended_dispositions(Work& work, int limit) {
  const long long time = milliseconds_of(work.now()), most = limit;
  return read_rows<Disposition, DispositionRow>(
      work.sql(),
      select_dispositions("d.state = 'approved' and d.until_ms < :time order by d.until_ms, d.disposition_id "
                          "limit :most"),
      soci::use(time, "time"), soci::use(most, "most"));
}

Result<FindingFacts> finding_facts(Work& work, const std::string& app_key, const std::string& fingerprint) {
  auto found = findings_facts(work, app_key, {fingerprint});
  if (!found) return std::unexpected(found.error());
  if (found->empty())
    return fail(ErrorCode::not_found, "finding " + fingerprint, "is not a finding of the app " + app_key,
                "list its findings with: assay apps show");
  return std::move(found->begin()->second);
}

Result<std::map<std::string, FindingFacts>> findings_facts(Work& work, const std::string& app_key,
                                                           const std::vector<std::string>& fingerprints) {
  const std::string key = storable(app_key);
  Json wanted = Json::array();
  for (const auto& f : fingerprints) wanted.push_back({{"fingerprint", storable(f)}});
  const std::string batch = dump_json(wanted);
  auto all = read_rows<FindingFacts, FactsRow>(
      work.sql(),
      fmt::format("select f.body, f.state, coalesce(a.org_id, ''), a.kind, f.disposition from findings f "
                  "join apps a on a.app_key = f.app_key where f.app_key = :key and f.fingerprint in ({})",
                  work.dialect().rows(kFingerprintColumn)),
      soci::use(key, "key"), soci::use(batch, "rows"));
  if (!all) return std::unexpected(all.error());
  std::map<std::string, FindingFacts> found;
  for (auto& facts : *all) {
    const std::string fingerprint = facts.finding.fingerprint;
    found.insert_or_assign(fingerprint, std::move(facts));
  }
  return found;
}

}  // namespace assay::ledger

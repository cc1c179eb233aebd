#include "ledger/retention.h"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/dialect.h"
#include "ledger/statement.h"
#include "ledger/statistics.h"

namespace assay::ledger {

namespace {

// One statement that takes :before and :most and deletes at most that many rows.
struct Rule {
  Retained kind;
  std::string_view statement;
};

constexpr std::array kRules = {
    Rule{Retained::evidence,
         "update evidence set body = null, wrapped_key = null, key_id = null, storage = 'expired' "
         "where (scan_id, ordinal) in (select e.scan_id, e.ordinal from evidence e where e.time_ms < :before "
         "and e.body is not null limit :most)"},
    Rule{Retained::request_logs,
         "delete from scan_requests where scan_id in (select r.scan_id from scan_requests r "
         "join scans s on s.scan_id = r.scan_id where s.started_ms < :before limit :most)"},
    Rule{Retained::notices,
         "delete from outbox where notice_id in (select n.notice_id from outbox n where n.done_ms < :before "
         "limit :most)"},
    Rule{Retained::jobs,
         "delete from jobs where job_id in (select j.job_id from jobs j where j.finished_ms < :before limit :most)"},
    // From the old end only, even if the clock once stepped back: the chain stays whole.
    Rule{Retained::audit,
         "delete from audit where seq in (select a.seq from audit a where a.seq < coalesce((select min(k.seq) "
         "from audit k where k.at_ms >= :before), (select max(l.seq) from audit l)) order by a.seq limit :most)"}};

Result<std::int64_t> run_once(Work& work, const Rule& rule, Time before, int batch) {
  const long long limit = milliseconds_of(before), most = batch;
  soci::statement statement =
      (work.sql().prepare << std::string(rule.statement), soci::use(limit, "before"), soci::use(most, "most"));
  statement.execute(true);
  return statement.get_affected_rows();
}

Result<std::int64_t> run_rule(Ledger& ledger, const Rule& rule, Time before, int batch, const std::stop_token& stop) {
  for (std::int64_t total = 0;;) {
    const auto went = ledger.write([&](Work& work) { return run_once(work, rule, before, batch); }, stop);
    if (!went) return went;
    total += *went;
    if (*went < batch) return total;
  }
}

struct ScanPosition {
  long long started = -1;
  std::string id;
};

// The next old scans after `position`, which moves; nothing at the end. Those that may go are deleted.
Result<std::int64_t> delete_clean_scans(Work& work, Time before, int batch, ScanPosition& position, bool& more) {
  static constexpr std::array kIdColumn = {Column{"scan_id", ColumnType::text}};
  const long long limit = milliseconds_of(before), most = batch;
  ScanPosition at = position;
  Json rows = Json::array();
  soci::statement old =
      (work.sql().prepare << "select scan_id, started_ms from scans where (started_ms, scan_id) > (:started, :id) "
                             "and started_ms < :before order by started_ms, scan_id limit :most",
       soci::use(position.started, "started"), soci::use(position.id, "id"), soci::use(limit, "before"),
       soci::use(most, "most"), soci::into(at.id), soci::into(at.started));
  old.execute();
  ScanPosition last = position;
  while (old.fetch()) {
    rows.push_back({{"scan_id", at.id}});
    last = at;
  }
  more = rows.size() == static_cast<std::size_t>(batch);
  position = last;
  return run_rows_counted(work.sql(),
                          fmt::format("delete from scans where scan_id in ({}) "
                                      "and not exists (select 1 from occurrences o where o.scan_id = scans.scan_id) "
                                      "and not exists (select 1 from latest_looks l where l.app_key = scans.app_key "
                                      "and l.scan_id = scans.scan_id) "
                                      "and not exists (select 1 from apps a where a.app_key = scans.app_key "
                                      "and a.last_scan_id = scans.scan_id)",
                                      work.dialect().rows(kIdColumn)),
                          rows);
}

Result<std::int64_t> run_clean_scans(Ledger& ledger, Time before, int batch, const std::stop_token& stop) {
  ScanPosition position;
  bool more = true;
  std::int64_t total = 0;
  while (more) {
    const ScanPosition begin = position;
    const auto went = ledger.write(
        [&](Work& work) {
          position = begin;  // when the transaction is run again
          return delete_clean_scans(work, before, batch, position, more);
        },
        stop);
    if (!went) return went;
    total += *went;
  }
  return total;
}

Result<void> check(const std::map<Retained, int>& days) {
  for (const auto& [kind, count] : days)
    if (count < (kind == Retained::audit ? kMinAuditDays : 1))
      return fail(ErrorCode::invalid_input, fmt::format("retention of {}", to_string(kind)),
                  fmt::format("is {} days", count),
                  fmt::format("give at least {}", kind == Retained::audit ? kMinAuditDays : 1));
  return {};
}

}  // namespace

Result<Pruned> prune(Ledger& ledger, const std::map<Retained, int>& days, int batch, const std::stop_token& stop) {
  if (auto allowed = check(days); !allowed) return std::unexpected(allowed.error());
  Pruned pruned;
  const Time time = now();
  for (const auto& [kind, count] : days) {
    const Time before = time - std::chrono::days{count};
    Result<std::int64_t> went = 0;
    if (kind == Retained::clean_scans) {
      went = run_clean_scans(ledger, before, batch, stop);
    } else {
      for (const auto& rule : kRules)
        if (rule.kind == kind) went = run_rule(ledger, rule, before, batch, stop);
    }
    if (!went) return std::unexpected(went.error());
    pruned[kind] = *went;
  }
  if (auto refreshed = refresh_statistics(ledger, stop); !refreshed) return std::unexpected(refreshed.error());
  return pruned;
}

}  // namespace assay::ledger

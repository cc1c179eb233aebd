#include "ledger/tickets.h"

#include <fmt/format.h>
#include <soci/soci.h>

#include <array>

#include "ledger/dialect.h"
#include "ledger/lists.h"
#include "ledger/statement.h"
#include "ledger/ticket_rows.h"

namespace assay::ledger {

namespace {

constexpr long long kDayMilliseconds = 86'400'000;

constexpr std::array kFingerprintColumn = {Column{"fingerprint", ColumnType::text}};

constexpr std::array kSeverities = {ListWord{.word = "critical", .value = 4}, ListWord{.word = "high", .value = 3},
                                    ListWord{.word = "medium", .value = 2}, ListWord{.word = "low", .value = 1}};
constexpr std::array kStates = {
    ListWord{.word = "needs-patch"},         ListWord{.word = "fix-claimed"},   ListWord{.word = "waiting-for-release"},
    ListWord{.word = "extension-requested"}, ListWord{.word = "in-review"},     ListWord{.word = "patched"},
    ListWord{.word = "false-positive"},      ListWord{.word = "risk-accepted"}, ListWord{.word = "not-applicable"},
    ListWord{.word = "duplicate"},           ListWord{.word = "gone"}};
constexpr std::array kLive = {ListWord{.word = "true", .condition = "t.live = 1"},
                              ListWord{.word = "false", .condition = "t.live = 0"}};
// is_overdue().
constexpr std::array kOverdue = {
    ListWord{.word = "true",
             .condition = "t.live = 1 and t.due_ms < :now and t.state not in ('extension-requested', 'in-review')"},
    ListWord{.word = "false",
             .condition = "t.live = 0 or t.due_ms >= :now or t.state in ('extension-requested', 'in-review')"}};

constexpr std::array kFields = {ListField{"ticket", "t.ticket_id", FieldType::integer},
                                ListField{"app", "t.app_key"},
                                ListField{"organisation", "t.org_id", FieldType::organisation},
                                ListField{"kind", "t.kind"},
                                ListField{"requirement", "t.requirement"},
                                ListField{"subject", "t.subject"},
                                ListField{"fingerprint", "t.fingerprint"},
                                ListField{"title", "t.title"},
                                ListField{"severity", "t.severity_rank", FieldType::rank, kSeverities},
                                ListField{"state", "t.state", FieldType::word, kStates},
                                ListField{"live", "t.live", FieldType::condition, kLive},
                                ListField{"assignee", "t.assignee"},
                                ListField{"due", "t.due_ms", FieldType::time},
                                ListField{"opened", "t.opened_ms", FieldType::time},
                                ListField{"closed", "coalesce(t.closed_ms, 9223372036854775807)", FieldType::time},
                                ListField{"overdue", "t.due_ms", FieldType::condition, kOverdue}};
constexpr std::array kSorts = {ListSort{"due", "t.due_ms", true}, ListSort{"opened", "t.opened_ms", true},
                               ListSort{"severity", "t.severity_rank", true}, ListSort{"ticket", "t.ticket_id", true}};
constexpr std::array kKey = {ListSort{"ticket", "t.ticket_id", true}};
constexpr ListSpec kTickets{.name = "tickets",
                            .columns = TicketRow::kColumns,
                            .from = "tickets t",
                            .org = "t.org_id",
                            .fields = kFields,
                            .sorts = kSorts,
                            .key = kKey,
                            .search = {.app_key = "t.app_key", .prefix = "t.requirement"}};

std::string select_tickets(std::string_view where) {
  return fmt::format("select {} from tickets t where {}", TicketRow::kColumns, where);
}

std::map<std::string, Ticket> by_fingerprint(std::vector<Ticket> tickets) {
  std::map<std::string, Ticket> found;
  for (auto& ticket : tickets) {
    const std::string fingerprint = ticket.fingerprint;
    found.insert_or_assign(fingerprint, std::move(ticket));
  }
  return found;
}

// What a ticket's row is written from, as SOCI can bind it.
struct Storable {
  explicit Storable(const Ticket& t)
      : app_key(storable(t.app_key)),
        fingerprint(storable(t.fingerprint)),
        org(storable(t.org)),
        kind(storable(t.kind)),
        requirement(storable(t.requirement)),
        subject(storable(t.subject)),
        title(storable(t.title)),
        severity(to_string(t.severity)),
        state(to_string(t.state)),
        assignee(storable(t.assignee)),
        rank(static_cast<int>(t.severity)),
        live(t.live() ? 1 : 0),
        opened(milliseconds_of(t.opened)),
        due(milliseconds_of(t.due)),
        policy(t.policy_version),
        since(milliseconds_of(t.state_since)),
        closed(t.closed ? milliseconds_of(*t.closed) : kNone),
        follows(t.follows.value_or(kNone)),
        reopened(t.reopened),
        escalated(t.escalated) {}
  std::string app_key, fingerprint, org, kind, requirement, subject, title, severity, state, assignee;
  long long rank, live, opened, due, policy, since, closed, follows, reopened, escalated;
};

}  // namespace

Result<Page<Ticket>> list_tickets(Work& work, const ListQuery& query, const FilterScope& scope) {
  return read_page<Ticket, TicketRow>(work, kTickets, query, scope);
}

Result<FacetCounts> ticket_facet(Work& work, const std::string& filter, const FilterScope& scope,
                                 const std::string& field) {
  return read_facet(work, kTickets, filter, scope, field);
}

Result<bool> ticket_matches(Work& work, std::int64_t id, const std::string& filter) {
  ListSpec one = kTickets;
  const std::string where = fmt::format("t.ticket_id = {}", id);
  one.where = where;
  const auto count = count_rows(work, one, filter, {}, 1);
  if (!count) return std::unexpected(count.error());
  return *count == 1;
}

Result<Ticket> insert_ticket(Work& work, Ticket ticket) {
  const Storable s(ticket);
  long long id = 0;
  work.sql() << "insert into tickets (app_key, fingerprint, org_id, kind, requirement, subject, title, severity, "
                "severity_rank, state, live, opened_ms, due_ms, policy_version, state_since_ms, closed_ms, assignee, "
                "follows, reopened, escalated) values (:app, :fingerprint, nullif(:org, ''), :kind, :requirement, "
                ":subject, :title, :severity, :rank, :state, :live, :opened, :due, :policy, :since, "
                "nullif(cast(:closed as bigint), -1), :assignee, nullif(cast(:follows as bigint), -1), :reopened, "
                ":escalated) on conflict do nothing returning "
                "ticket_id",
      soci::use(s.app_key, "app"), soci::use(s.fingerprint, "fingerprint"), soci::use(s.org, "org"),
      soci::use(s.kind, "kind"), soci::use(s.requirement, "requirement"), soci::use(s.subject, "subject"),
      soci::use(s.title, "title"), soci::use(s.severity, "severity"), soci::use(s.rank, "rank"),
      soci::use(s.state, "state"), soci::use(s.live, "live"), soci::use(s.opened, "opened"), soci::use(s.due, "due"),
      soci::use(s.policy, "policy"), soci::use(s.since, "since"), soci::use(s.closed, "closed"),
      soci::use(s.assignee, "assignee"), soci::use(s.follows, "follows"), soci::use(s.reopened, "reopened"),
      soci::use(s.escalated, "escalated"), soci::into(id);
  if (!work.sql().got_data())
    return fail(ErrorCode::conflict, "finding " + ticket.fingerprint, "has a live ticket already",
                "look at the finding again");
  ticket.id = id;
  ticket.version = 1;
  return ticket;
}

Result<Ticket> get_ticket(Work& work, std::int64_t id) {
  const long long key = id;
  auto found = read_rows<Ticket, TicketRow>(work.sql(), select_tickets("t.ticket_id = :id"), soci::use(key, "id"));
  if (!found) return std::unexpected(found.error());
  if (found->empty())
    return fail(ErrorCode::not_found, fmt::format("ticket {}", id), "is not in the ledger",
                "list the known ones with: assay tickets list");
  return std::move(found->front());
}

Result<std::map<std::string, Ticket>> latest_tickets(Work& work, const std::string& app_key,
                                                     const std::vector<std::string>& fingerprints) {
  if (fingerprints.empty()) return std::map<std::string, Ticket>{};
  const std::string key = storable(app_key);
  Json wanted = Json::array();
  for (const auto& f : fingerprints) wanted.push_back({{"fingerprint", storable(f)}});
  const std::string batch = dump_json(wanted);
  auto found = read_rows<Ticket, TicketRow>(
      work.sql(),
      select_tickets(fmt::format("t.app_key = :key and t.fingerprint in ({}) order by t.ticket_id",
                                 work.dialect().rows(kFingerprintColumn))),
      soci::use(key, "key"), soci::use(batch, "rows"));
  if (!found) return std::unexpected(found.error());
  return by_fingerprint(std::move(*found));
}

Result<std::map<std::string, Ticket>> live_tickets(Work& work, const std::string& app_key) {
  const std::string key = storable(app_key);
  auto found = read_rows<Ticket, TicketRow>(work.sql(), select_tickets("t.app_key = :key and t.live = 1"),
                                            soci::use(key, "key"));
  if (!found) return std::unexpected(found.error());
  return by_fingerprint(std::move(*found));
}

Result<Ticket> update_ticket(Work& work, Ticket ticket) {
  const Storable s(ticket);
  const long long id = ticket.id, version = ticket.version;
  const long long changed =
      run_counted(work.sql(),
                  "update tickets set severity = :severity, severity_rank = :rank, state = :state, live = :live, "
                  "opened_ms = :opened, due_ms = :due, policy_version = :policy, state_since_ms = :since, "
                  "closed_ms = nullif(cast(:closed as bigint), -1), assignee = :assignee, reopened = :reopened, "
                  "escalated = :escalated, "
                  "version = version + 1 where ticket_id = :id and version = :version",
                  soci::use(s.severity, "severity"), soci::use(s.rank, "rank"), soci::use(s.state, "state"),
                  soci::use(s.live, "live"), soci::use(s.opened, "opened"), soci::use(s.due, "due"),
                  soci::use(s.policy, "policy"), soci::use(s.since, "since"), soci::use(s.closed, "closed"),
                  soci::use(s.assignee, "assignee"), soci::use(s.reopened, "reopened"),
                  soci::use(s.escalated, "escalated"), soci::use(id, "id"), soci::use(version, "version"));
  if (changed != 1)
    return fail(ErrorCode::conflict, fmt::format("ticket {}", id), "has changed meanwhile",
                "look at it again and repeat what still holds");
  ++ticket.version;
  return ticket;
}

Result<std::vector<Ticket>> tickets_to_remind(Work& work, const BugFixPolicy& policy, int limit) {
  const long long today = milliseconds_of(work.now()) / kDayMilliseconds;
  const long long before = (today + policy.due_soon_days + 1) * kDayMilliseconds, most = limit;
  // The step of ticket::escalation_step(), in whole days since 1970.
  const std::string step = fmt::format(
      "case when {0} - t.due_ms / {1} >= {2} then 3 + ({0} - t.due_ms / {1} - {2}) / {3} "
      "when {0} >= t.due_ms / {1} then 2 else 1 end",
      today, kDayMilliseconds, policy.overdue_after_days, policy.overdue_every_days);
  return read_rows<Ticket, TicketRow>(
      work.sql(),
      select_tickets(fmt::format("t.live = 1 and t.due_ms < :before and t.state not in ('extension-requested', "
                                 "'in-review') and t.escalated < {} order by t.due_ms, t.ticket_id limit :most",
                                 step)),
      soci::use(before, "before"), soci::use(most, "most"));
}

}  // namespace assay::ledger

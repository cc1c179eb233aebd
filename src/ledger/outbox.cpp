#include "ledger/outbox.h"

#include <fmt/format.h>
#include <soci/soci.h>

#include <array>

#include "base/text.h"
#include "ledger/dialect.h"
#include "ledger/lists.h"
#include "ledger/statement.h"
#include "ledger/ticket_rows.h"

namespace assay::ledger {

namespace {

constexpr std::size_t kMaxError = 500;  // bytes

constexpr std::array kStates = {ListWord{.word = "waiting"}, ListWord{.word = "done"}, ListWord{.word = "dead"}};
constexpr std::array kFields = {ListField{"notice", "o.notice_id"},
                                ListField{"sink", "o.sink_id"},
                                ListField{"ticket", "coalesce(o.ticket_id, 0)", FieldType::integer},
                                ListField{"kind", "o.kind"},
                                ListField{"state", "o.state", FieldType::word, kStates},
                                ListField{"created", "o.created_ms", FieldType::time}};
constexpr std::array kSorts = {ListSort{"created", "o.created_ms", true}};
constexpr std::array kKey = {ListSort{"notice", "o.notice_id"}};
constexpr std::string_view kColumns =
    "o.notice_id, o.sink_id, o.kind, o.recipient, o.body, o.state, o.last_error, coalesce(o.ticket_id, -1), "
    "o.attempts, o.created_ms, o.next_ms, coalesce(o.done_ms, -1)";
constexpr ListSpec kNotices{.name = "notices",
                            .columns = kColumns,
                            .from = "outbox o left join tickets t on t.ticket_id = o.ticket_id",
                            .org = "t.org_id",
                            .fields = kFields,
                            .sorts = kSorts,
                            .descending = true,
                            .key = kKey,
                            .search = {}};

struct NoticeRow {
  OutboxNotice notice;
  std::string body, state;
  long long ticket = 0, attempts = 0, created = 0, next = 0, done = 0;

  void bind(soci::statement& statement) {
    for (auto* text : {&notice.id, &notice.sink_id, &notice.kind, &notice.recipient, &body, &state, &notice.last_error})
      statement.exchange(soci::into(*text));
    for (auto* number : {&ticket, &attempts, &created, &next, &done}) statement.exchange(soci::into(*number));
  }
  Result<OutboxNotice> take() const {
    OutboxNotice taken = notice;
    const auto read_state = notice_state_from_string(state);
    if (!read_state) return fail(ErrorCode::internal, "stored notice", "has the unknown state " + state);
    auto json = parse_json(body, "notice " + notice.id);
    if (!json) return std::unexpected(json.error());
    taken.body = std::move(*json);
    taken.state = *read_state;
    if (ticket != kNone) taken.ticket_id = ticket;
    taken.attempts = static_cast<int>(attempts);
    taken.created = time_of(created);
    taken.next = time_of(next);
    if (done != kNone) taken.done = time_of(done);
    return taken;
  }
};

struct IdRow {
  std::string id;
  void bind(soci::statement& statement) { statement.exchange(soci::into(id)); }
  Result<std::string> take() const { return id; }
};

bool settle(Work& work, const OutboxNotice& notice, NoticeState state, const std::string& error, Time next) {
  const std::string to(to_string(state)), why = storable(ellipsis(printable(error), kMaxError));
  const long long at = milliseconds_of(next), attempts = notice.attempts;
  const long long done = state == NoticeState::waiting ? kNone : milliseconds_of(work.now());
  return run_counted(work.sql(),
                     "update outbox set state = :state, last_error = :why, next_ms = :next, lease_ms = 0, "
                     "done_ms = nullif(cast(:done as bigint), -1) where notice_id = :id and state = 'waiting' and "
                     "attempts = :attempts",
                     soci::use(to, "state"), soci::use(why, "why"), soci::use(at, "next"), soci::use(done, "done"),
                     soci::use(notice.id, "id"), soci::use(attempts, "attempts")) == 1;
}

}  // namespace

void enqueue_notice(Work& work, const OutboxNotice& notice) {
  const long long ticket = notice.ticket_id.value_or(kNone), created = milliseconds_of(work.now());
  const long long next = milliseconds_of(notice.next);
  const std::string body = storable(dump_json(notice.body)), recipient = storable(notice.recipient);
  work.sql() << "insert into outbox (notice_id, sink_id, ticket_id, kind, recipient, body, state, attempts, "
                "created_ms, next_ms) values (:id, :sink, nullif(cast(:ticket as bigint), -1), :kind, :recipient, "
                ":body, 'waiting', 0, "
                ":created, :next) on conflict do nothing",
      soci::use(notice.id, "id"), soci::use(notice.sink_id, "sink"), soci::use(ticket, "ticket"),
      soci::use(notice.kind, "kind"), soci::use(recipient, "recipient"), soci::use(body, "body"),
      soci::use(created, "created"), soci::use(next, "next");
}

Result<std::vector<std::string>> ready_sinks(Work& work) {
  const long long time = milliseconds_of(work.now());
  return read_rows<std::string, IdRow>(work.sql(),
                                       "select s.sink_id from sinks s where s.enabled = 1 and exists (select 1 from "
                                       "outbox o where o.sink_id = s.sink_id and o.state = 'waiting' and o.next_ms <= "
                                       ":time and o.lease_ms <= :free) order by s.sink_id",
                                       soci::use(time, "time"), soci::use(time, "free"));
}

Result<std::vector<OutboxNotice>> lease_notices(Work& work, const LeaseQuery& query) {
  const long long time = milliseconds_of(work.now()), until = time + query.lease.count(), most = query.limit;
  const bool sqlite = work.dialect().engine() == Engine::sqlite;
  const std::string_view first =
      "and not exists (select 1 from outbox b where b.sink_id = o.sink_id and b.ticket_id = o.ticket_id and "
      "b.recipient = o.recipient and b.state = 'waiting' and b.notice_id < o.notice_id) ";
  auto taken = read_rows<OutboxNotice, NoticeRow>(
      work.sql(),
      fmt::format("select {} from outbox o where o.sink_id = :sink and o.state = 'waiting' and o.next_ms <= :time and "
                  "o.lease_ms <= :free {}order by o.next_ms, o.notice_id limit :most{}",
                  kColumns, query.in_order ? first : "", sqlite ? "" : " for update of o skip locked"),
      soci::use(query.sink_id, "sink"), soci::use(time, "time"), soci::use(time, "free"), soci::use(most, "most"));
  if (!taken) return taken;
  for (auto& notice : *taken) {
    work.sql() << "update outbox set lease_ms = :until, attempts = attempts + 1 where notice_id = :id",
        soci::use(until, "until"), soci::use(notice.id, "id");
    ++notice.attempts;
  }
  return taken;
}

bool notice_taken(Work& work, const OutboxNotice& notice) {
  return settle(work, notice, NoticeState::done, "", work.now());
}

bool notice_failed(Work& work, const OutboxNotice& notice, const std::string& error, Time next) {
  return settle(work, notice, NoticeState::waiting, error, next);
}

bool notice_dead(Work& work, const OutboxNotice& notice, const std::string& error) {
  return settle(work, notice, NoticeState::dead, error, work.now());
}

Result<OutboxNotice> get_notice(Work& work, const std::string& id) {
  const std::string key = storable(id);
  auto found = read_rows<OutboxNotice, NoticeRow>(
      work.sql(), fmt::format("select {} from outbox o where o.notice_id = :id", kColumns), soci::use(key, "id"));
  if (!found) return std::unexpected(found.error());
  if (found->empty()) return fail(ErrorCode::not_found, "notice " + id, "is not in the outbox", "list the known ones");
  return std::move(found->front());
}

Result<OutboxNotice> resend_notice(Work& work, const std::string& id) {
  const long long time = milliseconds_of(work.now());
  const std::string key = storable(id);
  const long long changed = run_counted(work.sql(),
                                        "update outbox set state = 'waiting', attempts = 0, next_ms = :time, "
                                        "lease_ms = 0, done_ms = null where notice_id = :id and state = 'dead'",
                                        soci::use(time, "time"), soci::use(key, "id"));
  auto notice = get_notice(work, id);
  if (notice && changed != 1)
    return fail(ErrorCode::conflict, "notice " + id, fmt::format("is {}, not dead", to_string(notice->state)),
                "only notices that were given up are sent again");
  return notice;
}

Result<Page<OutboxNotice>> list_notices(Work& work, const ListQuery& query, const FilterScope& scope) {
  return read_page<OutboxNotice, NoticeRow>(work, kNotices, query, scope);
}

}  // namespace assay::ledger

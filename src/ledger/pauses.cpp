#include "ledger/pauses.h"

#include <fmt/format.h>
#include <soci/soci.h>

#include <algorithm>
#include <string_view>

#include "base/text.h"
#include "base/url.h"
#include "ledger/dialect.h"
#include "ledger/statement.h"

namespace assay::ledger {

namespace {

template <class... Uses>
std::vector<Pause> select_pauses(Work& work, std::string_view condition, const Uses&... uses) {
  Pause pause;
  long long from = 0, until = 0, ended = 0;
  soci::statement rows(work.sql());
  (rows.exchange(uses), ...);
  rows.exchange(soci::into(pause.id));
  rows.exchange(soci::into(pause.host));
  rows.exchange(soci::into(pause.reason));
  rows.exchange(soci::into(from));
  rows.exchange(soci::into(until));
  rows.exchange(soci::into(pause.requested_by));
  rows.exchange(soci::into(ended));
  rows.alloc();
  rows.prepare(fmt::format(
      "select pause_id, host, reason, from_ms, until_ms, requested_by, coalesce(ended_ms, -1) from pauses {}",
      condition));
  rows.define_and_bind();
  rows.execute();
  std::vector<Pause> all;
  while (rows.fetch()) {
    pause.from = time_of(from);
    pause.until = time_of(until);
    pause.ended = ended < 0 ? std::nullopt : std::optional(time_of(ended));
    all.push_back(pause);
  }
  return all;
}

}  // namespace

Result<Pause> add_pause(Work& work, Pause pause) {
  const auto host = normalise_host(trim(pause.host));
  if (!host) return std::unexpected(host.error());
  pause.host = *host;
  if (pause.from == Time{}) pause.from = work.now();
  if (trim(pause.reason).empty())
    return fail(ErrorCode::invalid_input, "pause of " + pause.host, "has no reason", "say why, for those who read it");
  if (pause.until <= pause.from || pause.until <= work.now())
    return fail(ErrorCode::invalid_input, "pause of " + pause.host, "ends before it begins or is over already",
                "give an end that is still to come");
  const std::string name = storable(pause.host), reason = storable(pause.reason), who = storable(pause.requested_by);
  const long long from = milliseconds_of(pause.from), until = milliseconds_of(pause.until);
  work.sql() << "insert into pauses (host, reason, from_ms, until_ms, requested_by) values (:host, :reason, :from_at, "
                ":until_at, :who) returning pause_id",
      soci::use(name, "host"), soci::use(reason, "reason"), soci::use(from, "from_at"), soci::use(until, "until_at"),
      soci::use(who, "who"), soci::into(pause.id);
  pause.ended.reset();
  return pause;
}

Result<Pause> end_pause(Work& work, long long id) {
  auto found = select_pauses(work, "where pause_id = :id", soci::use(id, "id"));
  if (found.empty())
    return fail(ErrorCode::not_found, fmt::format("pause {}", id), "does not exist", "list those in force");
  Pause pause = std::move(found.front());
  if (pause.ended || pause.until <= work.now())
    return fail(ErrorCode::conflict, fmt::format("pause {} of {}", id, pause.host), "is over already");
  const long long now = milliseconds_of(work.now());
  work.sql() << "update pauses set ended_ms = :now where pause_id = :id", soci::use(now, "now"), soci::use(id, "id");
  pause.ended = work.now();
  return pause;
}

Result<std::vector<Pause>> active_pauses(Work& work) {
  const long long now = milliseconds_of(work.now());
  return select_pauses(work, "where ended_ms is null and from_ms <= :now and until_ms > :now order by host, pause_id",
                       soci::use(now, "now"));
}

Result<std::vector<Pause>> pauses(Work& work, int limit) {
  const long long most = std::max(limit, 0);
  return select_pauses(work, "order by pause_id desc limit :most", soci::use(most, "most"));
}

}  // namespace assay::ledger

#include "ledger/sessions.h"

#include <soci/soci.h>

#include <algorithm>

#include "base/bytes.h"
#include "base/text.h"
#include "ledger/dialect.h"

namespace assay::ledger {

namespace {

constexpr std::string_view kSelect =
    "select session_hash, person_id, csrf, created_ms, last_used_ms, expires_ms, user_agent from sessions ";
// A session is dead when either bound has passed.
constexpr std::string_view kLive = " and expires_ms > :now and last_used_ms > :idle ";

struct Row {
  std::string hash, person, csrf, agent;
  long long created = 0, last_used = 0, expires = 0;
};

Session session_of(const Row& row) {
  return {.hash = row.hash,
          .person_id = row.person,
          .csrf = row.csrf,
          .created = Time{Duration{row.created}},
          .last_used = Time{Duration{row.last_used}},
          .expires = Time{Duration{row.expires}},
          .user_agent = row.agent};
}

std::vector<Session> select_live(Work& work, std::string_view condition, const std::string& value) {
  const long long current = work.now().time_since_epoch().count();
  const long long idle = (work.now() - kSessionIdle).time_since_epoch().count();
  Row row;
  const std::string text =
      std::string(kSelect) + std::string(condition) + std::string(kLive) + "order by last_used_ms desc, session_hash";
  soci::statement rows =
      (work.sql().prepare << text, soci::use(value, "value"), soci::use(current, "now"), soci::use(idle, "idle"),
       soci::into(row.hash), soci::into(row.person), soci::into(row.csrf), soci::into(row.created),
       soci::into(row.last_used), soci::into(row.expires), soci::into(row.agent));
  rows.execute();
  std::vector<Session> found;
  while (rows.fetch()) found.push_back(session_of(row));
  return found;
}

}  // namespace

Result<StartedSession> start_session(Work& work, const std::string& person_id, const std::string& user_agent,
                                     const std::string& previous_key) {
  if (!previous_key.empty()) {
    const std::string previous = sha256_hex(previous_key);
    work.sql() << "delete from sessions where session_hash = :hash", soci::use(previous, "hash");
  }
  StartedSession started;
  started.key = to_base64url(random_bytes(32));
  started.session = {.hash = sha256_hex(started.key),
                     .person_id = person_id,
                     .csrf = to_base64url(random_bytes(32)),
                     .created = work.now(),
                     .last_used = work.now(),
                     .expires = work.now() + kSessionLife,
                     .user_agent = ellipsis(printable(user_agent), 200)};
  const Session& s = started.session;
  const long long created = s.created.time_since_epoch().count(), expires = s.expires.time_since_epoch().count();
  work.sql()
      << "insert into sessions (session_hash, person_id, csrf, created_ms, last_used_ms, expires_ms, user_agent) "
         "values (:hash, :person, :csrf, :created, :used, :expires, :agent)",
      soci::use(s.hash, "hash"), soci::use(s.person_id, "person"), soci::use(s.csrf, "csrf"),
      soci::use(created, "created"), soci::use(created, "used"), soci::use(expires, "expires"),
      soci::use(s.user_agent, "agent");
  return started;
}

Result<std::optional<SignedIn>> find_session(Work& work, const std::string& key) {
  const auto found = select_live(work, "where session_hash = :value", sha256_hex(key));
  if (found.empty()) return std::nullopt;
  auto person = find_person(work, found.front().person_id);
  if (!person) return std::unexpected(person.error());
  if (!*person || !(*person)->enabled) return std::nullopt;
  return SignedIn{.session = found.front(), .person = std::move(**person)};
}

Result<void> touch_session(Work& work, const std::string& hash) {
  const long long current = work.now().time_since_epoch().count();
  // A clock that was set back must not shorten a session's life.
  work.sql() << "update sessions set last_used_ms = :now where session_hash = :hash and last_used_ms < :now",
      soci::use(current, "now"), soci::use(hash, "hash");
  return {};
}

Result<std::vector<Session>> sessions_of(Work& work, const std::string& person_id) {
  return select_live(work, "where person_id = :value", person_id);
}

Result<bool> end_session(Work& work, const std::string& person_id, const std::string& hash) {
  soci::statement statement =
      (work.sql().prepare << "delete from sessions where person_id = :person and session_hash = :hash",
       soci::use(person_id, "person"), soci::use(hash, "hash"));
  statement.execute(true);
  return statement.get_affected_rows() == 1;
}

Result<long long> end_sessions(Work& work, const std::string& person_id) {
  soci::statement statement =
      (work.sql().prepare << "delete from sessions where person_id = :person", soci::use(person_id, "person"));
  statement.execute(true);
  return statement.get_affected_rows();
}

Result<long long> forget_sessions(Work& work) {
  const long long current = work.now().time_since_epoch().count();
  const long long idle = (work.now() - kSessionIdle).time_since_epoch().count();
  soci::statement statement =
      (work.sql().prepare << "delete from sessions where expires_ms <= :now or last_used_ms <= :idle",
       soci::use(current, "now"), soci::use(idle, "idle"));
  statement.execute(true);
  return statement.get_affected_rows();
}

}  // namespace assay::ledger

#include "ledger/migrations.h"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <thread>

#include "base/text.h"
#include "base/time.h"
#include "ledger/backup.h"
#include "ledger/platform_schema.h"

namespace assay::ledger {

namespace {

// "ASSY": marks a SQLite file as ours (pragma application_id), so that another program's database is never written to.
constexpr long long kApplicationId = 0x41535359;
// PostgreSQL's advisory lock for migrations; any number that is ours.
constexpr long long kMigrationLock = 0x41535359'4d494752;

constexpr std::string_view kFirst = R"(
create table apps (
  app_key @text not null primary key,
  name @text not null,
  kind @text not null,
  target @text not null,
  owner @text not null,
  added_ms @integer not null
)@strict;
create table scans (
  scan_id @text not null primary key,
  app_key @text not null references apps (app_key) on delete cascade,
  started_ms @integer not null,
  finished_ms @integer not null,
  complete @integer not null,
  pass @integer not null,
  fail @integer not null,
  inconclusive @integer not null,
  not_applicable @integer not null,
  body @text not null
)@strict;
create index scans_by_app on scans (app_key, started_ms);
create table verdicts (
  scan_id @text not null references scans (scan_id) on delete cascade,
  ordinal @integer not null,
  requirement @text not null,
  subject @text not null,
  outcome @text not null,
  reason_code @text not null,
  body @text not null,
  primary key (scan_id, ordinal)
)@strict;
create table findings (
  app_key @text not null references apps (app_key) on delete cascade,
  fingerprint @text not null,
  requirement @text not null,
  subject @text not null,
  severity @text not null,
  is_open @integer not null,
  first_seen_ms @integer not null,
  last_seen_ms @integer not null,
  fixed_ms @integer,
  reopened @integer not null,
  body @text not null,
  primary key (app_key, fingerprint)
)@strict;
create table occurrences (
  scan_id @text not null references scans (scan_id) on delete cascade,
  app_key @text not null,
  fingerprint @text not null,
  primary key (scan_id, fingerprint),
  foreign key (app_key, fingerprint) references findings (app_key, fingerprint) on delete cascade
)@strict;
create index occurrences_by_finding on occurrences (app_key, fingerprint);
create table evidence (
  scan_id @text not null references scans (scan_id) on delete cascade,
  ordinal @integer not null,
  evidence_id @text not null,
  kind @text not null,
  body_schema @integer not null,
  subject @text not null,
  time_ms @integer not null,
  probe @text not null,
  probe_version @text not null,
  storage @text not null,
  key_id @text,
  wrapped_key @bytes,
  body @bytes,
  primary key (scan_id, ordinal)
)@strict;
create index evidence_by_id on evidence (evidence_id);
create index evidence_by_key on evidence (key_id) where key_id is not null;
create table evidence_keys (
  key_id @text not null primary key,
  proof @bytes not null
)@strict
)";

// Findings were open or fixed; now one whose subject the app no longer names is closed and not called fixed.
constexpr std::string_view kGone = "alter table findings add column gone @integer not null default 0";

// What people change has a version, so that nobody overwrites what they have not seen.
constexpr std::string_view kVersions =
    "alter table organisations add column version @integer not null default 1;"
    "alter table saved_views add column version @integer not null default 1";

// Indexes that answer lists and counts over millions of rows, each without a look at the rows themselves. SQLite takes
// an index with an equality on its first column rather than a smaller one without, hence `state` and `live` at the
// front of indexes that hold one value of them only.
constexpr std::string_view kAnswers = R"(
drop index findings_open;
create index findings_open on findings (state, requirement, severity_rank, org_id)
  where state = 'open' and disposition = '';
drop index findings_by_closed;
create index findings_by_closed on findings (state, closed_ms, org_id) where closed_ms is not null;
create index findings_disposed on findings (disposition, severity_rank, app_key, fingerprint) where disposition <> '';
drop index tickets_running;
create index tickets_running on tickets (live, state, due_ms, org_id) where live = 1;
create index tickets_live_by_app on tickets (app_key, due_ms, state) where live = 1;
create index tickets_by_date on tickets (due_ms, ticket_id);
create index tickets_by_opened on tickets (opened_ms, ticket_id);
create index tickets_by_severity on tickets (severity_rank, ticket_id)
)";

// When a posture was counted, and indexes from which all organisations are counted in one pass without a look at the
// rows themselves; SQLite looks at each row for a column that it compares, even when the index says what it holds. Each
// new index of the findings reads all of them once.
constexpr std::string_view kKeptCounts = R"(
alter table posture add column taken_ms @integer not null default 0;
drop index apps_by_state;
create index apps_by_state on apps (state, app_key, last_scan_ms, open_critical, open_high, open_medium, open_low,
  inconclusive, org_id);
drop index findings_open;
create index findings_open on findings (state, disposition, requirement, severity_rank, org_id)
  where state = 'open' and disposition = '';
create index findings_opened on findings (opened_ms, org_id) where opened_ms is not null
)";

// The audit log is only ever appended to (docs/ledger.md, "The audit log"): entries come after the last one, none is
// changed, and none is deleted but by retention: older than 89 days by the store's own clock (kMinAuditDays, less a day
// for clocks that differ), and never the last, which the next one names. 7689600000 ms are 89 days.
constexpr std::array<std::string_view, 3> kSqliteAudit = {
    R"(create trigger audit_is_appended before insert on audit
when new.seq <= (select coalesce(max(seq), 0) from audit)
begin select raise(abort, 'the audit log is only appended to'); end)",
    R"(create trigger audit_is_not_changed before update on audit
begin select raise(abort, 'the audit log is only appended to'); end)",
    R"(create trigger audit_is_kept before delete on audit
when old.at_ms > cast(strftime('%s', 'now') as integer) * 1000 - 7689600000
  or old.seq = (select max(seq) from audit)
begin select raise(abort, 'the audit log is only appended to'); end)"};
constexpr std::array<std::string_view, 3> kPostgresqlAudit = {
    R"(create function audit_is_kept() returns trigger language plpgsql set search_path from current as $$
begin
  if tg_op = 'INSERT' then
    if new.seq > (select coalesce(max(seq), 0) from audit) then return new; end if;
  elsif tg_op = 'DELETE' then
    if old.at_ms <= extract(epoch from now()) * 1000 - 7689600000 and old.seq < (select max(seq) from audit) then
      return old;
    end if;
  end if;
  raise exception 'the audit log is only appended to';
end $$)",
    "create trigger audit_is_kept before insert or update or delete on audit for each row "
    "execute function audit_is_kept()",
    "create trigger audit_is_not_emptied before truncate on audit for each statement execute function audit_is_kept()"};

constexpr std::array kMigrations = {Migration{1, kFirst},    Migration{2, kGone},
                                    Migration{3, kPlatform}, Migration{4, kVersions, kSqliteAudit, kPostgresqlAudit},
                                    Migration{5, kAnswers},  Migration{6, kKeptCounts}};

struct StoreState {
  long long version = 0;  // 0: empty
  bool foreign = false;   // holds tables of another program
};

bool has_table(soci::session& sql, const Dialect& dialect, const std::string& table) {
  long long count = 0;
  if (dialect.engine() == Engine::sqlite) {
    sql << "select count(*) from sqlite_master where type = 'table' and name = :table", soci::use(table, "table"),
        soci::into(count);
  } else {
    sql << "select count(*) from pg_tables where schemaname = current_schema() and tablename = :table",
        soci::use(table, "table"), soci::into(count);
  }
  return count != 0;
}

// Reads only: a store that is not ours must not change by a byte. What could be foreign is looked for before what makes
// it ours: another process may be creating the store, and all of it appears between two of these statements.
StoreState read_state(soci::session& sql, const Dialect& dialect) {
  StoreState state;
  if (dialect.engine() == Engine::sqlite) {
    long long application = 0, objects = 0;
    sql << "select count(*) from sqlite_master", soci::into(objects);
    sql << "pragma application_id", soci::into(application);
    state.foreign = application != kApplicationId && (application != 0 || objects != 0);
    if (state.foreign) return state;
  }
  bool tables = false;
  for (const auto* table : {"apps", "scans", "findings", "evidence"}) tables |= has_table(sql, dialect, table);
  if (has_table(sql, dialect, "schema_version")) {
    sql << "select coalesce(max(version), 0) from schema_version where program = 'assay'", soci::into(state.version);
    state.foreign = state.version == 0;
  } else {
    state.foreign = tables;
  }
  return state;
}

Result<void> accept(const StoreState& state, const Database& database, long long newest) {
  if (state.foreign)
    return fail(ErrorCode::conflict, database.name(), "is not a ledger: it holds the tables of another program",
                database.dialect().engine() == Engine::sqlite
                    ? "name another file with --ledger; this one was left alone"
                    : "give the ledger a database or a schema of its own, e.g. ?options=-csearch_path%3Dassay");
  if (state.version > newest)
    return fail(
        ErrorCode::conflict, database.name(),
        fmt::format("is a ledger of version {}, newer than this build, which knows up to {}", state.version, newest),
        "use the newer assay; the ledger was left alone");
  return {};
}

Result<void> back_up(Database& database, long long version) {
  const std::string copy =
      fmt::format("{}.v{}-{}.backup", database.file(), version, replace_all(format_rfc3339(now()), ":", ""));
  auto done = copy_store(database, copy);
  if (done) return {};
  Error error = done.error();
  error.reason = fmt::format("the backup before the migration failed: {}", error.reason);
  return std::unexpected(std::move(error));
}

// Readers do not wait for the writer in this mode. The switch does not honour the busy timeout, so it is tried again
// while another process is doing the same; a file system that cannot have it keeps the slower mode.
Result<void> use_write_ahead_log(Database& database) {
  constexpr int kTries = 100;
  constexpr std::chrono::milliseconds kPause{50};
  for (int i = 1;; ++i) {
    auto done = database.run([](soci::session& sql) -> Result<void> {
      std::string mode;
      sql << "pragma journal_mode = wal", soci::into(mode);
      return {};
    });
    if (done || done.error().code != ErrorCode::timeout || i == kTries) return done;
    std::this_thread::sleep_for(kPause);
  }
}

void apply(soci::session& sql, const Dialect& dialect, const Migration& step) {
  const std::string text = dialect.ddl(step.sql);
  for (const auto statement : split(text, ';'))
    if (!trim(statement).empty()) sql << std::string(statement);
  for (const auto statement : dialect.engine() == Engine::sqlite ? step.sqlite : step.postgresql)
    sql << std::string(statement);
  const long long version = step.version;
  const long long applied = now().time_since_epoch().count();
  sql << "insert into schema_version (program, version, applied_ms) values ('assay', :version, :applied)",
      soci::use(version, "version"), soci::use(applied, "applied");
}

}  // namespace

std::span<const Migration> migrations() {
  return kMigrations;
}

Result<void> migrate(Database& database, std::span<const Migration> steps) {
  const Dialect& dialect = database.dialect();
  const bool sqlite = dialect.engine() == Engine::sqlite;
  const long long newest = steps.back().version;
  const auto state = database.run([&](soci::session& sql) -> Result<StoreState> { return read_state(sql, dialect); });
  if (!state) return std::unexpected(state.error());
  if (auto fits = accept(*state, database, newest); !fits) return fits;
  if (state->version == newest) return {};
  if (database.read_only())
    return fail(ErrorCode::io, database.name(),
                fmt::format("is a ledger of version {}, must be brought to version {}, and cannot be written",
                            state->version, newest),
                "open it once with write permission to the file and its directory");
  if (sqlite && state->version > 0)
    if (auto copied = back_up(database, state->version); !copied) return copied;
  if (sqlite)
    if (auto logged = use_write_ahead_log(database); !logged) return logged;
  return database.transact([&](soci::session& sql) -> Result<void> {
    if (!sqlite) {
      soci::indicator nothing = soci::i_ok;
      std::string result;
      sql << "select cast(pg_advisory_xact_lock(:lock) as text)", soci::use(kMigrationLock, "lock"),
          soci::into(result, nothing);
    }
    const StoreState locked = read_state(sql, dialect);  // another process may have been faster
    if (auto fits = accept(locked, database, newest); !fits) return fits;
    if (locked.version == 0) {
      if (sqlite) sql << fmt::format("pragma application_id = {}", kApplicationId);
      sql << dialect.ddl(
          "create table schema_version (program @text not null, version @integer not null, applied_ms @integer not "
          "null, "
          "primary key (program, version))@strict");
    }
    for (const auto& step : steps)
      if (step.version > locked.version) apply(sql, dialect, step);
    return {};
  });
}

}  // namespace assay::ledger

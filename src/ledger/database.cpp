#include "ledger/database.h"

#include <fmt/format.h>
#include <soci/postgresql/soci-postgresql.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>

#include "base/bytes.h"
#include "base/text.h"

namespace assay::ledger {

namespace {

// How long a writer waits for another one.
constexpr int kLockSeconds = 60;
// Of each SQLite connection, of which there are kMaxSessions. With SQLite's own 2 MB the inner pages of a large
// ledger's indexes do not stay in memory.
constexpr int kCacheKilobytes = 16 * 1024;
// Of the write-ahead log, before they go to their places in the file: 32 MB. A night's scans write many pages again and
// again, which then are written to their places once.
constexpr int kLogPages = 8192;

// Of SQLite's virtual machine, between two looks at a request to stop.
constexpr int kStepsBetweenLooks = 10'000;

using SqliteContext = sqlite_api::sqlite3_context;
using SqliteValue = sqlite_api::sqlite3_value;

void give_bytes(SqliteContext* context, ByteView bytes, bool as_blob) {
  auto* const copy = sqlite_api::sqlite3_malloc64(bytes.size() + 1);
  if (copy == nullptr) return sqlite_api::sqlite3_result_error_nomem(context);
  if (!bytes.empty()) std::memcpy(copy, bytes.data(), bytes.size());
  if (as_blob) {
    sqlite_api::sqlite3_result_blob64(context, copy, bytes.size(), &sqlite_api::sqlite3_free);
  } else {
    sqlite_api::sqlite3_result_text64(context, static_cast<const char*>(copy), bytes.size(), &sqlite_api::sqlite3_free,
                                      SQLITE_UTF8);
  }
}

std::string_view argument(SqliteValue* value) {
  const auto* data = static_cast<const char*>(sqlite_api::sqlite3_value_blob(value));
  return {data == nullptr ? "" : data, static_cast<std::size_t>(sqlite_api::sqlite3_value_bytes(value))};
}

// PostgreSQL's decode(text, 'base64') and encode(bytea, 'base64') for SQLite. SOCI's blobs are large objects on
// PostgreSQL and have no batches, so bytes travel as base64 and both engines store them as bytes.
void sql_decode(SqliteContext* context, int /*count*/, SqliteValue** values) {
  if (sqlite_api::sqlite3_value_type(values[0]) == SQLITE_NULL) return sqlite_api::sqlite3_result_null(context);
  const auto bytes = from_base64(argument(values[0]));
  if (!bytes) return sqlite_api::sqlite3_result_error(context, "decode: not base64", -1);
  give_bytes(context, *bytes, true);
}

void sql_encode(SqliteContext* context, int /*count*/, SqliteValue** values) {
  if (sqlite_api::sqlite3_value_type(values[0]) == SQLITE_NULL) return sqlite_api::sqlite3_result_null(context);
  const std::string text = to_base64(as_bytes(argument(values[0])));
  give_bytes(context, as_bytes(text), false);
}

// nullptr when the session is one of PostgreSQL.
sqlite_api::sqlite3* sqlite_connection(soci::session& sql) {
  if (sql.get_backend_name() != "sqlite3") return nullptr;
  return static_cast<soci::sqlite3_session_backend*>(sql.get_backend())->conn_;
}

void add_functions(soci::session& sql) {
  auto* const connection = sqlite_connection(sql);
  const int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC;
  for (const auto& [name, function] : {std::pair("decode", &sql_decode), std::pair("encode", &sql_encode)})
    if (sqlite_api::sqlite3_create_function_v2(connection, name, 2, flags, nullptr, function, nullptr, nullptr,
                                               nullptr) != SQLITE_OK)
      throw soci::soci_error("cannot add a function to SQLite");
}

std::string first_line(std::string_view text) {
  return ellipsis(printable(trim(text.substr(0, text.find('\n')))), 300);
}

Error stopped(const std::string& name) {
  return {ErrorCode::cancelled, name, "the work was stopped before its end; nothing of this call was stored",
          "it goes on when it is begun again"};
}

Error explain_sqlite(const std::string& name, int result, const std::string& message) {
  switch (result & 0xFF) {
    case SQLITE_INTERRUPT:
      return stopped(name);
    case SQLITE_NOTADB:
      return {ErrorCode::conflict, name, "is not a ledger: the file is no SQLite database",
              "name another file with --ledger; this one was left alone"};
    case SQLITE_CORRUPT:
      return {ErrorCode::io, name, "the database is damaged", "restore it from a backup copy"};
    case SQLITE_FULL:
      return {ErrorCode::io, name, "the disk is full; nothing of this call was stored", "free space and try again"};
    case SQLITE_IOERR:
      return {ErrorCode::io, name, "reading or writing the file failed; nothing of this call was stored",
              "check the disk, its free space and file-size limits"};
    case SQLITE_READONLY:
      return {ErrorCode::io, name, "cannot be written", "check the permissions of the file and of its directory"};
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return {ErrorCode::io, name, "cannot be opened", "check the permissions of the file and of its directory"};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {ErrorCode::timeout, name, fmt::format("another process has kept it locked for {} s", kLockSeconds),
              "wait for it, or end it"};
    default:
      return {ErrorCode::internal, name, first_line(message), ""};
  }
}

Error explain_postgresql(const std::string& name, const std::string& state, const std::string& message) {
  const std::string reason = first_line(message);
  if (state.starts_with("53"))  // insufficient resources, disk_full among them
    return {ErrorCode::io, name, "the server is out of resources: " + reason, "free space or memory on the server"};
  if (state == "57014") return stopped(name);
  if (state == "42501") return {ErrorCode::conflict, name, reason, "grant the role its rights on the ledger's schema"};
  if (state == "25006")
    return {ErrorCode::io, name, "the server is read-only", "name the primary server with --ledger"};
  if (state == "55P03")
    return {ErrorCode::timeout, name, fmt::format("another session has held a lock for {} s", kLockSeconds),
            "try again"};
  return {ErrorCode::internal, name, reason, ""};
}

}  // namespace

Transaction::Transaction(soci::session& session, std::string_view begin) : session_(session) {
  session_ << std::string(begin);
}

Transaction::~Transaction() {
  if (!open_) return;
  try {
    session_ << "rollback";
  } catch (const std::exception&) {
    // SQLite has already rolled back after some errors, and a lost connection has nothing to roll back.
    open_ = false;
  }
}

void Transaction::commit() {
  session_ << "commit";
  open_ = false;
}

// SQLite asks whether to go on, and so misses no request; PostgreSQL is told, once.
Interruption::Interruption(soci::session& session, const std::stop_token& stop) : session_(session), stop_(stop) {
  if (!stop.stop_possible()) return;
  if (auto* sqlite = sqlite_connection(session)) {
    const auto stopped = [](void* token) { return static_cast<std::stop_token*>(token)->stop_requested() ? 1 : 0; };
    sqlite_api::sqlite3_progress_handler(sqlite, kStepsBetweenLooks, stopped, const_cast<std::stop_token*>(&stop_));
  } else {
    auto* const server = static_cast<soci::postgresql_session_backend*>(session.get_backend());
    cancel_.emplace(stop, [connection = server->conn_] {
      const std::unique_ptr<PGcancel, decltype(&PQfreeCancel)> request(PQgetCancel(connection), &PQfreeCancel);
      std::array<char, 256> reason{};  // why there is no reaching the server; its connection is lost then, too
      if (request) PQcancel(request.get(), reason.data(), reason.size());
    });
  }
}

Interruption::~Interruption() {
  if (auto* sqlite = sqlite_connection(session_)) sqlite_api::sqlite3_progress_handler(sqlite, 0, nullptr, nullptr);
}

Database::Database(Engine engine, std::string name, std::string connect_string, std::string file)
    : dialect_(engine), name_(std::move(name)), connect_string_(std::move(connect_string)), file_(std::move(file)) {}

Result<std::unique_ptr<Database>> Database::connect(const std::string& url, Access access) {
  auto location = parse_location(url);
  if (!location) return std::unexpected(location.error());
  if (location->engine == Engine::sqlite)
    if (auto ready = prepare_file(location->file); !ready) return std::unexpected(ready.error());
  std::unique_ptr<Database> database(
      new Database(location->engine, location->name, location->connect_string, location->file));
  database->read_only_ = location->engine == Engine::sqlite && !is_writable(location->file);
  if (database->read_only_ && access == Access::write)
    return std::unexpected(explain_sqlite(location->name, SQLITE_READONLY, ""));
  auto first = database->take();
  if (!first) return std::unexpected(first.error());
  database->give_back(std::move(*first));
  return database;
}

Result<Database::Session> Database::take() {
  {
    std::unique_lock lock(mutex_);
    returned_.wait(lock, [&] { return in_use_ < kMaxSessions; });
    ++in_use_;
    if (!idle_.empty()) {
      auto session = std::move(idle_.back());
      idle_.pop_back();
      return session;
    }
  }
  auto session = open_session();
  if (!session) discard(nullptr);
  return session;
}

// Who has a store open for writing keeps a log beside it; where there is none, nobody is writing. A reader then takes
// the file as it is: SQLite would otherwise make a log of the reader's own, which the directory may not allow and the
// owner could not write to.
Result<Database::Session> Database::open_session() {
  if (!read_only_) return open_session(connect_string_);
  std::error_code ignored;
  const bool unchanging = std::ranges::none_of(
      std::array{"-wal", "-journal"}, [&](const char* log) { return std::filesystem::exists(file_ + log, ignored); });
  return open_session(read_only_connect_string(file_, unchanging));
}

Result<Database::Session> Database::open_session(const std::string& connect_string) {
  auto session = std::make_unique<soci::session>();
  try {
    if (dialect_.engine() == Engine::sqlite) {
      session->open(*soci::factory_sqlite3(), connect_string);
    } else {
      session->open(*soci::factory_postgresql(), connect_string);
    }
  } catch (const soci::sqlite3_soci_error& e) {
    return std::unexpected(explain_sqlite(name_, e.result(), e.get_error_message()));
  } catch (const std::exception& e) {
    return fail(ErrorCode::connection, name_, "cannot be reached: " + first_line(e.what()),
                "check that the server runs and that the URL, the user and the password are right");
  }
  try {
    prepare(*session);
  } catch (const std::exception& e) {
    return std::unexpected(explain(e, *session).error);
  }
  return session;
}

// SQLite's pragmas hold for one connection only, so each new one gets them. synchronous = full: a scan that was
// reported as recorded survives a power cut; it costs one fsync for each scan. secure_delete: a removed app leaves no
// traces.
void Database::prepare(soci::session& sql) const {
  if (dialect_.engine() == Engine::sqlite) {
    sql << fmt::format("pragma busy_timeout = {}", kLockSeconds * 1000);
    sql << "pragma foreign_keys = on";
    sql << "pragma synchronous = full";
    sql << "pragma secure_delete = on";
    sql << fmt::format("pragma cache_size = -{}", kCacheKilobytes);
    sql << fmt::format("pragma wal_autocheckpoint = {}", kLogPages);
    add_functions(sql);
  } else {
    sql << "set client_encoding to 'UTF8'";
    sql << "set client_min_messages to warning";
    sql << fmt::format("set lock_timeout to '{}s'", kLockSeconds);
  }
}

Error Database::cancelled(const std::string& name) {
  return stopped(name);
}

void Database::give_back(Session session) {
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(session));
  --in_use_;
  returned_.notify_one();
}

void Database::discard(Session session) {
  session.reset();
  const std::lock_guard lock(mutex_);
  --in_use_;
  returned_.notify_one();
}

Database::Failure Database::explain(const std::exception& thrown, const soci::session& session) const {
  if (const auto* sqlite = dynamic_cast<const soci::sqlite3_soci_error*>(&thrown))
    return {explain_sqlite(name_, sqlite->result(), sqlite->get_error_message())};
  Failure failure;
  if (const auto* server = dynamic_cast<const soci::postgresql_soci_error*>(&thrown)) {
    const std::string state = server->sqlstate();
    failure.error = explain_postgresql(name_, state, server->get_error_message());
    failure.try_again = state == "40001" || state == "40P01";  // serialisation failure, deadlock
  } else if (const auto* other = dynamic_cast<const soci::soci_error*>(&thrown)) {
    failure.error = {ErrorCode::internal, name_, first_line(other->get_error_message()), ""};
  } else {
    failure.error = {ErrorCode::internal, name_, first_line(thrown.what()), ""};
  }
  if (dialect_.engine() == Engine::postgresql && !session.is_connected()) {
    failure.error = {ErrorCode::connection, name_, "the connection was lost",
                     "check that the server runs, then try again"};
    failure.session_lost = failure.try_again = true;
  }
  return failure;
}

}  // namespace assay::ledger

#pragma once

// Connections to the store: a small pool of SOCI sessions, transactions, and errors that a person can act on.
// SOCI's exceptions end here.

#include <soci/soci.h>

#include <condition_variable>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/error.h"
#include "ledger/dialect.h"
#include "ledger/location.h"

namespace assay::ledger {

// Rolls back unless it was committed. SOCI's own class cannot be used: it begins a deferred transaction on SQLite.
class Transaction {
 public:
  // `begin`: what Dialect::begin() or begin_snapshot() gives.
  Transaction(soci::session& session, std::string_view begin);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit();

 private:
  soci::session& session_;
  bool open_ = true;
};

// While it lives, `stop` ends the statement that the session has under way.
class Interruption {
 public:
  Interruption(soci::session& session, const std::stop_token& stop);
  ~Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

 private:
  soci::session& session_;
  const std::stop_token& stop_;
  std::optional<std::stop_callback<std::function<void()>>> cancel_;  // on PostgreSQL
};

// Thread-safe.
class Database {
 public:
  // `url` as Ledger::open takes it. Creates an empty SQLite file, readable by its owner only, when there is none; opens
  // the first connection and changes nothing else.
  static Result<std::unique_ptr<Database>> connect(const std::string& url, Access access = Access::write);

  const Dialect& dialect() const { return dialect_; }
  const std::string& name() const { return name_; }  // for errors; never holds a password
  const std::string& file() const { return file_; }  // of SQLite; empty for PostgreSQL
  bool read_only() const { return read_only_; }      // a SQLite file that this process may not write

  // Calls `work` (soci::session& → Result<T>) with a session of its own. What SOCI throws becomes an Error. `work` is
  // called again when the connection was lost or the server chose it as the victim of a deadlock: it must be
  // idempotent. `stop` ends the statement that is under way, and refuses to begin: error cancelled.
  template <class Work>
  std::invoke_result_t<Work&, soci::session&> run(Work&& work, const std::stop_token& stop = {}) {
    for (int attempt = 1;; ++attempt) {
      if (stop.stop_requested()) return std::unexpected(cancelled(name_));
      auto session = take();
      if (!session) return std::unexpected(session.error());
      try {
        const Interruption interruption(**session, stop);
        auto result = work(**session);
        give_back(std::move(*session));
        return result;
      } catch (const std::exception& thrown) {
        Failure failure = explain(thrown, **session);
        if (failure.session_lost) {
          discard(std::move(*session));
        } else {
          give_back(std::move(*session));
        }
        if (!failure.try_again || attempt == kAttempts) return std::unexpected(std::move(failure.error));
      }
    }
  }

  // run() inside a transaction, which is committed when `work` returns a value and rolled back otherwise.
  template <class Work>
  std::invoke_result_t<Work&, soci::session&> transact(Work&& work, const std::stop_token& stop = {}) {
    return transact(dialect_.begin(), work, stop);
  }

  // run() inside a transaction that only reads: `work` sees the store as of one moment.
  template <class Work>
  std::invoke_result_t<Work&, soci::session&> snapshot(Work&& work, const std::stop_token& stop = {}) {
    return transact(dialect_.begin_snapshot(), work, stop);
  }

 private:
  template <class Work>
  std::invoke_result_t<Work&, soci::session&> transact(std::string_view begin, Work& work,
                                                       const std::stop_token& stop) {
    return run(
        [&](soci::session& sql) -> std::invoke_result_t<Work&, soci::session&> {
          Transaction transaction(sql, begin);
          auto result = work(sql);
          if (result) transaction.commit();
          return result;
        },
        stop);
  }

  using Session = std::unique_ptr<soci::session>;
  struct Failure {
    Error error;
    bool try_again = false;
    bool session_lost = false;
  };
  static constexpr int kAttempts = 3;
  static constexpr std::size_t kMaxSessions = 8;

  Database(Engine engine, std::string name, std::string connect_string, std::string file);
  Result<Session> take();  // waits while kMaxSessions are in use
  Result<Session> open_session();
  Result<Session> open_session(const std::string& connect_string);
  void prepare(soci::session& sql) const;
  static Error cancelled(const std::string& name);
  void give_back(Session session);
  void discard(Session session);
  Failure explain(const std::exception& thrown, const soci::session& session) const;

  Dialect dialect_;
  std::string name_;
  std::string connect_string_;
  std::string file_;
  bool read_only_ = false;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<Session> idle_;
  std::size_t in_use_ = 0;
};

}  // namespace assay::ledger

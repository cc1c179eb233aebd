#pragma once

// One transaction on the ledger, seen from outside this room: what Ledger::read and Ledger::write hand to their
// closures, and what every function of an area (ledger/tickets.h, ledger/queue.h, …) takes first. Areas can so be
// combined in one transaction without a line of SQL outside of this room. Valid only inside the closure, on its thread.

#include "base/time.h"

namespace soci {
class session;
}

namespace assay::ledger {

class Dialect;

class Work {
 public:
  Work(soci::session& session, const Dialect& dialect, Time time) : session_(session), dialect_(dialect), now_(time) {}
  Work(const Work&) = delete;
  Work& operator=(const Work&) = delete;

  // When the transaction began, by the ledger's clock: every row that it writes carries the same time.
  Time now() const { return now_; }

  // For the areas, which include soci.h and dialect.h themselves.
  soci::session& sql() { return session_; }
  const Dialect& dialect() const { return dialect_; }

 private:
  soci::session& session_;
  const Dialect& dialect_;
  Time now_;
};

}  // namespace assay::ledger

#pragma once

// The rows that tickets, extensions and dispositions are read from. For the .cpp files of this room.

#include <soci/soci.h>

#include <string>
#include <string_view>

#include "base/error.h"
#include "model/ticket.h"

namespace assay::ledger {

inline constexpr long long kNone = -1;  // in place of null

struct TicketRow {
  // Of "tickets t".
  static constexpr std::string_view kColumns =
      "t.ticket_id, t.app_key, t.fingerprint, coalesce(t.org_id, ''), t.kind, t.requirement, t.subject, t.title, "
      "t.severity, t.state, t.opened_ms, t.due_ms, t.policy_version, t.state_since_ms, coalesce(t.closed_ms, -1), "
      "t.assignee, coalesce(t.follows, -1), t.reopened, t.escalated, t.version";
  Ticket ticket;
  std::string severity, state;
  long long id = 0, opened = 0, due = 0, policy = 0, since = 0, closed = 0, follows = 0, reopened = 0, escalated = 0,
            version = 0;

  void bind(soci::statement& statement);
  Result<Ticket> take() const;
};

struct ExtensionRow {
  // Of "extensions e".
  static constexpr std::string_view kColumns =
      "e.extension_id, e.ticket_id, e.plan, e.due_ms, e.state, e.requested_by, e.requested_ms, "
      "coalesce(e.decided_by, ''), coalesce(e.decided_ms, -1), coalesce(e.decision_note, '')";
  Extension extension;
  std::string state, by, note;
  long long id = 0, ticket = 0, due = 0, requested = 0, decided = 0;

  void bind(soci::statement& statement);
  Result<Extension> take() const;
};

struct DispositionRow {
  // Of "dispositions d".
  static constexpr std::string_view kColumns =
      "d.disposition_id, d.app_key, d.fingerprint, d.kind, d.reason, coalesce(d.until_ms, -1), "
      "coalesce(d.duplicate_of, ''), d.state, d.requested_by, d.requested_ms, coalesce(d.decided_by, ''), "
      "coalesce(d.decided_ms, -1), coalesce(d.decision_note, '')";
  Disposition disposition;
  std::string kind, state, by, note;
  long long id = 0, until = 0, requested = 0, decided = 0;

  void bind(soci::statement& statement);
  Result<Disposition> take() const;
};

}  // namespace assay::ledger

#pragma once

// The desk: where scans, people and time change tickets. Each function applies the rules of ticket/lifecycle.h to rows
// of the ledger, and writes history, audit entries and outgoing notices in the caller's transaction. Immutable once
// made; safe to share between threads.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "ledger/dispositions.h"
#include "ledger/work.h"
#include "model/policy.h"
#include "model/scan_record.h"
#include "model/ticket.h"
#include "ticket/lifecycle.h"

namespace assay::ledger {
struct ScanEffect;
}

namespace assay::ticket {

// One change for those outside: what sinks send and event streams show.
struct Notice {
  Ticket ticket;  // after the change
  TicketEvent event;
};

// What the desk calls in the same transaction. Any may be empty.
struct DeskHooks {
  // Acts of people, for the audit log: `act` is e.g. "ticket.move", `object` e.g. "ticket:17" or "disposition:4".
  std::function<Result<void>(ledger::Work&, const Actor&, std::string_view act, const std::string& object,
                             const Json& body)>
      audit;
  // A fix was claimed: make the job of the scan that verifies it.
  std::function<Result<void>(ledger::Work&, const Actor&, const Ticket&)> verify;
  // Each change of each ticket, after it was stored.
  std::function<Result<void>(ledger::Work&, const Notice&)> notify;
};

class Desk {
 public:
  // `policy`: the catalogue's; the ledger may know one that takes effect later.
  Desk(BugFixPolicy policy, DeskHooks hooks) : policy_(std::move(policy)), hooks_(std::move(hooks)) {}

  // --- Scans. RecordOptions::follow_up: opens, reopens, closes and sends back the tickets of what a scan changed.
  Result<void> follow_up(ledger::Work& work, const ScanRecord& record, const ledger::ScanEffect& effect) const;

  // --- People. `version`: the ticket's, as the person saw it; conflict when it has changed since. A ticket that the
  // actor may not read is not_found. Each gives the ticket after the change.
  Result<Ticket> move(ledger::Work& work, const Actor& actor, std::int64_t ticket, std::int64_t version, TicketState to,
                      const std::string& comment) const;
  Result<Ticket> comment(ledger::Work& work, const Actor& actor, std::int64_t ticket, const std::string& text) const;
  Result<Ticket> assign(ledger::Work& work, const Actor& actor, std::int64_t ticket, std::int64_t version,
                        const std::string& assignee) const;
  // `on`: whether `email` is told of the ticket from now on.
  Result<void> watch(ledger::Work& work, const Actor& actor, std::int64_t ticket, const std::string& email,
                     bool on) const;
  Result<Extension> ask_extension(ledger::Work& work, const Actor& actor, std::int64_t ticket, std::int64_t version,
                                  const ExtensionAsk& ask) const;
  Result<Extension> decide_extension(ledger::Work& work, const Actor& actor, std::int64_t extension, bool approve,
                                     const std::string& note) const;
  Result<Disposition> ask_disposition(ledger::Work& work, const Actor& actor, const std::string& app_key,
                                      const std::string& fingerprint, const DispositionAsk& ask) const;
  Result<Disposition> decide_disposition(ledger::Work& work, const Actor& actor, std::int64_t disposition, bool approve,
                                         const std::string& note) const;
  Result<Disposition> withdraw_disposition(ledger::Work& work, const Actor& actor, std::int64_t disposition,
                                           const std::string& note) const;

  // --- Time. Each does at most `limit` and gives how many it did: call again while that is `limit`. Idempotent.
  // Sends what reminders are due, each once; of those that were missed only the latest.
  Result<int> remind(ledger::Work& work, int limit) const;
  // Ends dispositions whose end has come, and opens the tickets of findings that are open.
  Result<int> expire_dispositions(ledger::Work& work, int limit) const;

 private:
  struct DispositionContext {
    Disposition disposition;
    ledger::FindingFacts facts;
    std::optional<Ticket> ticket;  // the finding's latest
  };

  Result<Ticket> get(ledger::Work& work, const Actor& actor, std::int64_t id) const;
  Result<Ticket> get(ledger::Work& work, const Actor& actor, std::int64_t id, std::int64_t version) const;
  // Stores the change, its events and its notices, and what follows from a ticket's opening or leaving
  // extension-requested. Nothing when the change has no events.
  Result<Ticket> store(ledger::Work& work, const std::optional<Ticket>& before, Change change) const;
  Result<void> tell(ledger::Work& work, const Ticket& ticket, std::vector<TicketEvent> events) const;
  Result<void> withdraw_extension(ledger::Work& work, const Ticket& ticket, const std::string& actor) const;
  Result<void> audit(ledger::Work& work, const Actor& actor, std::string_view act, const std::string& object,
                     const Json& body) const;

  Result<void> open_all(ledger::Work& work, const ScanRecord& record, const ledger::ScanEffect& effect) const;
  Result<void> close_all(ledger::Work& work, const ScanRecord& record, const ledger::ScanEffect& effect) const;
  Result<void> see_again(ledger::Work& work, const ScanRecord& record) const;

  Result<DispositionContext> disposition_context(ledger::Work& work, const Actor& actor, std::int64_t id) const;
  Result<void> store_disposition(ledger::Work& work, const Actor& actor, const DispositionContext& context,
                                 RequestState from, DispositionChange& change) const;
  // The ticket of a finding that is open and whose disposition has ended is live again.
  Result<void> revive(ledger::Work& work, const Disposition& disposition, const std::string& actor) const;

  BugFixPolicy policy_;
  DeskHooks hooks_;
};

}  // namespace assay::ticket

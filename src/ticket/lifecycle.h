#pragma once

// The rules of tickets, extensions and dispositions (docs/platform.md) as pure functions: no store, and no clock but
// the `now` that is given. Each takes what is known and gives what it becomes with the events that tell of it, or an
// Error: forbidden acts and moves that do not exist are conflict, malformed requests invalid_input.

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "ledger/role.h"
#include "model/policy.h"
#include "model/ticket.h"
#include "model/verdict.h"

namespace assay::ticket {

// A person who asks for something.
struct Actor {
  std::string id;  // in histories; the same for every session and token of the person, so that nobody is two people
  ledger::Role role = ledger::Role::auditor;
  std::string org;           // of a partner; not looked at for other roles
  std::string request_id{};  // of the request in which they ask, for the audit log; may be empty
};

// Who acts when no person does.
inline constexpr std::string_view kPlatform = "platform";

// A ticket after a change, and the events (without ordinals) of the change.
struct Change {
  Ticket ticket;
  std::vector<TicketEvent> events;
};

// Limits on what people write, in bytes: a text, and a person's id or address.
inline constexpr std::size_t kMaxText = 16U << 10U;
inline constexpr std::size_t kMaxName = 320;

// May read the tickets and findings of `org`'s apps; may move, comment and ask; may decide on what others asked for.
bool may_read(const Actor& actor, std::string_view org);
bool may_work(const Actor& actor, std::string_view org);
bool may_decide(const Actor& actor);

// The last millisecond of `t`'s day in UTC, and the number of midnights (UTC) from `a` to `b`, never negative.
Time end_of_day(Time t);
std::chrono::days days_between(Time a, Time b);
// The due date of a finding of `severity` that opened at `now`. `severity` must have weeks in `policy`.
Time due_date(const BugFixPolicy& policy, Severity severity, Time now);
// A finding of this severity gets a ticket: one that has weeks in the policy. Findings of severity none get none.
bool is_ticketed(const BugFixPolicy& policy, Severity severity);

// --- What scans do -----------------------------------------------------------------------------------------------

// What is known of the finding's app, for a new ticket.
struct AppFacts {
  std::string key, org, kind;
};
// A finding opened. `before`: its latest ticket, if any: opened again when it closed within policy.reopen_days, else
// followed by a new one (id 0). Error conflict when `before` is live.
Result<Change> open(const std::optional<Ticket>& before, const AppFacts& app, const Finding& finding,
                    const BugFixPolicy& policy, Time now);
// Opens a closed ticket again, however long ago it closed: its disposition ended and its finding is open.
Result<Change> reopen(Ticket ticket, Severity severity, const BugFixPolicy& policy, std::string actor, Time now);
// A scan closed the finding: `to` is patched or gone. Nothing (no events) when the ticket is closed already.
Change close_by_scan(Ticket ticket, TicketState to, const std::string& scan_id, Time now);
// A scan saw the open finding again. A claimed fix that began before `scan_started` has failed: needs-patch. A severity
// that rose may bring the due date forward. No events when nothing changes.
Change seen_again(const Ticket& ticket, const Finding& finding, const std::string& scan_id, Time scan_started,
                  const BugFixPolicy& policy, Time now);

// --- What people do ----------------------------------------------------------------------------------------------

// Moves a live ticket to needs-patch, fix-claimed or waiting-for-release; the other states have acts of their own. A
// move to the state that it is in changes nothing. Leaving extension-requested other than by a decision withdraws the
// extension, which is the caller's to store.
Result<Change> move(const Ticket& ticket, TicketState to, const Actor& actor, Time now);
// The states that move() would take `ticket` to for `actor`, for buttons.
std::vector<TicketState> moves(const Ticket& ticket, const Actor& actor);

Result<Change> assign(Ticket ticket, std::string assignee, const Actor& actor, Time now);
Result<TicketEvent> comment(const Ticket& ticket, const std::string& text, const Actor& actor, Time now);
// `on`: whether `email` is told of the ticket from now on.
Result<TicketEvent> watch(const Ticket& ticket, const std::string& email, bool on, const Actor& actor, Time now);

struct ExtensionAsk {
  std::string plan;
  Time due{};  // any time of the day asked for; later than today and than the present due date
};
struct ExtensionChange {
  Extension extension;
  Change change;
};
Result<ExtensionChange> ask_extension(const Ticket& ticket, const ExtensionAsk& ask, const Actor& actor, Time now);
// By somebody else than who asked. Approved: needs-patch, due on the day asked for. Rejected: needs-patch, due later by
// the days that the decision took.
Result<ExtensionChange> decide_extension(const Ticket& ticket, Extension extension, bool approve,
                                         const std::string& note, const Actor& actor, Time now);

struct DispositionAsk {
  DispositionKind kind = DispositionKind::false_positive;
  std::string reason;
  std::optional<Time> until;  // of risk_accepted always, of the others never
  std::string duplicate_of;   // of duplicate always, of the others never
};
struct DispositionChange {
  Disposition disposition;
  std::optional<Change> change;  // of the ticket, when there was one to change
};
// `ticket`: the finding's latest; a live one goes in-review. `org`: of the finding's app.
Result<DispositionChange> ask_disposition(const AppFacts& app, const std::string& fingerprint,
                                          const std::optional<Ticket>& ticket, const DispositionAsk& ask,
                                          const Actor& actor, Time now);
// By somebody else than who asked. Approved closes a live ticket under the disposition's name; rejected sends one that
// is in-review back to needs-patch, due later by the days that the review took.
Result<DispositionChange> decide_disposition(Disposition disposition, const std::optional<Ticket>& ticket, bool approve,
                                             const std::string& note, const Actor& actor, Time now);
// Requested: by who asked, or who may decide; the ticket goes back as if it was rejected. Approved: by who may decide;
// the ticket is then the caller's to reopen() when its finding is open.
Result<DispositionChange> withdraw_disposition(Disposition disposition, const std::optional<Ticket>& ticket,
                                               const std::string& org, const std::string& note, const Actor& actor,
                                               Time now);
// An approved one whose end has come; nullopt otherwise.
std::optional<Disposition> expire_disposition(Disposition disposition, Time now);

// --- Reminders ---------------------------------------------------------------------------------------------------

// Which reminder `ticket` is due: 0 none, 1 due soon, 2 due on this day, 3 overdue, 4 overdue for another
// overdue_every_days, and so on. 0 while the ticket is closed or its clock stands still. A reminder is sent when this
// is more than ticket.escalated.
int escalation_step(const Ticket& ticket, const BugFixPolicy& policy, Time now);
std::string_view escalation_name(int step);  // "due-soon", "due", "overdue"

}  // namespace assay::ticket

#pragma once

// Tickets: a finding's life with its owner. Plain values with JSON forms; the rules are in ticket/lifecycle.h, the
// words in docs/platform.md.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/time.h"
#include "model/requirement.h"

namespace assay {

enum class TicketState {
  needs_patch,
  fix_claimed,
  waiting_for_release,
  extension_requested,  // the clock stands still
  in_review,            // the clock stands still
  // Closed:
  patched,
  false_positive,
  risk_accepted,
  not_applicable,
  duplicate,
  gone,
};
std::string_view to_string(TicketState s);  // "needs-patch", "fix-claimed", …
std::optional<TicketState> ticket_state_from_string(std::string_view s);
const std::vector<TicketState>& all_ticket_states();
bool is_live(TicketState s);
bool clock_stands(TicketState s);  // of live states only

struct Ticket {
  std::int64_t id = 0;  // counts up from 1
  std::string app_key;
  std::string fingerprint;  // of its finding
  std::string org;          // of the app; empty when it has none
  std::string kind;         // of the app
  std::string requirement;
  std::string subject;
  std::string title;
  Severity severity = Severity::medium;  // the highest that the finding had while the ticket was live
  TicketState state = TicketState::needs_patch;
  Time opened{};                        // when it opened for the last time
  Time due{};                           // the last millisecond of the due day, UTC
  int policy_version = 0;               // that dated it
  Time state_since{};                   // when it came into its state
  std::optional<Time> closed;           // nullopt while it is live
  std::string assignee;                 // a person's id; empty when nobody is
  std::optional<std::int64_t> follows;  // the closed ticket of the same finding before it
  int reopened = 0;                     // how often it opened again
  int escalated = 0;                    // the last reminder that was sent: ticket/lifecycle.h, escalation_step()
  std::int64_t version = 1;             // counts up with every change

  bool live() const { return is_live(state); }
};

// Live, past its due date, and the clock runs.
bool is_overdue(const Ticket& t, Time now);

// What happened to a ticket. `body` says what, by kind:
//   opened {due, policy_version, severity, follows}      reopened {due, policy_version, severity}
//   moved {from, to, due_from?, due_to?}                 closed {from, to, scan?}
//   severity-raised {from, to, due_from, due_to}         commented {text}
//   extension-requested {extension, plan, due}           extension-decided {extension, state, note}
//   disposition-requested {disposition, kind, reason, until?, duplicate_of?}
//   disposition-decided {disposition, kind, state, note} assigned {from, to}
//   watcher-added, watcher-removed {email}               linked {sink, external_id, url}
//   reminded {step, due}                                 still-failing {scan}
enum class EventKind {
  opened,
  reopened,
  moved,
  closed,
  severity_raised,
  commented,
  extension_requested,
  extension_decided,
  disposition_requested,
  disposition_decided,
  assigned,
  watcher_added,
  watcher_removed,
  linked,
  reminded,
  still_failing,
};
std::string_view to_string(EventKind k);  // "opened", "severity-raised", …
std::optional<EventKind> event_kind_from_string(std::string_view s);

struct TicketEvent {
  int ordinal = 0;  // within its ticket, from 1
  Time at{};
  std::string actor;  // a person's id, "scan:ID", "sink:ID" or "platform"
  EventKind kind = EventKind::commented;
  Json body = Json::object();
};

// What was asked for and what was decided on it.
enum class RequestState { requested, approved, rejected, withdrawn, expired };
std::string_view to_string(RequestState s);  // "requested", …
std::optional<RequestState> request_state_from_string(std::string_view s);

struct Decision {
  std::string by;  // a person's id; of `withdrawn` who withdrew it, of `expired` who had approved it
  Time at{};
  std::string note;
};

struct Extension {
  std::int64_t id = 0;
  std::int64_t ticket_id = 0;
  std::string plan;
  Time due{};                                    // the last millisecond of the day asked for, UTC
  RequestState state = RequestState::requested;  // never expired
  std::string requested_by;
  Time requested{};
  std::optional<Decision> decision;
};

enum class DispositionKind { false_positive, risk_accepted, not_applicable, duplicate };
std::string_view to_string(DispositionKind k);  // "false-positive", …
std::optional<DispositionKind> disposition_kind_from_string(std::string_view s);
TicketState closed_state(DispositionKind k);  // the state of the same name

struct Disposition {
  std::int64_t id = 0;
  std::string app_key;
  std::string fingerprint;
  DispositionKind kind = DispositionKind::false_positive;
  std::string reason;
  std::optional<Time> until;  // always of risk_accepted: the last millisecond of the last day, UTC
  std::string duplicate_of;   // of duplicate: another finding's fingerprint, of the same app
  RequestState state = RequestState::requested;
  std::string requested_by;
  Time requested{};
  std::optional<Decision> decision;

  bool live() const { return state == RequestState::requested || state == RequestState::approved; }
};

// As docs/openapi.yaml shows them.
Json to_json(const Ticket& t, Time now);
Json to_json(const TicketEvent& e);
Json to_json(const Extension& e);
Json to_json(const Disposition& d);

}  // namespace assay

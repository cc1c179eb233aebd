#include "ticket/lifecycle.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "model/app_rows.h"

namespace assay::ticket {

namespace {

using std::chrono::days;
using std::chrono::milliseconds;

constexpr int kDueSoon = 1, kDue = 2, kOverdue = 3;  // escalation steps
constexpr std::array kMoves = {TicketState::needs_patch, TicketState::fix_claimed, TicketState::waiting_for_release};
// Nobody plans further than this: a later date is a slip of the pen.
constexpr days kFurthest{5 * 366};

std::string name_of(const Ticket& ticket) {
  return fmt::format("ticket {}", ticket.id);
}

std::string by_scan(const std::string& scan_id) {
  return "scan:" + scan_id;
}

// Moves a live ticket to the live state `to`. The time that the clock stood is added to the due date by whole days.
void enter(Ticket& ticket, TicketState to, Time now) {
  if (clock_stands(ticket.state)) ticket.due += days_between(ticket.state_since, now);
  ticket.state = to;
  ticket.state_since = now;
}

Json move_body(const Ticket& before, const Ticket& after) {
  Json body{{"from", to_string(before.state)}, {"to", to_string(after.state)}};
  if (before.due == after.due) return body;
  body["due_from"] = format_rfc3339(before.due);
  body["due_to"] = format_rfc3339(after.due);
  return body;
}

TicketEvent event(Time at, std::string actor, EventKind kind, Json body) {
  return {.ordinal = 0, .at = at, .actor = std::move(actor), .kind = kind, .body = std::move(body)};
}

// `ticket` moved to `to`, with the event of the move when it was elsewhere.
Change moved(const Ticket& ticket, TicketState to, const std::string& actor, Time now) {
  Change change{.ticket = ticket, .events = {}};
  if (ticket.state == to) return change;
  enter(change.ticket, to, now);
  change.events.push_back(event(now, actor, EventKind::moved, move_body(ticket, change.ticket)));
  return change;
}

Change closed(const Ticket& ticket, TicketState to, const std::string& actor, Time now, Json body) {
  Change change{.ticket = ticket, .events = {}};
  body["from"] = to_string(ticket.state);
  body["to"] = to_string(to);
  change.ticket.state = to;
  change.ticket.state_since = now;
  change.ticket.closed = now;
  change.events.push_back(event(now, actor, EventKind::closed, std::move(body)));
  return change;
}

// Dates a ticket that opens now.
void date(Ticket& ticket, Severity severity, const BugFixPolicy& policy, Time now) {
  ticket.severity = severity;
  ticket.state = TicketState::needs_patch;
  ticket.opened = now;
  ticket.due = due_date(policy, severity, now);
  ticket.policy_version = policy.version;
  ticket.state_since = now;
  ticket.closed.reset();
  ticket.escalated = 0;
}

Json dated_body(const Ticket& ticket) {
  return Json{{"due", format_rfc3339(ticket.due)},
              {"policy_version", ticket.policy_version},
              {"severity", to_string(ticket.severity)}};
}

Result<void> check_work(const Ticket& ticket, const Actor& actor) {
  if (!may_work(actor, ticket.org))
    return fail(ErrorCode::conflict, name_of(ticket),
                fmt::format("is not for the role {} to change", ledger::to_string(actor.role)),
                "ask a triager or the owner of the app");
  return {};
}

Result<void> check_live(const Ticket& ticket) {
  if (!ticket.live())
    return fail(ErrorCode::conflict, name_of(ticket), fmt::format("is closed as {}", to_string(ticket.state)),
                "only a scan that fails opens it again");
  return {};
}

Result<void> check_text(const std::string& text, std::string_view what) {
  if (trim(text).empty())
    return fail(ErrorCode::invalid_input, std::string(what), "is empty", "say why, in a sentence");
  if (text.size() > kMaxText)
    return fail(ErrorCode::limit_exceeded, std::string(what), fmt::format("is longer than {} bytes", kMaxText),
                "link to the long form");
  return {};
}

Result<void> check_note(const std::string& note) {
  if (note.size() > kMaxText)
    return fail(ErrorCode::limit_exceeded, "note", fmt::format("is longer than {} bytes", kMaxText),
                "link to the long form");
  return {};
}

Result<void> check_decider(const std::string& what, const std::string& requested_by, const Actor& actor) {
  if (!may_decide(actor))
    return fail(ErrorCode::conflict, what,
                fmt::format("is not for the role {} to decide on", ledger::to_string(actor.role)), "ask a triager");
  if (requested_by == actor.id)
    return fail(ErrorCode::conflict, what, "was asked for by the same person", "let somebody else decide on it");
  return {};
}

Result<Time> last_day(Time asked, Time now, std::string_view what) {
  const Time end = end_of_day(asked);
  if (end <= end_of_day(now))
    return fail(ErrorCode::invalid_input, std::string(what), "is not after today", "give a later day");
  if (end - now > kFurthest)
    return fail(ErrorCode::invalid_input, std::string(what), "is more than five years away", "give an earlier day");
  return end;
}

Result<void> check_ask(const DispositionAsk& ask, const std::string& fingerprint) {
  if (auto ok = check_text(ask.reason, "reason"); !ok) return ok;
  const bool accepts = ask.kind == DispositionKind::risk_accepted, repeats = ask.kind == DispositionKind::duplicate;
  const std::string kind(to_string(ask.kind));
  if (accepts && !ask.until)
    return fail(ErrorCode::invalid_input, "until", "is missing", "say until when the risk is accepted");
  if (!accepts && ask.until)
    return fail(ErrorCode::invalid_input, "until", "is not a matter of " + kind, "leave it out");
  if (repeats && ask.duplicate_of.empty())
    return fail(ErrorCode::invalid_input, "duplicate_of", "is missing", "name the finding that this one repeats");
  if (!repeats && !ask.duplicate_of.empty())
    return fail(ErrorCode::invalid_input, "duplicate_of", "is not a matter of " + kind, "leave it out");
  if (repeats && ask.duplicate_of == fingerprint)
    return fail(ErrorCode::invalid_input, "duplicate_of", "names the finding itself", "name the other finding");
  return {};
}

TicketEvent decided_event(const Disposition& d, Time now) {
  return event(now, d.decision->by, EventKind::disposition_decided,
               Json{{"disposition", d.id},
                    {"kind", to_string(d.kind)},
                    {"state", to_string(d.state)},
                    {"note", d.decision->note}});
}

// The ticket of a disposition that was not granted: one that waited for it goes back to its owner.
std::optional<Change> sent_back(const Disposition& d, const std::optional<Ticket>& ticket, Time now) {
  if (!ticket) return std::nullopt;
  Change change{.ticket = *ticket, .events = {}};
  if (ticket->state == TicketState::in_review) change = moved(*ticket, TicketState::needs_patch, d.decision->by, now);
  change.events.insert(change.events.begin(), decided_event(d, now));
  return change;
}

}  // namespace

bool may_read(const Actor& actor, std::string_view org) {
  switch (actor.role) {
    case ledger::Role::admin:
    case ledger::Role::security_engineer:
    case ledger::Role::triager:
    case ledger::Role::auditor:
      return true;
    case ledger::Role::partner:
      return !actor.org.empty() && actor.org == org;
    case ledger::Role::worker:
      return false;
  }
  return false;
}

bool may_work(const Actor& actor, std::string_view org) {
  return actor.role != ledger::Role::auditor && may_read(actor, org);
}

bool may_decide(const Actor& actor) {
  return actor.role == ledger::Role::admin || actor.role == ledger::Role::security_engineer ||
         actor.role == ledger::Role::triager;
}

Time end_of_day(Time t) {
  return Time{std::chrono::floor<days>(t) + days{1}} - milliseconds{1};
}

days days_between(Time a, Time b) {
  return std::max(std::chrono::floor<days>(b) - std::chrono::floor<days>(a), days{0});
}

Time due_date(const BugFixPolicy& policy, Severity severity, Time now) {
  return end_of_day(now + std::chrono::weeks{policy.due_weeks.at(severity)});
}

bool is_ticketed(const BugFixPolicy& policy, Severity severity) {
  return policy.due_weeks.contains(severity);
}

Result<Change> open(const std::optional<Ticket>& before, const AppFacts& app, const Finding& finding,
                    const BugFixPolicy& policy, Time now) {
  if (before && before->live())
    return fail(ErrorCode::conflict, name_of(*before), "is live already", "a finding has one live ticket");
  if (before && before->closed && now - *before->closed <= days{policy.reopen_days})
    return reopen(*before, finding.severity, policy, std::string(kPlatform), now);
  Change change{.ticket = {.app_key = app.key,
                           .fingerprint = finding.fingerprint,
                           .org = app.org,
                           .kind = app.kind,
                           .requirement = finding.requirement,
                           .subject = finding.subject,
                           .title = finding.title},
                .events = {}};
  date(change.ticket, finding.severity, policy, now);
  Json body = dated_body(change.ticket);
  if (before) {
    change.ticket.follows = before->id;
    body["follows"] = before->id;
  }
  change.events.push_back(event(now, std::string(kPlatform), EventKind::opened, std::move(body)));
  return change;
}

Result<Change> reopen(Ticket ticket, Severity severity, const BugFixPolicy& policy, std::string actor, Time now) {
  if (ticket.live()) return fail(ErrorCode::conflict, name_of(ticket), "is live already");
  date(ticket, severity, policy, now);
  ++ticket.reopened;
  Json body = dated_body(ticket);
  return Change{.ticket = std::move(ticket),
                .events = {event(now, std::move(actor), EventKind::reopened, std::move(body))}};
}

Change close_by_scan(Ticket ticket, TicketState to, const std::string& scan_id, Time now) {
  if (!ticket.live()) return {.ticket = std::move(ticket), .events = {}};
  return closed(ticket, to, by_scan(scan_id), now, Json{{"scan", scan_id}});
}

Change seen_again(const Ticket& ticket, const Finding& finding, const std::string& scan_id, Time scan_started,
                  const BugFixPolicy& policy, Time now) {
  Change change{.ticket = ticket, .events = {}};
  if (!ticket.live()) return change;
  if (ticket.state == TicketState::fix_claimed && scan_started > ticket.state_since) {
    change = moved(ticket, TicketState::needs_patch, by_scan(scan_id), now);
    change.events.push_back(event(now, by_scan(scan_id), EventKind::still_failing, Json{{"scan", scan_id}}));
  }
  if (finding.severity <= ticket.severity || !is_ticketed(policy, finding.severity)) return change;
  const Time due = std::min(ticket.due, due_date(policy, finding.severity, now));
  change.ticket.severity = finding.severity;
  change.ticket.due = due;
  if (due < ticket.due) {
    change.ticket.policy_version = policy.version;
    change.ticket.escalated = 0;
  }
  change.events.push_back(event(now, by_scan(scan_id), EventKind::severity_raised,
                                Json{{"from", to_string(ticket.severity)},
                                     {"to", to_string(finding.severity)},
                                     {"due_from", format_rfc3339(ticket.due)},
                                     {"due_to", format_rfc3339(due)}}));
  return change;
}

Result<Change> move(const Ticket& ticket, TicketState to, const Actor& actor, Time now) {
  if (auto ok = check_work(ticket, actor); !ok) return std::unexpected(ok.error());
  if (auto ok = check_live(ticket); !ok) return std::unexpected(ok.error());
  if (std::ranges::find(kMoves, to) == kMoves.end()) {
    const std::string_view remedy = to == TicketState::extension_requested ? "ask for an extension"
                                    : to == TicketState::patched           ? "claim the fix; a scan then verifies it"
                                    : to == TicketState::gone              ? "only a scan says that"
                                                                           : "ask for a disposition of the finding";
    return fail(ErrorCode::conflict, name_of(ticket), fmt::format("is not moved to {} by hand", to_string(to)),
                std::string(remedy));
  }
  return moved(ticket, to, actor.id, now);
}

std::vector<TicketState> moves(const Ticket& ticket, const Actor& actor) {
  std::vector<TicketState> possible;
  if (!ticket.live() || !may_work(actor, ticket.org)) return possible;
  std::ranges::copy_if(kMoves, std::back_inserter(possible), [&](TicketState to) { return to != ticket.state; });
  return possible;
}

Result<Change> assign(Ticket ticket, std::string assignee, const Actor& actor, Time now) {
  if (auto ok = check_work(ticket, actor); !ok) return std::unexpected(ok.error());
  if (auto ok = check_live(ticket); !ok) return std::unexpected(ok.error());
  if (assignee.size() > kMaxName)
    return fail(ErrorCode::limit_exceeded, "assignee", fmt::format("is longer than {} bytes", kMaxName));
  Change change{.ticket = ticket, .events = {}};
  if (ticket.assignee == assignee) return change;
  change.events.push_back(event(now, actor.id, EventKind::assigned, Json{{"from", ticket.assignee}, {"to", assignee}}));
  change.ticket.assignee = std::move(assignee);
  return change;
}

Result<TicketEvent> comment(const Ticket& ticket, const std::string& text, const Actor& actor, Time now) {
  if (auto ok = check_work(ticket, actor); !ok) return std::unexpected(ok.error());
  if (auto ok = check_text(text, "comment"); !ok) return std::unexpected(ok.error());
  return event(now, actor.id, EventKind::commented, Json{{"text", valid_utf8(text)}});
}

Result<TicketEvent> watch(const Ticket& ticket, const std::string& email, bool on, const Actor& actor, Time now) {
  if (auto ok = check_work(ticket, actor); !ok) return std::unexpected(ok.error());
  if (auto reason = invalid_email(email); !reason.empty())
    return fail(ErrorCode::invalid_input, "watcher", std::move(reason), "write it as name@host.example");
  return event(now, actor.id, on ? EventKind::watcher_added : EventKind::watcher_removed, Json{{"email", email}});
}

Result<ExtensionChange> ask_extension(const Ticket& ticket, const ExtensionAsk& ask, const Actor& actor, Time now) {
  if (auto ok = check_work(ticket, actor); !ok) return std::unexpected(ok.error());
  if (auto ok = check_live(ticket); !ok) return std::unexpected(ok.error());
  if (ticket.state == TicketState::extension_requested)
    return fail(ErrorCode::conflict, name_of(ticket), "waits for the decision on an extension already",
                "wait for it, or move the ticket back first");
  if (ticket.state == TicketState::in_review)
    return fail(ErrorCode::conflict, name_of(ticket), "is in review",
                "wait for the decision, or withdraw what is asked");
  if (auto ok = check_text(ask.plan, "plan"); !ok) return std::unexpected(ok.error());
  const auto due = last_day(ask.due, now, "due_at");
  if (!due) return std::unexpected(due.error());
  if (*due <= ticket.due)
    return fail(ErrorCode::invalid_input, "due_at",
                fmt::format("is not after the present due date, {}", format_rfc3339(ticket.due).substr(0, 10)),
                "give a later day");
  Extension extension{
      .ticket_id = ticket.id, .plan = valid_utf8(ask.plan), .due = *due, .requested_by = actor.id, .requested = now};
  Change change = moved(ticket, TicketState::extension_requested, actor.id, now);
  change.events.push_back(event(now, actor.id, EventKind::extension_requested,
                                Json{{"plan", extension.plan}, {"due", format_rfc3339(*due)}}));
  return ExtensionChange{std::move(extension), std::move(change)};
}

Result<ExtensionChange> decide_extension(const Ticket& ticket, Extension extension, bool approve,
                                         const std::string& note, const Actor& actor, Time now) {
  const std::string name = fmt::format("extension {}", extension.id);
  if (auto ok = check_decider(name, extension.requested_by, actor); !ok) return std::unexpected(ok.error());
  if (extension.state != RequestState::requested || ticket.state != TicketState::extension_requested)
    return fail(ErrorCode::conflict, name, fmt::format("is {} already", to_string(extension.state)),
                "look at the ticket again");
  if (approve && extension.due < now)
    return fail(ErrorCode::conflict, name, "asks for a day that has passed", "reject it; a new one may be asked for");
  if (auto ok = check_note(note); !ok) return std::unexpected(ok.error());
  extension.state = approve ? RequestState::approved : RequestState::rejected;
  extension.decision = Decision{.by = actor.id, .at = now, .note = valid_utf8(note)};
  Change change{.ticket = ticket, .events = {}};
  enter(change.ticket, TicketState::needs_patch, now);
  if (approve) {
    change.ticket.due = extension.due;
    change.ticket.escalated = 0;
  }
  change.events = {
      event(
          now, actor.id, EventKind::extension_decided,
          Json{{"extension", extension.id}, {"state", to_string(extension.state)}, {"note", extension.decision->note}}),
      event(now, actor.id, EventKind::moved, move_body(ticket, change.ticket))};
  return ExtensionChange{std::move(extension), std::move(change)};
}

Result<DispositionChange> ask_disposition(const AppFacts& app, const std::string& fingerprint,
                                          const std::optional<Ticket>& ticket, const DispositionAsk& ask,
                                          const Actor& actor, Time now) {
  if (!may_work(actor, app.org))
    return fail(ErrorCode::conflict, "finding " + fingerprint,
                fmt::format("is not for the role {} to dispose of", ledger::to_string(actor.role)),
                "ask a triager or the owner of the app");
  if (auto ok = check_ask(ask, fingerprint); !ok) return std::unexpected(ok.error());
  DispositionChange made{.disposition = {.app_key = app.key,
                                         .fingerprint = fingerprint,
                                         .kind = ask.kind,
                                         .reason = valid_utf8(ask.reason),
                                         .duplicate_of = ask.duplicate_of,
                                         .requested_by = actor.id,
                                         .requested = now},
                         .change = std::nullopt};
  if (ask.until) {
    const auto end = last_day(*ask.until, now, "until");
    if (!end) return std::unexpected(end.error());
    made.disposition.until = *end;
  }
  if (!ticket) return made;
  Change change{.ticket = *ticket, .events = {}};
  if (ticket->live()) change = moved(*ticket, TicketState::in_review, actor.id, now);
  Json body{{"kind", to_string(ask.kind)}, {"reason", made.disposition.reason}};
  if (made.disposition.until) body["until"] = format_rfc3339(*made.disposition.until);
  if (!ask.duplicate_of.empty()) body["duplicate_of"] = ask.duplicate_of;
  change.events.push_back(event(now, actor.id, EventKind::disposition_requested, std::move(body)));
  made.change = std::move(change);
  return made;
}

Result<DispositionChange> decide_disposition(Disposition disposition, const std::optional<Ticket>& ticket, bool approve,
                                             const std::string& note, const Actor& actor, Time now) {
  const std::string name = fmt::format("disposition {}", disposition.id);
  if (auto ok = check_decider(name, disposition.requested_by, actor); !ok) return std::unexpected(ok.error());
  if (disposition.state != RequestState::requested)
    return fail(ErrorCode::conflict, name, fmt::format("is {} already", to_string(disposition.state)),
                "ask for a new one");
  if (approve && disposition.until && *disposition.until < now)
    return fail(ErrorCode::conflict, name, "would have ended already", "reject it; a new one may be asked for");
  if (auto ok = check_note(note); !ok) return std::unexpected(ok.error());
  disposition.state = approve ? RequestState::approved : RequestState::rejected;
  disposition.decision = Decision{.by = actor.id, .at = now, .note = valid_utf8(note)};
  if (!approve) {
    auto back = sent_back(disposition, ticket, now);
    return DispositionChange{std::move(disposition), std::move(back)};
  }
  DispositionChange decided{.disposition = std::move(disposition), .change = std::nullopt};
  if (!ticket) return decided;
  Change change{.ticket = *ticket, .events = {}};
  if (ticket->live())
    change = closed(*ticket, closed_state(decided.disposition.kind), actor.id, now,
                    Json{{"disposition", decided.disposition.id}});
  change.events.insert(change.events.begin(), decided_event(decided.disposition, now));
  decided.change = std::move(change);
  return decided;
}

Result<DispositionChange> withdraw_disposition(Disposition disposition, const std::optional<Ticket>& ticket,
                                               const std::string& org, const std::string& note, const Actor& actor,
                                               Time now) {
  const std::string name = fmt::format("disposition {}", disposition.id);
  const bool own = disposition.requested_by == actor.id && may_work(actor, org);
  if (!disposition.live())
    return fail(ErrorCode::conflict, name, fmt::format("is {} already", to_string(disposition.state)));
  if (!may_decide(actor) && !(own && disposition.state == RequestState::requested))
    return fail(ErrorCode::conflict, name, "is not yours to withdraw", "ask a triager");
  if (auto ok = check_note(note); !ok) return std::unexpected(ok.error());
  disposition.state = RequestState::withdrawn;
  disposition.decision = Decision{.by = actor.id, .at = now, .note = valid_utf8(note)};
  auto back = sent_back(disposition, ticket, now);
  return DispositionChange{std::move(disposition), std::move(back)};
}

std::optional<Disposition> expire_disposition(Disposition disposition, Time now) {
  if (disposition.state != RequestState::approved || !disposition.until || *disposition.until >= now)
    return std::nullopt;
  disposition.state = RequestState::expired;
  return disposition;
}

int escalation_step(const Ticket& ticket, const BugFixPolicy& policy, Time now) {
  if (!ticket.live() || clock_stands(ticket.state)) return 0;
  const auto past = (std::chrono::floor<days>(now) - std::chrono::floor<days>(ticket.due)).count();
  if (past >= policy.overdue_after_days)
    return kOverdue + static_cast<int>((past - policy.overdue_after_days) / policy.overdue_every_days);
  if (past >= 0) return kDue;
  return -past <= policy.due_soon_days ? kDueSoon : 0;
}

std::string_view escalation_name(int step) {
  if (step >= kOverdue) return "overdue";
  return step == kDue ? "due" : "due-soon";
}

}  // namespace assay::ticket

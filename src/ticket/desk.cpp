#include "ticket/desk.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "ledger/dispositions.h"
#include "ledger/policies.h"
#include "ledger/scan_effect.h"
#include "ledger/tickets.h"

namespace assay::ticket {

namespace {

using ledger::Work;

std::string ticket_object(std::int64_t id) {
  return fmt::format("ticket:{}", id);
}

// The latest ticket of one finding.
Result<std::optional<Ticket>> latest_of(Work& work, const std::string& app_key, const std::string& fingerprint) {
  auto tickets = ledger::latest_tickets(work, app_key, {fingerprint});
  if (!tickets) return std::unexpected(tickets.error());
  if (tickets->empty()) return std::nullopt;
  return std::move(tickets->begin()->second);
}

std::vector<std::string> fingerprints_of(const ledger::ScanEffect& effect) {
  std::vector<std::string> all;
  for (const auto* group : {&effect.opened, &effect.reopened, &effect.fixed, &effect.gone})
    for (const auto& known : *group) all.push_back(known.finding.fingerprint);
  return all;
}

std::unexpected<Error> unknown_ticket(std::int64_t id) {
  return fail(ErrorCode::not_found, fmt::format("ticket {}", id), "is no ticket that you may see",
              "list those that you may");
}

}  // namespace

// --- What all have in common -------------------------------------------------------------------------------------

Result<Ticket> Desk::get(Work& work, const Actor& actor, std::int64_t id) const {
  auto ticket = ledger::get_ticket(work, id);
  if (!ticket) return ticket;
  if (!may_read(actor, ticket->org)) return unknown_ticket(id);
  return ticket;
}

Result<Ticket> Desk::get(Work& work, const Actor& actor, std::int64_t id, std::int64_t version) const {
  auto ticket = get(work, actor, id);
  if (ticket && ticket->version != version)
    return fail(ErrorCode::conflict, fmt::format("ticket {}", id), "has changed since you saw it",
                "look at it again and repeat what still holds");
  return ticket;
}

Result<void> Desk::tell(Work& work, const Ticket& ticket, std::vector<TicketEvent> events) const {
  const auto told = ledger::append_events(work, ticket.id, std::move(events));
  if (!hooks_.notify) return {};
  for (const auto& event : told)
    if (auto done = hooks_.notify(work, {ticket, event}); !done) return done;
  return {};
}

Result<Ticket> Desk::store(Work& work, const std::optional<Ticket>& before, Change change) const {
  if (change.events.empty()) return std::move(change.ticket);
  auto stored = change.ticket.id == 0 ? ledger::insert_ticket(work, std::move(change.ticket))
                                      : ledger::update_ticket(work, std::move(change.ticket));
  if (!stored) return stored;
  const bool opened = stored->live() && (!before || !before->live());
  if (opened) {
    const auto added = ledger::add_contacts_as_watchers(work, *stored);
    if (!added) return std::unexpected(added.error());
    for (const auto& email : *added)
      change.events.push_back({.at = work.now(),
                               .actor = std::string(kPlatform),
                               .kind = EventKind::watcher_added,
                               .body = Json{{"email", email}}});
  }
  if (before && before->state == TicketState::extension_requested && stored->state != before->state)
    if (auto done = withdraw_extension(work, *stored, change.events.front().actor); !done)
      return std::unexpected(done.error());
  if (auto told = tell(work, *stored, change.events); !told) return std::unexpected(told.error());
  return stored;
}

Result<void> Desk::withdraw_extension(Work& work, const Ticket& ticket, const std::string& actor) const {
  auto extensions = ledger::extensions_of(work, ticket.id);
  if (!extensions) return std::unexpected(extensions.error());
  for (auto& extension : *extensions) {
    if (extension.state != RequestState::requested) continue;
    extension.state = RequestState::withdrawn;
    extension.decision = Decision{.by = actor, .at = work.now(), .note = {}};
    return ledger::decide_extension(work, extension);
  }
  return {};
}

Result<void> Desk::audit(Work& work, const Actor& actor, std::string_view act, const std::string& object,
                         const Json& body) const {
  if (!hooks_.audit) return {};
  return hooks_.audit(work, actor, act, object, body);
}

// --- Scans -------------------------------------------------------------------------------------------------------

Result<void> Desk::follow_up(Work& work, const ScanRecord& record, const ledger::ScanEffect& effect) const {
  if (auto done = open_all(work, record, effect); !done) return done;
  if (auto done = close_all(work, record, effect); !done) return done;
  return see_again(work, record);
}

Result<void> Desk::open_all(Work& work, const ScanRecord& record, const ledger::ScanEffect& effect) const {
  if (effect.opened.empty() && effect.reopened.empty()) return {};
  const auto policy = ledger::policy_in_force(work, policy_);
  if (!policy) return std::unexpected(policy.error());
  const auto fingerprints = fingerprints_of(effect);
  const auto known = ledger::latest_tickets(work, record.app.key, fingerprints);
  if (!known) return std::unexpected(known.error());
  const auto facts = ledger::findings_facts(work, record.app.key, fingerprints);
  if (!facts) return std::unexpected(facts.error());
  for (const auto* group : {&effect.opened, &effect.reopened}) {
    for (const auto& opened : *group) {
      const Finding& finding = opened.finding;
      const auto fact = facts->find(finding.fingerprint);
      if (fact == facts->end() || !fact->second.disposition.empty()) continue;
      if (!is_ticketed(*policy, finding.severity)) continue;
      const auto before = known->find(finding.fingerprint);
      const std::optional<Ticket> ticket = before == known->end() ? std::nullopt : std::optional(before->second);
      if (ticket && ticket->live()) continue;
      auto change = open(ticket, {record.app.key, fact->second.org, fact->second.kind}, finding, *policy, work.now());
      if (!change) return std::unexpected(change.error());
      const bool again = change->ticket.id != 0;
      if (auto stored = store(work, again ? ticket : std::nullopt, std::move(*change)); !stored)
        return std::unexpected(stored.error());
    }
  }
  return {};
}

Result<void> Desk::close_all(Work& work, const ScanRecord& record, const ledger::ScanEffect& effect) const {
  if (effect.fixed.empty() && effect.gone.empty()) return {};
  const auto known = ledger::latest_tickets(work, record.app.key, fingerprints_of(effect));
  if (!known) return std::unexpected(known.error());
  for (const auto& [group, state] :
       {std::pair{&effect.fixed, TicketState::patched}, std::pair{&effect.gone, TicketState::gone}}) {
    for (const auto& closed : *group) {
      const auto ticket = known->find(closed.finding.fingerprint);
      if (ticket == known->end()) continue;
      if (auto stored = store(work, ticket->second, close_by_scan(ticket->second, state, record.id, work.now()));
          !stored)
        return std::unexpected(stored.error());
    }
  }
  return {};
}

Result<void> Desk::see_again(Work& work, const ScanRecord& record) const {
  const auto findings = findings_of(record);
  if (findings.empty()) return {};
  const auto live = ledger::live_tickets(work, record.app.key);
  if (!live) return std::unexpected(live.error());
  std::vector<std::pair<const Ticket*, const Finding*>> concerned;  // few of many: most scans see what is known
  for (const auto* finding : findings) {
    const auto ticket = live->find(finding->fingerprint);
    if (ticket == live->end()) continue;
    const Ticket& t = ticket->second;
    if (t.state == TicketState::fix_claimed || finding->severity > t.severity) concerned.emplace_back(&t, finding);
  }
  if (concerned.empty()) return {};
  const auto policy = ledger::policy_in_force(work, policy_);
  if (!policy) return std::unexpected(policy.error());
  for (const auto& [ticket, finding] : concerned) {
    auto change = seen_again(*ticket, *finding, record.id, record.started, *policy, work.now());
    if (auto stored = store(work, *ticket, std::move(change)); !stored) return std::unexpected(stored.error());
  }
  return {};
}

// --- People ------------------------------------------------------------------------------------------------------

Result<Ticket> Desk::move(Work& work, const Actor& actor, std::int64_t id, std::int64_t version, TicketState to,
                          const std::string& text) const {
  auto ticket = get(work, actor, id, version);
  if (!ticket) return ticket;
  auto change = ticket::move(*ticket, to, actor, work.now());
  if (!change) return std::unexpected(change.error());
  if (!text.empty()) {
    auto said = ticket::comment(*ticket, text, actor, work.now());
    if (!said) return std::unexpected(said.error());
    change->events.push_back(std::move(*said));
  }
  if (change->events.empty()) return ticket;
  const bool claims = to == TicketState::fix_claimed && ticket->state != to;
  auto stored = store(work, *ticket, std::move(*change));
  if (!stored) return stored;
  if (claims && hooks_.verify)
    if (auto asked = hooks_.verify(work, actor, *stored); !asked) return std::unexpected(asked.error());
  const Json body{{"from", to_string(ticket->state)}, {"to", to_string(to)}};
  if (auto noted = audit(work, actor, "ticket.move", ticket_object(id), body); !noted)
    return std::unexpected(noted.error());
  return stored;
}

Result<Ticket> Desk::comment(Work& work, const Actor& actor, std::int64_t id, const std::string& text) const {
  auto ticket = get(work, actor, id);
  if (!ticket) return ticket;
  auto said = ticket::comment(*ticket, text, actor, work.now());
  if (!said) return std::unexpected(said.error());
  if (auto told = tell(work, *ticket, {std::move(*said)}); !told) return std::unexpected(told.error());
  if (auto noted = audit(work, actor, "ticket.comment", ticket_object(id), Json::object()); !noted)
    return std::unexpected(noted.error());
  return ticket;
}

Result<Ticket> Desk::assign(Work& work, const Actor& actor, std::int64_t id, std::int64_t version,
                            const std::string& assignee) const {
  auto ticket = get(work, actor, id, version);
  if (!ticket) return ticket;
  auto change = ticket::assign(*ticket, assignee, actor, work.now());
  if (!change) return std::unexpected(change.error());
  if (change->events.empty()) return ticket;
  auto stored = store(work, *ticket, std::move(*change));
  if (!stored) return stored;
  if (auto noted = audit(work, actor, "ticket.assign", ticket_object(id), Json{{"to", assignee}}); !noted)
    return std::unexpected(noted.error());
  return stored;
}

Result<void> Desk::watch(Work& work, const Actor& actor, std::int64_t id, const std::string& email, bool on) const {
  const auto ticket = get(work, actor, id);
  if (!ticket) return std::unexpected(ticket.error());
  auto change = ticket::watch(*ticket, email, on, actor, work.now());
  if (!change) return std::unexpected(change.error());
  const bool changed = on ? ledger::add_watcher(work, id, email) : ledger::remove_watcher(work, id, email);
  if (!changed) return {};
  if (auto told = tell(work, *ticket, {std::move(*change)}); !told) return told;
  return audit(work, actor, on ? "ticket.watch" : "ticket.unwatch", ticket_object(id), Json{{"email", email}});
}

Result<Extension> Desk::ask_extension(Work& work, const Actor& actor, std::int64_t id, std::int64_t version,
                                      const ExtensionAsk& ask) const {
  const auto ticket = get(work, actor, id, version);
  if (!ticket) return std::unexpected(ticket.error());
  auto asked = ticket::ask_extension(*ticket, ask, actor, work.now());
  if (!asked) return std::unexpected(asked.error());
  auto extension = ledger::insert_extension(work, std::move(asked->extension));
  if (!extension) return extension;
  asked->change.events.back().body["extension"] = extension->id;
  if (auto stored = store(work, *ticket, std::move(asked->change)); !stored) return std::unexpected(stored.error());
  if (auto noted = audit(work, actor, "extension.ask", fmt::format("extension:{}", extension->id), to_json(*extension));
      !noted)
    return std::unexpected(noted.error());
  return extension;
}

Result<Extension> Desk::decide_extension(Work& work, const Actor& actor, std::int64_t id, bool approve,
                                         const std::string& note) const {
  auto extension = ledger::get_extension(work, id);
  if (!extension) return extension;
  const auto ticket = get(work, actor, extension->ticket_id);
  if (!ticket) return std::unexpected(ticket.error());
  auto decided = ticket::decide_extension(*ticket, std::move(*extension), approve, note, actor, work.now());
  if (!decided) return std::unexpected(decided.error());
  if (auto stored = ledger::decide_extension(work, decided->extension); !stored) return std::unexpected(stored.error());
  if (auto stored = store(work, *ticket, std::move(decided->change)); !stored) return std::unexpected(stored.error());
  if (auto noted = audit(work, actor, approve ? "extension.approve" : "extension.reject",
                         fmt::format("extension:{}", id), to_json(decided->extension));
      !noted)
    return std::unexpected(noted.error());
  return std::move(decided->extension);
}

Result<Disposition> Desk::ask_disposition(Work& work, const Actor& actor, const std::string& app_key,
                                          const std::string& fingerprint, const DispositionAsk& ask) const {
  const auto facts = ledger::finding_facts(work, app_key, fingerprint);
  if (!facts) return std::unexpected(facts.error());
  if (!may_read(actor, facts->org))
    return fail(ErrorCode::not_found, "finding " + fingerprint, "is no finding that you may see");
  if (!ask.duplicate_of.empty()) {
    const auto other = ledger::finding_facts(work, app_key, ask.duplicate_of);
    if (!other) return std::unexpected(other.error());
    if (!other->disposition.empty())
      return fail(ErrorCode::conflict, "finding " + ask.duplicate_of, "has a disposition itself: " + other->disposition,
                  "name the finding that is worked on");
  }
  const auto ticket = latest_of(work, app_key, fingerprint);
  if (!ticket) return std::unexpected(ticket.error());
  auto asked =
      ticket::ask_disposition({app_key, facts->org, facts->kind}, fingerprint, *ticket, ask, actor, work.now());
  if (!asked) return std::unexpected(asked.error());
  auto disposition = ledger::insert_disposition(work, std::move(asked->disposition));
  if (!disposition) return disposition;
  if (asked->change) {
    asked->change->events.back().body["disposition"] = disposition->id;
    if (auto stored = store(work, *ticket, std::move(*asked->change)); !stored) return std::unexpected(stored.error());
  }
  if (auto noted =
          audit(work, actor, "disposition.ask", fmt::format("disposition:{}", disposition->id), to_json(*disposition));
      !noted)
    return std::unexpected(noted.error());
  return disposition;
}

Result<Disposition> Desk::decide_disposition(Work& work, const Actor& actor, std::int64_t id, bool approve,
                                             const std::string& note) const {
  auto context = disposition_context(work, actor, id);
  if (!context) return std::unexpected(context.error());
  auto decided =
      ticket::decide_disposition(std::move(context->disposition), context->ticket, approve, note, actor, work.now());
  if (!decided) return std::unexpected(decided.error());
  if (auto stored = store_disposition(work, actor, *context, RequestState::requested, *decided); !stored)
    return std::unexpected(stored.error());
  return std::move(decided->disposition);
}

Result<Disposition> Desk::withdraw_disposition(Work& work, const Actor& actor, std::int64_t id,
                                               const std::string& note) const {
  auto context = disposition_context(work, actor, id);
  if (!context) return std::unexpected(context.error());
  const RequestState from = context->disposition.state;
  auto withdrawn = ticket::withdraw_disposition(std::move(context->disposition), context->ticket, context->facts.org,
                                                note, actor, work.now());
  if (!withdrawn) return std::unexpected(withdrawn.error());
  if (auto stored = store_disposition(work, actor, *context, from, *withdrawn); !stored)
    return std::unexpected(stored.error());
  if (from == RequestState::approved)
    if (auto revived = revive(work, withdrawn->disposition, actor.id); !revived)
      return std::unexpected(revived.error());
  return std::move(withdrawn->disposition);
}

Result<Desk::DispositionContext> Desk::disposition_context(Work& work, const Actor& actor, std::int64_t id) const {
  auto disposition = ledger::get_disposition(work, id);
  if (!disposition) return std::unexpected(disposition.error());
  auto facts = ledger::finding_facts(work, disposition->app_key, disposition->fingerprint);
  if (!facts) return std::unexpected(facts.error());
  if (!may_read(actor, facts->org))
    return fail(ErrorCode::not_found, fmt::format("disposition {}", id), "is none that you may see");
  auto ticket = latest_of(work, disposition->app_key, disposition->fingerprint);
  if (!ticket) return std::unexpected(ticket.error());
  return DispositionContext{std::move(*disposition), std::move(*facts), std::move(*ticket)};
}

Result<void> Desk::store_disposition(Work& work, const Actor& actor, const DispositionContext& context,
                                     RequestState from, DispositionChange& change) const {
  const Disposition& disposition = change.disposition;
  if (auto stored = ledger::decide_disposition(work, disposition, from); !stored) return stored;
  if (change.change)
    if (auto stored = store(work, context.ticket, std::move(*change.change)); !stored)
      return std::unexpected(stored.error());
  return audit(work, actor, fmt::format("disposition.{}", to_string(disposition.state)),
               fmt::format("disposition:{}", disposition.id), to_json(disposition));
}

Result<void> Desk::revive(Work& work, const Disposition& disposition, const std::string& actor) const {
  const auto facts = ledger::finding_facts(work, disposition.app_key, disposition.fingerprint);
  if (!facts) return std::unexpected(facts.error());
  const auto policy = ledger::policy_in_force(work, policy_);
  if (!policy) return std::unexpected(policy.error());
  if (facts->state != to_string(ledger::FindingStatus::open) || !is_ticketed(*policy, facts->finding.severity))
    return {};
  const auto before = latest_of(work, disposition.app_key, disposition.fingerprint);
  if (!before) return std::unexpected(before.error());
  if (*before && (*before)->live()) return {};
  auto change =
      *before ? reopen(**before, facts->finding.severity, *policy, actor, work.now())
              : open(std::nullopt, {disposition.app_key, facts->org, facts->kind}, facts->finding, *policy, work.now());
  if (!change) return std::unexpected(change.error());
  const auto stored = store(work, *before, std::move(*change));
  if (!stored) return std::unexpected(stored.error());
  return {};
}

// --- Time --------------------------------------------------------------------------------------------------------

Result<int> Desk::remind(Work& work, int limit) const {
  auto due = ledger::tickets_to_remind(work, policy_, limit);
  if (!due) return std::unexpected(due.error());
  for (const auto& ticket : *due) {
    Change change{.ticket = ticket, .events = {}};
    change.ticket.escalated = escalation_step(ticket, policy_, work.now());
    change.events.push_back(
        {.at = work.now(),
         .actor = std::string(kPlatform),
         .kind = EventKind::reminded,
         .body = Json{{"step", escalation_name(change.ticket.escalated)}, {"due", format_rfc3339(ticket.due)}}});
    if (auto stored = store(work, ticket, std::move(change)); !stored) return std::unexpected(stored.error());
  }
  return static_cast<int>(due->size());
}

Result<int> Desk::expire_dispositions(Work& work, int limit) const {
  auto ended = ledger::ended_dispositions(work, limit);
  if (!ended) return std::unexpected(ended.error());
  for (auto& disposition : *ended) {
    const auto expired = expire_disposition(std::move(disposition), work.now());
    if (!expired) continue;
    if (auto stored = ledger::decide_disposition(work, *expired, RequestState::approved); !stored)
      return std::unexpected(stored.error());
    if (auto revived = revive(work, *expired, std::string(kPlatform)); !revived)
      return std::unexpected(revived.error());
  }
  return static_cast<int>(ended->size());
}

}  // namespace assay::ticket

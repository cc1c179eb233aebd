#include "ledger/ticket_rows.h"

#include <optional>

#include "ledger/statement.h"

namespace assay::ledger {

namespace {

std::unexpected<Error> unknown_word(const std::string& what, const std::string& value) {
  return fail(ErrorCode::internal, "stored " + what, "has the unknown word " + value);
}

std::optional<Decision> decision_of(const std::string& by, long long at, const std::string& note) {
  if (at == kNone) return std::nullopt;
  return Decision{.by = by, .at = time_of(at), .note = note};
}

}  // namespace

void TicketRow::bind(soci::statement& statement) {
  statement.exchange(soci::into(id));
  for (auto* text : {&ticket.app_key, &ticket.fingerprint, &ticket.org, &ticket.kind, &ticket.requirement,
                     &ticket.subject, &ticket.title, &severity, &state})
    statement.exchange(soci::into(*text));
  for (auto* number : {&opened, &due, &policy, &since, &closed}) statement.exchange(soci::into(*number));
  statement.exchange(soci::into(ticket.assignee));
  for (auto* number : {&follows, &reopened, &escalated, &version}) statement.exchange(soci::into(*number));
}

Result<Ticket> TicketRow::take() const {
  Ticket t = ticket;
  const auto read_severity = severity_from_string(severity);
  const auto read_state = ticket_state_from_string(state);
  if (!read_severity) return unknown_word("ticket", severity);
  if (!read_state) return unknown_word("ticket", state);
  t.id = id;
  t.severity = *read_severity;
  t.state = *read_state;
  t.opened = time_of(opened);
  t.due = time_of(due);
  t.policy_version = static_cast<int>(policy);
  t.state_since = time_of(since);
  if (closed != kNone) t.closed = time_of(closed);
  if (follows != kNone) t.follows = follows;
  t.reopened = static_cast<int>(reopened);
  t.escalated = static_cast<int>(escalated);
  t.version = version;
  return t;
}

void ExtensionRow::bind(soci::statement& statement) {
  for (auto* number : {&id, &ticket}) statement.exchange(soci::into(*number));
  statement.exchange(soci::into(extension.plan));
  statement.exchange(soci::into(due));
  for (auto* text : {&state, &extension.requested_by}) statement.exchange(soci::into(*text));
  statement.exchange(soci::into(requested));
  statement.exchange(soci::into(by));
  statement.exchange(soci::into(decided));
  statement.exchange(soci::into(note));
}

Result<Extension> ExtensionRow::take() const {
  Extension e = extension;
  const auto read_state = request_state_from_string(state);
  if (!read_state) return unknown_word("extension", state);
  e.id = id;
  e.ticket_id = ticket;
  e.due = time_of(due);
  e.state = *read_state;
  e.requested = time_of(requested);
  e.decision = decision_of(by, decided, note);
  return e;
}

void DispositionRow::bind(soci::statement& statement) {
  statement.exchange(soci::into(id));
  for (auto* text : {&disposition.app_key, &disposition.fingerprint, &kind, &disposition.reason})
    statement.exchange(soci::into(*text));
  statement.exchange(soci::into(until));
  for (auto* text : {&disposition.duplicate_of, &state, &disposition.requested_by})
    statement.exchange(soci::into(*text));
  statement.exchange(soci::into(requested));
  statement.exchange(soci::into(by));
  statement.exchange(soci::into(decided));
  statement.exchange(soci::into(note));
}

Result<Disposition> DispositionRow::take() const {
  Disposition d = disposition;
  const auto read_kind = disposition_kind_from_string(kind);
  const auto read_state = request_state_from_string(state);
  if (!read_kind) return unknown_word("disposition", kind);
  if (!read_state) return unknown_word("disposition", state);
  d.id = id;
  d.kind = *read_kind;
  d.state = *read_state;
  if (until != kNone) d.until = time_of(until);
  d.requested = time_of(requested);
  d.decision = decision_of(by, decided, note);
  return d;
}

}  // namespace assay::ledger

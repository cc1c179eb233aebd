#pragma once

// People, an app, a policy and tickets for the tests of this room.

#include <string>
#include <string_view>

#include "ticket/lifecycle.h"

namespace assay::ticket {

inline const Actor kTriager{.id = "tina", .role = ledger::Role::triager, .org = {}};
inline const Actor kEngineer{.id = "emil", .role = ledger::Role::security_engineer, .org = {}};
inline const Actor kOwner{.id = "olga", .role = ledger::Role::partner, .org = "acme"};
inline const Actor kColleague{.id = "otto", .role = ledger::Role::partner, .org = "acme"};
inline const Actor kStranger{.id = "sven", .role = ledger::Role::partner, .org = "umbrella"};
inline const Actor kAuditor{.id = "arno", .role = ledger::Role::auditor, .org = {}};
inline const Actor kWorker{.id = "worker-1", .role = ledger::Role::worker, .org = {}};

inline const AppFacts kApp{.key = "com.example.app", .org = "acme", .kind = "connect"};

inline Time at(std::string_view text) {
  return *parse_rfc3339(text);
}
inline const Time kMonday = at("2026-11-02T09:30:00Z");

inline BugFixPolicy policy() {
  BugFixPolicy p;
  p.version = 1;
  p.effective_from = "2022-12-01";
  p.due_weeks = {{Severity::critical, 4}, {Severity::high, 6}, {Severity::medium, 8}, {Severity::low, 25}};
  return p;
}

inline Finding finding(Severity severity = Severity::high) {
  Finding f{.requirement = "hsts", .subject = "https://app.example", .locator = "header", .title = "No HSTS"};
  f.severity = severity;
  f.fingerprint = fingerprint_of(f.requirement, f.subject, f.locator);
  return f;
}

inline Ticket opened(Severity severity = Severity::high, Time now = kMonday) {
  Ticket t = open(std::nullopt, kApp, finding(severity), policy(), now)->ticket;
  t.id = 17;
  return t;
}

inline Ticket in_state(TicketState state, Time now = kMonday) {
  Ticket t = opened();
  t.state = state;
  t.state_since = now;
  if (!is_live(state)) t.closed = now;
  return t;
}

}  // namespace assay::ticket

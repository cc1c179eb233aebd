#pragma once

// The one table of who may do what (docs/platform.md) and the one place that checks it.

#include "server/http.h"

namespace assay::server {

// What a route needs.
enum class Permission {
  open,             // nobody need have signed in
  signed_in,        // any person: own saved views, who am I
  own_account,      // own sessions and tokens: by session only, so that a stolen token cannot make another
  read,             // apps, findings, tickets, scans, evidence
  request_scans,    // ask for a scan, verify a fix, pause a host
  manage_apps,      // add, change, import, retire
  manage_contacts,  // security contacts of an app
  work_tickets,     // move, comment, ask for an extension or a disposition
  decide,           // decide on what someone else asked for
  administer,       // sinks, schedule, people, tokens of others, retention
  read_audit,
  take_jobs,  // a worker's protocol
};
std::string_view to_string(Permission permission);

// How far a role's permission reaches.
enum class Reach { none, own, all };
Reach reach(ledger::Role role, Permission permission);

// What the check says of one request.
struct Admission {
  enum class Kind { allowed, sign_in, refused } kind = Kind::refused;
  std::optional<std::string> only_org;  // Request::only_org
  std::string reason;                   // why it was refused, for the log and the problem
};
Admission check_access(const Actor& actor, Permission permission);

}  // namespace assay::server

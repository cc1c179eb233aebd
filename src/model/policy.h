#pragma once

// The bug fix policy: how long an owner has to mend a finding of each severity, how a finding opens and closes, when
// its owner is reminded, and how long what the platform stores is kept. catalog/policy.yaml; docs/platform.md.

#include <map>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/json.h"
#include "model/requirement.h"

namespace assay {

// Looks in a row that a finding needs, at least 1 each.
struct Looks {
  int open = 1;   // failing ones, to open
  int close = 1;  // passing ones, to close
  friend bool operator==(const Looks&, const Looks&) = default;
};

// What the store keeps for a limited time. Audit entries are kept for 90 days at least.
enum class Retained { evidence, request_logs, clean_scans, notices, jobs, audit };
std::string_view to_string(Retained r);  // "evidence", "request-logs", "clean-scans", "notices", "jobs", "audit"

struct BugFixPolicy {
  int version = 0;                    // counts up with every change of the figures; 0 means "no policy given"
  std::string effective_from;         // "YYYY-MM-DD": tickets opened on or after this day fall under it
  std::map<Severity, int> due_weeks;  // from the day the owner is told; one entry for each severity above none

  Looks looks_network{.open = 2, .close = 2};  // requirements that rest on the network
  Looks looks_other{.open = 1, .close = 1};    // all others
  int second_look_minutes = 10;  // from a first failing or first passing look to the look that confirms it
  int reopen_days = 30;          // a finding that opens again so soon after its ticket's close opens that ticket again

  int due_soon_days = 7;       // the owner is reminded so many days before the due date
  int overdue_after_days = 1;  // and so many days after it
  int overdue_every_days = 7;  // and every so many days from then

  std::map<Retained, int> retention_days{{Retained::evidence, 90},     {Retained::request_logs, 90},
                                         {Retained::clean_scans, 180}, {Retained::notices, 90},
                                         {Retained::jobs, 30},         {Retained::audit, 400}};

  friend bool operator==(const BugFixPolicy&, const BugFixPolicy&) = default;
};

// True when `requirement` rests on evidence that was fetched over the network, so that one look may be a whim of it.
bool rests_on_network(const Requirement& requirement);

// The looks that findings of `requirement` need.
inline const Looks& looks_of(const BugFixPolicy& policy, const Requirement& requirement) {
  return rests_on_network(requirement) ? policy.looks_network : policy.looks_other;
}

// The form in which a ledger remembers the versions that dated its tickets.
Json to_json(const BugFixPolicy& policy);
Result<BugFixPolicy> policy_from_json(const Json& j);

}  // namespace assay

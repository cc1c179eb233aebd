#pragma once

// Who did what: a log that is only ever appended to. Each entry holds the hash of the one before it, so that a change
// in the middle shows. Every function works in the caller's transaction: what was done and its entry are stored
// together or not at all.

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "base/time.h"
#include "ledger/work.h"

namespace assay::ledger {

struct AuditEntry {
  long long seq = 0;  // 1, 2, 3, …, without gaps
  Time at{};
  std::string actor;           // who: Actor::label() of the server, or the name of a part of the program
  std::string act;             // what: "person.update", "token.revoke"
  std::string object;          // to what: "person:per_12ab"
  std::string request_id;      // of the request that asked; may be empty
  Json body = Json::object();  // what changed; never holds a secret
  std::string previous_hash;   // the hash of entry seq - 1; empty for the first
  std::string hash;            // audit_hash() of this entry
};

// SHA-256 (hex) over each field in the order above but `hash`, as its length in bytes (decimal), ':' and its bytes;
// numbers in decimal, `at` in milliseconds since 1970, the body as JSON without white space and with sorted keys.
std::string audit_hash(const AuditEntry& entry);

struct Act {
  std::string actor, act, object, request_id;
  Json body = Json::object();
};
// Appends one entry. Transactions that append wait for each other: do it last.
Result<void> append_audit(Work& work, const Act& act);

struct AuditQuery {
  std::string actor, act, object;   // exact; empty: any. An `act` that ends in '*' is a prefix
  std::optional<long long> before;  // only entries with a lower seq
  int limit = 50;                   // 1 to 500
};
// Newest first.
Result<std::vector<AuditEntry>> audit_entries(Work& work, const AuditQuery& query);

struct AuditCheck {
  long long entries = 0;
  long long first_seq = 0, last_seq = 0;  // 0 when there are none
  std::string head;                       // the hash of the last entry: kept elsewhere, it proves that none was cut off
  std::optional<long long> broken_at;     // the first entry that does not follow from the one before it
  std::string reason;
};
// Computes the whole chain again. The first entry's previous_hash is believed: retention removes from that end.
Result<AuditCheck> verify_audit(Work& work);

}  // namespace assay::ledger

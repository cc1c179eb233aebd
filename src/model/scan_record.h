#pragma once

// The result of one scan of one app: what reports print and the ledger stores.

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "model/evidence.h"
#include "model/surface.h"
#include "model/verdict.h"

namespace assay {

// An app as the ledger knows it.
struct App {
  std::string key;  // the descriptor's key, or the origin of a service; unique in a ledger
  std::string name;
  std::string kind;    // "connect" | "service" (more kinds later)
  std::string target;  // what to scan: URL or file
  std::string owner;   // may be empty
  Time added{};
};

// A requirement of the profile that was not judged, and why: never counted as passed.
struct NotVerified {
  std::string requirement;
  std::string reason;  // "not yet verified by this version", "attestation", "excluded by --skip", …
};

struct ScanStatistics {
  std::uint64_t http_requests = 0;
  std::uint64_t tls_connections = 0;
  std::uint64_t dns_queries = 0;
  std::uint64_t bytes_received = 0;
  std::uint64_t bytes_sent = 0;
};

struct ScanRecord {
  std::string id;  // UUIDv4
  App app;
  std::string release;  // hash of the descriptor's content, or "" for a service
  std::vector<std::string> profiles;
  Time started{};
  Time finished{};
  bool complete = true;  // false when it was interrupted or ran out of time
  std::string incomplete_reason;
  std::vector<std::string> allowed_networks;  // egress exceptions in force: shown in every report
  std::vector<SurfaceNote> notes;             // leniencies of the descriptor reader
  std::vector<Verdict> verdicts;              // sorted by requirement, subject
  std::vector<NotVerified> not_verified;      // sorted by requirement
  std::vector<Evidence> evidence;             // in the order it was collected
  ScanStatistics statistics;

  // Against a ledger or a baseline file; empty when there was none.
  bool compared = false;
  std::map<std::string, Standing> standing;    // fingerprint of a present finding → new | still-there
  std::vector<Finding> fixed;                  // findings of before whose verdict is now `pass`
  std::vector<Finding> gone;                   // findings of before that have lost their subject: own_subjects()
  std::map<std::string, std::string> ignored;  // fingerprint → reason and place of the entry: shown, not counted
};

// Every finding of every verdict, most severe first, then by requirement, subject and locator.
std::vector<const Finding*> findings_of(const ScanRecord& record);

// What the app now names as its own.
struct OwnSubjects {
  std::set<std::string> names;
  bool hosts = false;  // hosts and domains were gathered too, all of them

  // True when the scan proves that the app no longer names `subject`.
  bool lost(std::string_view subject) const;
};

// nullopt when the scan does not prove that there are no other subjects: it is incomplete, read no descriptor, read
// more URLs than it keeps, or found no usable base URL to resolve them against.
std::optional<OwnSubjects> own_subjects(const ScanRecord& record);

// A fail beside which something was not seen that may be worse: it has a reason code, counts as inconclusive, too, and
// its reason says both.
inline bool fails_in_part(const Verdict& v) {
  return v.outcome == Outcome::fail && !v.reason_code.empty();
}

// The counts that summaries print.
struct OutcomeCounts {
  int pass = 0, fail = 0, inconclusive = 0, not_applicable = 0;
  int in_part = 0;  // of the fails: fails_in_part()
  bool leaves_something_open() const { return inconclusive > 0 || in_part > 0; }
};
OutcomeCounts count_outcomes(const ScanRecord& record);

}  // namespace assay

#pragma once

// Findings of all apps, and what scans said: verdicts, scans, evidence.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "ledger/ledger.h"
#include "ledger/page.h"
#include "ledger/work.h"

namespace assay::ledger {

struct FindingRecord {
  KnownFinding known;
  std::string app_key, app_name, kind;
  std::string org_id;                     // "" when its app belongs to no organisation
  std::string disposition;                // the kind of the one in force; "" when there is none
  std::optional<std::int64_t> ticket_id;  // the live ticket, or the newest one
  std::string ticket_state;               // "" when there is none
};

// Fields: app, organisation (its id or name), kind, requirement, severity, state, disposition (none or a kind),
// fingerprint, subject, reopened, first_seen, last_seen, opened, closed. Words: of the app, and the start of the
// requirement. Sorts: severity (the list's own, most severe first), first_seen, last_seen, opened, app.
Result<Page<FindingRecord>> list_findings(Work& work, const ListQuery& query, const FilterScope& scope = {});
Result<FacetCounts> finding_facet(Work& work, const std::string& filter, const FilterScope& scope,
                                  const std::string& field);

// One finding; nullopt when it is not known or not in scope.
Result<std::optional<FindingRecord>> get_finding(Work& work, const std::string& app_key, const std::string& fingerprint,
                                                 const FilterScope& scope = {});

// One scan that saw the finding.
struct Sighting {
  std::string scan_id;
  Time started{};
  bool complete = true;
};
// The newest first, at most `limit`.
Result<std::vector<Sighting>> sightings_of(Work& work, const std::string& app_key, const std::string& fingerprint,
                                           int limit = 100);

// What the newest look at each requirement said: the verdicts of the newest scan that judged it. Sorted by requirement,
// then as in the scan.
struct LatestVerdict {
  Verdict verdict;
  std::string scan_id;
  Time looked{};  // the scan's start
};
Result<std::vector<LatestVerdict>> latest_verdicts(Work& work, const std::string& app_key);

// Scans, newest first. Fields: app, organisation, complete:true|false, started, fail, inconclusive. Words: of the app.
// Sorts: started.
struct ScanListRow {
  ScanSummary summary;
  std::string app_key;
};
Result<Page<ScanListRow>> list_scans(Work& work, const ListQuery& query, const FilterScope& scope = {});

// A scan without its evidence; nullopt when it is not known or not in scope.
Result<std::optional<ScanRecord>> get_scan(Work& work, const std::string& scan_id, const FilterScope& scope = {});

// What evidence a scan has, without bodies, in the order it was collected. One record with its body:
// Ledger::load_evidence.
struct EvidenceHead {
  std::string id, kind, subject, probe, probe_version;
  Time time{};
  bool stored = true;  // false: there is no body, or no longer
};
Result<std::vector<EvidenceHead>> evidence_of(Work& work, const std::string& scan_id);

}  // namespace assay::ledger

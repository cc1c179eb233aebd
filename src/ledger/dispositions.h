#pragma once

// Dispositions as rows, and what they need to know of findings. The rules are ticket/lifecycle.h. Every function works
// in the caller's transaction and throws what SOCI throws.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "ledger/page.h"
#include "ledger/work.h"
#include "model/ticket.h"
#include "model/verdict.h"

namespace assay::ledger {

// Gives the id. Error conflict when the finding has a disposition that is requested or approved.
Result<Disposition> insert_disposition(Work& work, Disposition disposition);
Result<Disposition> get_disposition(Work& work, std::int64_t id);  // Error not_found
Result<std::vector<Disposition>> dispositions_of(Work& work, const std::string& app_key,
                                                 const std::string& fingerprint);  // oldest first
// Newest first. Fields: app, fingerprint, kind, state, requested_by, requested, until.
Result<Page<Disposition>> list_dispositions(Work& work, const ListQuery& query, const FilterScope& scope = {});
// The requested or approved one.
Result<std::optional<Disposition>> live_disposition(Work& work, const std::string& app_key,
                                                    const std::string& fingerprint);
// Stores a change of state from `from`, and the finding's `disposition` with it. Error conflict when its state is no
// longer `from`.
Result<void> decide_disposition(Work& work, const Disposition& disposition, RequestState from);
// Approved ones whose end has come, soonest first.
Result<std::vector<Disposition>> ended_dispositions(Work& work, int limit);

// What tickets and dispositions need to know of a finding.
struct FindingFacts {
  Finding finding;
  std::string state;        // docs/platform.md, "A finding's state"
  std::string org, kind;    // of its app
  std::string disposition;  // the approved one's kind; empty when there is none
};
// Error not_found.
Result<FindingFacts> finding_facts(Work& work, const std::string& app_key, const std::string& fingerprint);
// Of these findings that are known, by fingerprint.
Result<std::map<std::string, FindingFacts>> findings_facts(Work& work, const std::string& app_key,
                                                           const std::vector<std::string>& fingerprints);

}  // namespace assay::ledger

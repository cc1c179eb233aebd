#pragma once

// From a job to a scan: which requirements, of which app.

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "catalog/catalog.h"
#include "ledger/jobs.h"
#include "scan/scan.h"
#include "scan/settings.h"

namespace assay::fleet {

// The kinds of app for which some requirement of the group can be verified: only these give jobs.
std::vector<std::string> scanned_kinds(const catalog::Catalog& catalog, const ScanGroup& group);

// The requirements that a scan of `job` is restricted to; empty for everything that applies to the kind. Requirements
// that nobody can verify yet stay in, so that they are named as not verified. Errors: the group does not exist (any
// more) or verifies nothing of this kind; those of Catalog::select().
Result<std::vector<std::string>> requirements_of(const catalog::Catalog& catalog, const scan::Settings& settings,
                                                 const Job& job, std::string_view kind);

// `files`: whether targets may be files of this machine. Errors: those of requirements_of() and scan::parse_target().
Result<scan::Order> order_of(const catalog::Catalog& catalog, const scan::Settings& settings,
                             const ledger::ClaimedJob& claimed, bool files);

}  // namespace assay::fleet

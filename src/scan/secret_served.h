#pragma once

// The part of a scan over the network that searches for secrets: in the pages that the other probes have read, and in
// the scripts that these pages load from the app's own hosts.

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "base/error.h"
#include "model/evidence_view.h"
#include "model/secret.h"
#include "model/surface.h"
#include "net/gate.h"
#include "net/task.h"
#include "scan/scan.h"

namespace assay::scan {

// Why a script is asked for, as the request log names it, and why one was not seen, besides assay::gap.
inline constexpr std::string_view kScriptPurpose = "script";
inline constexpr std::string_view kUnanswered = "unanswered";  // its server gave no answer that holds it
inline constexpr std::string_view kElsewhere = "elsewhere";    // its server sends browsers to a host of others

// What a scan fetches at most to be searched, besides the limits of its budget. What is left out is a gap.
inline constexpr std::size_t kMaxServedFiles = 60;
inline constexpr std::size_t kMaxServedFile = 8U << 20U;      // bytes of one, decoded
inline constexpr std::uint64_t kMaxServedBytes = 32U << 20U;  // of all of them, as received

// Searches the pages among `seen` that anybody gets, then fetches what they load: scripts, the modules and workers that
// these name, and their source maps, from the app's own origins and hosts below its own domains, each file once and
// without credentials. Runs after all other probes, and takes of their budget what is left. `stopped` is asked between
// requests. Nothing of the files is kept but the sweep; nullopt when no page was there to begin with, or when the scan
// ended before the search. All references must outlive the task; `seen` is read before it first waits. Errors: the
// rules or the key of the hashes cannot be used.
net::Task<Result<std::optional<SecretSweep>>> search_served(const Worker& worker, net::ScanContext& scan,
                                                            const Surface& surface, const EvidenceSet& seen,
                                                            std::function<bool()> stopped);

}  // namespace assay::scan

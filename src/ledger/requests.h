#pragma once

// The request log of a scan, which the app's owner can read (docs/request-log.md).

#include <cstdint>
#include <optional>
#include <string>

#include "base/error.h"
#include "ledger/work.h"

namespace assay::ledger {

// Stores the JSON lines of a recorded scan, compressed; again replaces them. limit_exceeded above 32 MB.
Result<void> store_requests(Work& work, const std::string& scan_id, std::string_view json_lines);

struct StoredRequests {
  std::int64_t entries = 0;
  std::string json_lines;
};
// nullopt when none are stored, or no longer.
Result<std::optional<StoredRequests>> requests_of(Work& work, const std::string& scan_id);

}  // namespace assay::ledger

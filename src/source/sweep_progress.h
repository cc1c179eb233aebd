#pragma once

#include <atomic>
#include <cstdint>

#include "source/git/blob_scan.h"

namespace assay::source {

// What a walk has counted so far. As all of these, it may be read by any thread at any time.
struct TreeProgress {
  std::atomic<std::uint64_t> files_found = 0;
  std::atomic<std::uint64_t> files_done = 0;
  std::atomic<bool> all_found = false;
};

// What a search has done so far.
struct SweepProgress {
  TreeProgress tree;
  // Of single files (archives): of how many bytes, as they lie on the disk, how many were read.
  std::atomic<std::uint64_t> packed = 0, packed_read = 0;
  std::atomic<std::uint64_t> bytes = 0;  // searched
  git::HistoryProgress history;
};

}  // namespace assay::source

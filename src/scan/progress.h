#pragma once

#include <atomic>
#include <cstdint>

namespace assay::scan {

// Counters that a run moves and a display reads. Every member may be read from any thread at any time.
struct Progress {
  std::atomic<std::uint64_t> targets_total = 0;
  std::atomic<std::uint64_t> targets_done = 0;
  std::atomic<std::uint64_t> steps_total = 0;  // origins and endpoints of the targets begun so far
  std::atomic<std::uint64_t> steps_done = 0;
  std::atomic<std::uint64_t> http_requests = 0;
  std::atomic<std::uint64_t> tls_connections = 0;
  std::atomic<std::uint64_t> bytes_received = 0;
};

}  // namespace assay::scan

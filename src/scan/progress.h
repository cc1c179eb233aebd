#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>

#include "source/sweep_progress.h"

namespace assay::scan {

// Counters that a run moves and a display reads. Every member may be read from any thread at any time.
struct Progress {
  std::atomic<std::uint64_t> sources_total = 0;  // of the targets: what is searched on this machine
  std::atomic<std::uint64_t> targets_total = 0;
  std::atomic<std::uint64_t> targets_done = 0;
  std::atomic<std::uint64_t> steps_total = 0;  // origins and endpoints of the targets begun so far
  std::atomic<std::uint64_t> steps_done = 0;
  std::atomic<std::uint64_t> http_requests = 0;
  std::atomic<std::uint64_t> tls_connections = 0;
  std::atomic<std::uint64_t> bytes_received = 0;
  source::SweepProgress sweep;  // of searches of source
};

// Where one scan stands. Phases follow each other in this order; a scan without a surface goes from the first to the
// last. `total` grows when it becomes known what there is to probe.
namespace phase {
inline constexpr std::string_view kSurface = "surface";  // the descriptor is read
inline constexpr std::string_view kOrigins = "origins";  // origins and endpoints are probed
inline constexpr std::string_view kDomains = "domains";  // hosts, zones and registrations are looked up
inline constexpr std::string_view kSource = "source";    // a directory, an archive or what is served is searched
inline constexpr std::string_view kJudging = "judging";  // evidence becomes verdicts
}  // namespace phase

struct ScanStep {
  std::string_view phase;
  std::uint64_t requests = 0;         // HTTP requests, TLS connections and DNS queries so far
  std::uint64_t done = 0, total = 0;  // origins and endpoints
};

}  // namespace assay::scan

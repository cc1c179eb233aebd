#pragma once

// Figures that only go up, for whoever watches the fleet: plain values without a lock.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>

#include "base/time.h"
#include "model/job.h"

namespace assay::fleet {

// How often something took how long.
class Durations {
 public:
  // Upper bounds in seconds, rising; what is above the last one is counted in a bucket of its own.
  static constexpr std::array kBounds = {0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 3600.0};

  void add(Duration took) {
    const double seconds = std::max(std::chrono::duration<double>(took).count(), 0.0);
    const auto* bound = std::ranges::lower_bound(kBounds, seconds);
    ++counts_[static_cast<std::size_t>(bound - kBounds.begin())];
    sum_ += seconds;
  }
  // By bucket, each without those below it; the last one is unbounded.
  const std::array<std::uint64_t, kBounds.size() + 1>& counts() const { return counts_; }
  double sum() const { return sum_; }  // seconds

 private:
  std::array<std::uint64_t, kBounds.size() + 1> counts_{};
  double sum_ = 0;
};

using ByOrigin = std::map<JobOrigin, std::uint64_t>;  // what is missing is 0

}  // namespace assay::fleet

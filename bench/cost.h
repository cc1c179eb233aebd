#pragma once

// What a piece of work costs this process.

#include <time.h>

#include <algorithm>
#include <chrono>

struct Cost {
  double wall = 0, cpu = 0;  // seconds
};

// Processor time of this process: what others do on the machine does not count.
inline double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

// The least of three runs.
template <class Run>
Cost best(Run run) {
  constexpr int kRuns = 3;
  Cost least;
  for (int i = 0; i < kRuns; ++i) {
    const auto start = std::chrono::steady_clock::now();
    const auto cpu = cpu_seconds();
    run();
    const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
    const Cost cost{wall.count(), cpu_seconds() - cpu};
    least.wall = i == 0 ? cost.wall : std::min(least.wall, cost.wall);
    least.cpu = i == 0 ? cost.cpu : std::min(least.cpu, cost.cpu);
  }
  return least;
}

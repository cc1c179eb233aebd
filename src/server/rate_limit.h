#pragma once

// How often somebody may ask: a token bucket for each key (an address, a person). Thread-safe.

#include <chrono>
#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace assay::server {

class RateLimiter {
 public:
  using Clock = std::chrono::steady_clock;

  // `burst` requests at once, then `per_second`. At most `max_keys` keys are remembered; when more come at one time,
  // those that are full again are forgotten, and then all: memory stays bounded.
  RateLimiter(double per_second, double burst, std::size_t max_keys = 100'000)
      : per_second_(per_second), burst_(burst), max_keys_(max_keys) {}

  // Takes one; nullopt when there was one to take, else how long to wait.
  std::optional<std::chrono::seconds> take(const std::string& key, Clock::time_point at = Clock::now());

 private:
  struct Bucket {
    double tokens;
    Clock::time_point at;
  };
  void make_room(Clock::time_point at);

  const double per_second_, burst_;
  const std::size_t max_keys_;
  std::mutex mutex_;
  std::unordered_map<std::string, Bucket> buckets_;
};

}  // namespace assay::server

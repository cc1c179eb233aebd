#include "server/rate_limit.h"

#include <algorithm>
#include <cmath>

namespace assay::server {

std::optional<std::chrono::seconds> RateLimiter::take(const std::string& key, Clock::time_point at) {
  const std::lock_guard lock(mutex_);
  if (buckets_.size() >= max_keys_ && !buckets_.contains(key)) make_room(at);
  auto [entry, fresh] = buckets_.try_emplace(key, Bucket{burst_, at});
  Bucket& bucket = entry->second;
  const double passed = std::max(0.0, std::chrono::duration<double>(at - bucket.at).count());
  bucket.tokens = std::min(burst_, bucket.tokens + passed * per_second_);
  bucket.at = at;
  if (bucket.tokens >= 1) {
    bucket.tokens -= 1;
    return std::nullopt;
  }
  return std::chrono::seconds(static_cast<long>(std::ceil((1 - bucket.tokens) / per_second_)));
}

void RateLimiter::make_room(Clock::time_point at) {
  std::erase_if(buckets_, [&](const auto& entry) {
    const double passed = std::chrono::duration<double>(at - entry.second.at).count();
    return entry.second.tokens + passed * per_second_ >= burst_;
  });
  if (buckets_.size() >= max_keys_) buckets_.clear();
}

}  // namespace assay::server

#include "net/host_state.h"

#include <fmt/format.h>

#include <algorithm>

namespace assay::net {

namespace {

using std::chrono::steady_clock;

constexpr Duration kIdleBeforeEviction{500};
constexpr Duration kFailurePause = std::chrono::hours(1);
constexpr std::size_t kPausesBeforeTidying = 4096;

}  // namespace

TokenBucket::TokenBucket(double per_second, double capacity) {
  if (per_second <= 0) return;
  interval_ = std::chrono::duration_cast<Step>(std::chrono::duration<double>(1.0 / per_second));
  burst_ = std::chrono::duration_cast<Step>(interval_ * (std::max(capacity, 1.0) - 1.0));
}

std::optional<Deadline> TokenBucket::reserve(Deadline at, Deadline latest) {
  if (interval_ == Step::zero()) return at;
  const auto full_at = std::max(full_at_, at);
  const auto usable = std::max(at, full_at - burst_);
  if (usable > latest) return std::nullopt;
  full_at_ = full_at + interval_;
  return usable;
}

Slots::Lease::Lease(std::shared_ptr<Slots> slots)
    : slots_(std::move(slots)),
      idle_since_(steady_clock::now()),
      place_(slots_->leases_.insert(slots_->leases_.end(), this)) {}

Slots::Lease::~Lease() {
  slots_->leases_.erase(place_);
  slots_->release();
}

void Slots::Lease::end_use() {
  --uses_;
  idle_since_ = steady_clock::now();
}

void Slots::release() {
  if (waiters_.empty()) {
    --open_;
    return;
  }
  waiters_.front()->granted = true;
  waiters_.front()->event.notify();
  waiters_.pop_front();
}

void Slots::evict_idle() {
  const auto before = steady_clock::now() - kIdleBeforeEviction;
  Lease* longest = nullptr;
  for (auto* lease : leases_) {
    if (lease->uses_ == 0 && lease->evict_ && lease->idle_since_ <= before &&
        (longest == nullptr || lease->idle_since_ < longest->idle_since_))
      longest = lease;
  }
  if (longest == nullptr) return;
  const auto evict = longest->evict_;  // a copy: the call destroys the lease
  evict();
}

Task<Result<std::unique_ptr<Slots::Lease>>> Slots::acquire(Deadline deadline) {
  const auto self = shared_from_this();
  if (limit_ <= 0 || (open_ < limit_ && waiters_.empty())) {
    ++open_;
    co_return std::unique_ptr<Lease>(new Lease(self));
  }
  const auto waiter = std::make_shared<Waiter>(*loop_);
  waiters_.push_back(waiter);
  while (!waiter->granted) {
    if (waiters_.front() == waiter) evict_idle();
    if (waiter->granted) break;
    // Connections become idle without telling: whoever is first looks again.
    const auto look_again = deadline_in(kIdleBeforeEviction);
    auto woken = co_await waiter->event.wait(std::min(deadline, look_again));
    if (woken || waiter->granted) continue;
    if (woken.error().code == ErrorCode::timeout && steady_clock::now() < deadline) continue;
    std::erase(waiters_, waiter);
    co_return std::unexpected(std::move(woken.error()));
  }
  co_return std::unique_ptr<Lease>(new Lease(self));
}

Pauses::Entry& Pauses::touch(const Key& key) {
  const auto at = steady_clock::now();
  if (entries_.size() >= kPausesBeforeTidying)
    std::erase_if(entries_, [&](const auto& e) { return e.second.until <= at && e.second.last + kFailurePause <= at; });
  auto& entry = entries_[key];
  entry.last = at;
  return entry;
}

void Pauses::pause(const Key& key, Deadline until, std::string reason) {
  auto& entry = touch(key);
  if (until < entry.until) return;
  entry.until = until;
  entry.reason = std::move(reason);
}

void Pauses::failed(const Key& key, std::string_view what) {
  if (failures_to_pause_ <= 0) return;
  auto& entry = touch(key);
  if (++entry.failures < failures_to_pause_) return;
  entry.failures = 0;
  pause(key, deadline_in(kFailurePause),
        fmt::format("left alone after {} failures in a row, the last: {}", failures_to_pause_, what));
}

void Pauses::succeeded(const Key& key) {
  const auto it = entries_.find(key);
  if (it == entries_.end()) return;
  it->second.failures = 0;
  if (it->second.until <= steady_clock::now()) entries_.erase(it);
}

Result<void> Pauses::check(const Key& key) const {
  const auto it = entries_.find(key);
  if (it == entries_.end() || it->second.until <= steady_clock::now()) return {};
  const auto left = std::chrono::ceil<Duration>(it->second.until - steady_clock::now());
  const auto thing = key.host.empty() ? key.address.to_string() : key.host;
  return fail(ErrorCode::host_paused, key.port == 0 ? thing : fmt::format("{}:{}", thing, key.port), it->second.reason,
              fmt::format("scan again in {}", format_duration(left)));
}

}  // namespace assay::net

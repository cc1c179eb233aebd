#pragma once

// Hosts that people asked to be left alone for now (docs/platform.md, "pause"), as the gates of all threads see them.
// The list is immutable and swapped whole; a gate looks at a number to see whether there is a new one, and takes a lock
// only then.

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "model/job.h"

namespace assay::net {

// Thread-safe.
class HeldHosts {
 public:
  using List = std::shared_ptr<const std::vector<Pause>>;

  // From now on exactly these.
  void replace(std::vector<Pause> pauses);

  // Goes up with every replace().
  std::uint64_t version() const { return version_.load(std::memory_order_acquire); }
  List list() const;

 private:
  mutable std::mutex mutex_;
  List list_ = std::make_shared<const std::vector<Pause>>();
  std::atomic<std::uint64_t> version_{0};
};

// One gate's view of them. Not thread-safe: a gate is of one loop.
class HeldHostsView {
 public:
  // `held` may be null: nothing is held.
  explicit HeldHostsView(std::shared_ptr<const HeldHosts> held) : held_(std::move(held)) {}

  // host_paused, with the reason, while a pause covers `host` (normalised) and has not ended.
  Result<void> check(std::string_view host);

 private:
  std::shared_ptr<const HeldHosts> held_;
  HeldHosts::List list_;
  std::uint64_t version_ = 0;  // of list_, when there is one
};

}  // namespace assay::net

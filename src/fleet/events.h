#pragma once

// What goes on in the fleet, for whoever watches: the server's event streams, a display. Publishing never waits: a
// subscriber has a bounded queue, and one that is too slow misses events and is told so. Thread-safe.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace assay::fleet {

struct Event {
  enum class Kind {
    job,       // a job changed its state
    progress,  // a scan went on
    finding,   // a finding changed its state
    ticket,    // a ticket changed
    missed,    // events were dropped because this subscriber did not take them; only the subscriber sees it
  };
  Kind kind = Kind::job;
  Time at{};
  std::string app_key;
  std::string org_id;                               // of the app; "" when it belongs to none
  std::string job_id;                               // "" when there is none
  std::string scan_id;                              // of a job that is done
  std::string state;                                // of a job, finding or ticket: the new one
  std::string phase;                                // of progress: scan/progress.h
  std::uint64_t requests = 0, done = 0, total = 0;  // of progress
  std::string fingerprint;                          // of a finding
  std::int64_t ticket = 0;
  std::uint64_t missed = 0;  // how many events were dropped before this one
};
std::string_view to_string(Event::Kind kind);  // the enumerators' names

class Subscription {
 public:
  // All that waits, oldest first. When events were dropped, a `missed` one stands where they would have.
  std::vector<Event> take();

  // `wake` is called on the publisher's thread when something waits where nothing did; it must return at once. After
  // on_ready({}) the old one is not called again.
  void on_ready(std::function<void()> wake);

 private:
  friend class Events;
  explicit Subscription(std::size_t capacity) : capacity_(capacity) {}
  void push(const Event& event);

  const std::size_t capacity_;
  std::mutex mutex_;
  std::deque<Event> waiting_;
  std::uint64_t missed_ = 0;
  std::function<void()> wake_;
};

class Events {
 public:
  static constexpr std::size_t kCapacity = 1024;

  // Every event that is published from now on, until the last reference is gone.
  std::shared_ptr<Subscription> subscribe(std::size_t capacity = kCapacity);

  void publish(const Event& event);

  std::size_t subscribers() const;

 private:
  mutable std::mutex mutex_;
  std::vector<std::weak_ptr<Subscription>> subscriptions_;
};

}  // namespace assay::fleet

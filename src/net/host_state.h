#pragma once

// What the gate remembers about the addresses and hosts it talks to: rate, open connections, pauses. For the gate only.

#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>

#include "base/error.h"
#include "base/time.h"
#include "net/address.h"
#include "net/loop.h"
#include "net/task.h"

namespace assay::net {

// Tokens refill at a steady rate up to a capacity; who finds none books the next one to come, so that waiting is in
// order.
class TokenBucket {
 public:
  // `per_second` <= 0: every token is free.
  TokenBucket(double per_second, double capacity);

  // Books a token and returns when it may be used, `at` at the earliest; nullopt, and nothing booked, when that is
  // after `latest`.
  std::optional<Deadline> reserve(Deadline at, Deadline latest);
  bool full(Deadline at) const { return full_at_ <= at; }

 private:
  using Step = std::chrono::steady_clock::duration;
  Step interval_{};  // between two tokens; zero when unlimited
  Step burst_{};     // how far ahead of the steady rate one may be
  Deadline full_at_ = Deadline::min();
};

// Places that at most `limit` (<= 0: any number) hold at once, e.g. connections to one address, and those that wait for
// one.
class Slots : public std::enable_shared_from_this<Slots> {
 public:
  // One place; given back when destroyed.
  class Lease {
   public:
    ~Lease();
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;

    // What gives the place up for another while it is idle, by destroying the lease. Without it the place is kept.
    void on_evict(std::function<void()> f) { evict_ = std::move(f); }
    // Between the two calls the place is in use and never taken away.
    void begin_use() { ++uses_; }
    void end_use();

   private:
    friend class Slots;
    explicit Lease(std::shared_ptr<Slots> slots);
    std::shared_ptr<Slots> slots_;
    std::function<void()> evict_;
    int uses_ = 0;
    Deadline idle_since_;
    std::list<Lease*>::iterator place_;
  };

  Slots(Loop& loop, int limit) : loop_(&loop), limit_(limit) {}

  // Waits for a place, first come, first served. Errors: timeout, cancelled.
  Task<Result<std::unique_ptr<Lease>>> acquire(Deadline deadline);
  bool unused() const { return open_ == 0 && waiters_.empty(); }

 private:
  struct Waiter {
    explicit Waiter(Loop& loop) : event(loop) {}
    Event event;
    bool granted = false;
  };
  void release();
  void evict_idle();

  Loop* loop_;
  int limit_;
  int open_ = 0;
  std::deque<std::shared_ptr<Waiter>> waiters_;
  std::list<Lease*> leases_;
};

// Hosts that asked to be left alone, or that keep failing.
class Pauses {
 public:
  struct Key {
    IpAddress address;
    std::string host;        // "" for the address as such
    std::uint16_t port = 0;  // 0 for every port
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  explicit Pauses(int failures_to_pause) : failures_to_pause_(failures_to_pause) {}

  // Leaves `key` alone until `until`.
  void pause(const Key& key, Deadline until, std::string reason);
  // One more failure in a row; enough of them pause `key` for an hour.
  void failed(const Key& key, std::string_view what);
  // Ends the row of failures; a pause that is in force stays.
  void succeeded(const Key& key);
  // host_paused while `key` is to be left alone.
  Result<void> check(const Key& key) const;

 private:
  struct Entry {
    int failures = 0;
    Deadline until = Deadline::min();
    Deadline last = Deadline::min();
    std::string reason;
  };
  Entry& touch(const Key& key);

  int failures_to_pause_;
  std::map<Key, Entry> entries_;
};

}  // namespace assay::net

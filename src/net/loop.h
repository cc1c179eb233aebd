#pragma once

// The event loop: one per thread. Asio lives behind it, in loop.cpp only. Everything here must be used on the loop's
// own thread, but for post() and cancel(), which any thread may call (cancel() from a signal-handling thread).

#include <coroutine>
#include <cstddef>
#include <functional>
#include <memory>

#include "base/error.h"
#include "base/time.h"
#include "net/task.h"

namespace assay::net {

enum class Readiness { readable, writable };

class Descriptor;
class Event;

namespace detail {
struct PendingWait;

// What the awaiters below have in common. A coroutine that is destroyed while it waits leaves the loop in good order.
// The awaiters are classes with constructors on purpose: see task.h on g++-12.
class Awaiter {
 public:
  Awaiter() = default;
  Awaiter(const Awaiter&) = delete;
  Awaiter& operator=(const Awaiter&) = delete;
  ~Awaiter();
  bool await_ready() const noexcept { return false; }
  Result<void> await_resume() { return std::move(result_); }

 protected:
  std::shared_ptr<PendingWait> pending_;
  Result<void> result_;
};
}  // namespace detail

class Loop {
 public:
  Loop();
  // Destroys the coroutines that have not ended. Whatever is registered with the loop must be gone or owned by them.
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Starts a root coroutine, from the loop and not at once; the loop owns it until it ends. An exception that escapes
  // it ends the program.
  void spawn(Task<void> task);

  // Runs until every spawned task has ended. May be called again after more were spawned.
  void run();

  // Runs `f` on the loop's thread. Thread-safe.
  void post(std::function<void()> f);

  // Runs `work` on the loop's background thread, where work that burns a core belongs, and suspends until it has ended.
  // It must not throw, and must own what it touches, because after an error it may still run. Errors: timeout,
  // cancelled.
  class Aside;
  Aside aside(std::function<void()> work, Deadline deadline);

  // Every wait, now and from now on, ends with ErrorCode::cancelled at once. Thread-safe, idempotent.
  void cancel();
  bool cancelled() const;

  // Suspends until `t` or cancellation; the result is an error only when cancelled.
  class Sleep;
  Sleep sleep_until(Deadline t);

  struct Impl;

 private:
  friend class Descriptor;
  friend class Event;
  std::unique_ptr<Impl> impl_;
};

// Owns a non-blocking file descriptor registered with a loop; closes it when destroyed. Waits that are pending then end
// with ErrorCode::connection.
class Descriptor {
 public:
  Descriptor(Loop& loop, int fd);
  Descriptor(Descriptor&&) noexcept;
  Descriptor& operator=(Descriptor&&) noexcept;
  ~Descriptor();

  int fd() const;

  // Suspends until the descriptor is ready. Errors: timeout at the deadline, cancelled, connection. At most one
  // coroutine waits for each kind of readiness.
  class Wait;
  Wait wait(Readiness r, Deadline deadline);

  struct Impl;

 private:
  std::shared_ptr<Impl> impl_;
};

// Lets coroutines of one loop wait for each other.
class Event {
 public:
  explicit Event(Loop& loop);
  ~Event();
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  // Suspends until the next notify(). Errors: timeout at the deadline, cancelled. The event must outlive the wait.
  class Wait;
  Wait wait(Deadline deadline);

  // Resumes every coroutine that waits now, from the loop, in the order in which they began to wait. What happened
  // before is not remembered: check the condition, then wait.
  void notify();

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

class Loop::Sleep : public detail::Awaiter {
 public:
  Sleep(Loop& loop, Deadline t) : loop_(&loop), at_(t) {}
  bool await_suspend(std::coroutine_handle<> h);

 private:
  Loop* loop_;
  Deadline at_;
};

class Loop::Aside : public detail::Awaiter {
 public:
  Aside(Loop& loop, std::function<void()> work, Deadline deadline)
      : loop_(&loop), work_(std::move(work)), deadline_(deadline) {}
  bool await_suspend(std::coroutine_handle<> h);

 private:
  Loop* loop_;
  std::function<void()> work_;
  Deadline deadline_;
};

class Descriptor::Wait : public detail::Awaiter {
 public:
  Wait(Descriptor& d, Readiness r, Deadline deadline) : descriptor_(&d), readiness_(r), deadline_(deadline) {}
  bool await_suspend(std::coroutine_handle<> h);

 private:
  Descriptor* descriptor_;
  Readiness readiness_;
  Deadline deadline_;
};

class Event::Wait : public detail::Awaiter {
 public:
  Wait(Event& event, Deadline deadline) : event_(&event), deadline_(deadline) {}
  bool await_suspend(std::coroutine_handle<> h);

 private:
  Event* event_;
  Deadline deadline_;
};

// Runs make(0) … make(count-1), at most `limit` at once, and ends when all have ended, cancelled or not. Order of start
// is by index.
Task<void> for_each_limited(Loop& loop, std::size_t count, std::size_t limit,
                            std::function<Task<void>(std::size_t)> make);

}  // namespace assay::net

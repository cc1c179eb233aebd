#pragma once

// The event loop: one per thread. Asio lives behind it, in loop.cpp only. Everything here must be used on the loop's own
// thread, but for post() and cancel(), which any thread may call (cancel() from a signal-handling thread).

#include <coroutine>
#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "net/task.h"

namespace assay::net {

enum class Readiness { readable, writable };

class Descriptor;

class Loop {
 public:
  Loop();
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Starts a root coroutine; the loop owns it until it ends. An exception that escapes it ends the program.
  void spawn(Task<void> task);

  // Runs until every spawned task has ended. May be called again after more were spawned.
  void run();

  // Runs `f` on the loop's thread. Thread-safe.
  void post(std::function<void()> f);

  // Every wait, now and from now on, ends with ErrorCode::cancelled at once. Thread-safe, idempotent.
  void cancel();
  bool cancelled() const;

  // Suspends until `t` or cancellation; the result is an error only when cancelled.
  class Sleep;
  Sleep sleep_until(Deadline t);

  struct Impl;

 private:
  friend class Descriptor;
  std::unique_ptr<Impl> impl_;
};

// Owns a non-blocking file descriptor registered with a loop; closes it when destroyed.
class Descriptor {
 public:
  Descriptor(Loop& loop, int fd);
  Descriptor(Descriptor&&) noexcept;
  Descriptor& operator=(Descriptor&&) noexcept;
  ~Descriptor();

  int fd() const;

  // Suspends until the descriptor is ready. Errors: timeout at the deadline, cancelled, connection.
  class Wait;
  Wait wait(Readiness r, Deadline deadline);

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

// The awaiters are classes with constructors on purpose: see task.h on g++-12.
class Loop::Sleep {
 public:
  Sleep(Loop& loop, Deadline t) : loop_(&loop), at_(t) {}
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> h);
  Result<void> await_resume() const { return std::move(result_); }

 private:
  Loop* loop_;
  Deadline at_;
  mutable Result<void> result_;
};

class Descriptor::Wait {
 public:
  Wait(Descriptor& d, Readiness r, Deadline deadline) : descriptor_(&d), readiness_(r), deadline_(deadline) {}
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> h);
  Result<void> await_resume() const { return std::move(result_); }

 private:
  Descriptor* descriptor_;
  Readiness readiness_;
  Deadline deadline_;
  mutable Result<void> result_;
};

// Runs make(0) … make(count-1), at most `limit` at once, and ends when all have ended. Order of start is by index.
Task<void> for_each_limited(Loop& loop, std::size_t count, std::size_t limit, std::function<Task<void>(std::size_t)> make);

}  // namespace assay::net

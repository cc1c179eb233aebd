// The only source that includes Asio.
#include "net/loop.h"

#include <unistd.h>

#include <array>
#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/intrusive/list.hpp>
#include <optional>
#include <vector>

namespace assay::net {

namespace asio = boost::asio;
namespace intrusive = boost::intrusive;
using boost::system::error_code;

namespace {

using AutoUnlink = intrusive::link_mode<intrusive::auto_unlink>;

std::unexpected<Error> cancelled_error() {
  return fail(ErrorCode::cancelled, "wait", "the scan was asked to stop");
}

std::unexpected<Error> timeout_error() {
  return fail(ErrorCode::timeout, "wait", "the deadline passed", "try again later or allow more time");
}

// How a wait ends that nothing ended before.
enum class AtDeadline { done, timeout };

// The outermost coroutine of a spawned task: its frame destroys itself at the end and is on the loop's list until then.
struct Root {
  struct promise_type;
  using Hook = intrusive::list_base_hook<AutoUnlink>;
  struct promise_type : Hook {
    Root get_return_object() { return Root{this}; }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    [[noreturn]] void unhandled_exception() noexcept { std::terminate(); }
    std::coroutine_handle<promise_type> handle() { return std::coroutine_handle<promise_type>::from_promise(*this); }
  };
  promise_type* promise;
};

Root run_root(Task<void> task) {
  co_await task;
}

}  // namespace

namespace detail {

// One suspended coroutine. On the loop's list while it waits, so that cancel() finds it. Handlers of Asio that fire
// late hold it too and find it finished.
struct PendingWait : intrusive::list_base_hook<AutoUnlink> {
  PendingWait(asio::io_context& io, std::coroutine_handle<> h, Result<void>& into)
      : timer(io), waiter(h), result(&into) {}

  void finish(Result<void> outcome) {
    if (!waiter) return;
    *result = std::move(outcome);
    const auto h = std::exchange(waiter, {});
    abandon();
    h.resume();
  }

  void abandon() {
    waiter = {};
    unlink();
    if (timed) timer.cancel();
  }

  asio::steady_timer timer;
  std::coroutine_handle<> waiter;
  Result<void>* result;
  bool timed = false;
};

Awaiter::~Awaiter() {
  if (pending_ && pending_->waiter) pending_->abandon();
}

}  // namespace detail

using detail::PendingWait;

struct Loop::Impl {
  asio::io_context io{1};
  asio::executor_work_guard<asio::io_context::executor_type> work{io.get_executor()};
  std::atomic<bool> cancelled{false};
  intrusive::list<PendingWait, intrusive::constant_time_size<false>> pending;
  intrusive::list<Root::promise_type, intrusive::constant_time_size<false>> roots;

  std::optional<asio::thread_pool> background;  // one thread, once it is needed; ends before what is above

  // A wait that ends at `deadline`, as `at_deadline` says, when nothing finishes it before; null when the loop is
  // cancelled, and `into` says so.
  std::shared_ptr<PendingWait> begin(std::coroutine_handle<> h, Deadline deadline, AtDeadline at_deadline,
                                     Result<void>& into) {
    if (cancelled) {
      into = cancelled_error();
      return nullptr;
    }
    auto wait = std::make_shared<PendingWait>(io, h, into);
    pending.push_back(*wait);
    if (deadline != Deadline::max()) {
      wait->timed = true;
      wait->timer.expires_at(deadline);
      wait->timer.async_wait([wait, at_deadline](error_code ec) {
        if (!ec) wait->finish(at_deadline == AtDeadline::done ? Result<void>() : timeout_error());
      });
    }
    return wait;
  }

  void cancel_pending() {
    // What a resumed coroutine waits for next ends at once, so that this loop does.
    while (!pending.empty()) pending.front().finish(cancelled_error());
  }
};

Loop::Loop() : impl_(std::make_unique<Impl>()) {}

Loop::~Loop() {
  while (!impl_->roots.empty()) impl_->roots.front().handle().destroy();
}

void Loop::spawn(Task<void> task) {
  auto* root = run_root(std::move(task)).promise;
  impl_->roots.push_back(*root);
  asio::post(impl_->io, [root] { root->handle().resume(); });
}

void Loop::run() {
  while (!impl_->roots.empty()) impl_->io.run_one();
}

void Loop::post(std::function<void()> f) {
  asio::post(impl_->io, std::move(f));
}

void Loop::cancel() {
  if (impl_->cancelled.exchange(true)) return;
  asio::post(impl_->io, [impl = impl_.get()] { impl->cancel_pending(); });
}

bool Loop::cancelled() const {
  return impl_->cancelled;
}

Loop::Sleep Loop::sleep_until(Deadline t) {
  return {*this, t};
}

bool Loop::Sleep::await_suspend(std::coroutine_handle<> h) {
  pending_ = loop_->impl_->begin(h, at_, AtDeadline::done, result_);
  return pending_ != nullptr;
}

Loop::Aside Loop::aside(std::function<void()> work, Deadline deadline) {
  return {*this, std::move(work), deadline};
}

bool Loop::Aside::await_suspend(std::coroutine_handle<> h) {
  auto& loop = *loop_->impl_;
  pending_ = loop.begin(h, deadline_, AtDeadline::timeout, result_);
  if (!pending_) return false;
  if (!loop.background) loop.background.emplace(1);
  asio::post(*loop.background, [&loop, work = std::move(work_), wait = pending_]() mutable {
    work();
    asio::post(loop.io, [wait = std::move(wait)] { wait->finish({}); });
  });
  return true;
}

// Asked of Asio at most once per direction. A readiness wait that timed out stays armed: the next one takes it over,
// and one that fires when nobody waits is dropped, because arming anew looks at the state and not only at changes.
struct Descriptor::Impl : std::enable_shared_from_this<Descriptor::Impl> {
  struct Direction {
    bool armed = false;
    std::shared_ptr<PendingWait> wait;
  };

  Impl(Loop& l, int number) : loop(*l.impl_), fd(number), stream(loop.io) {
    error_code ec;
    registered = !stream.assign(number, ec);
  }
  ~Impl() { close(); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void close() {
    if (fd < 0) return;
    error_code ignored;
    if (registered) {
      static_cast<void>(stream.close(ignored));
    } else {
      ::close(fd);
    }
    fd = -1;
  }

  void arm(Readiness r) {
    auto& direction = directions[static_cast<std::size_t>(r)];
    direction.armed = true;
    const auto kind = r == Readiness::readable ? asio::posix::stream_descriptor::wait_read
                                               : asio::posix::stream_descriptor::wait_write;
    stream.async_wait(kind, [self = shared_from_this(), &direction](error_code ec) {
      direction.armed = false;
      const auto wait = std::exchange(direction.wait, nullptr);
      if (!wait) return;
      wait->finish(ec ? Result<void>(fail(ErrorCode::connection, "socket", "closed while it was waited for"))
                      : Result<void>{});
    });
  }

  Loop::Impl& loop;
  int fd;
  asio::posix::stream_descriptor stream;
  bool registered = false;
  std::array<Direction, 2> directions;
};

Descriptor::Descriptor(Loop& loop, int fd) : impl_(std::make_shared<Impl>(loop, fd)) {}
Descriptor::Descriptor(Descriptor&&) noexcept = default;
Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  if (this != &other) {
    if (impl_) impl_->close();
    impl_ = std::move(other.impl_);
  }
  return *this;
}
Descriptor::~Descriptor() {
  if (impl_) impl_->close();
}

int Descriptor::fd() const {
  return impl_->fd;
}

Descriptor::Wait Descriptor::wait(Readiness r, Deadline deadline) {
  return {*this, r, deadline};
}

bool Descriptor::Wait::await_suspend(std::coroutine_handle<> h) {
  auto& descriptor = *descriptor_->impl_;
  if (!descriptor.registered) {
    result_ =
        fail(ErrorCode::connection, "socket", "the system does not let it be watched", "raise the limit of open files");
    return false;
  }
  pending_ = descriptor.loop.begin(h, deadline_, AtDeadline::timeout, result_);
  if (!pending_) return false;
  auto& direction = descriptor.directions[static_cast<std::size_t>(readiness_)];
  direction.wait = pending_;
  if (!direction.armed) descriptor.arm(readiness_);
  return true;
}

struct Event::Impl {
  Loop::Impl& loop;
  std::vector<std::shared_ptr<PendingWait>> waiters;
};

Event::Event(Loop& loop) : impl_(std::make_unique<Impl>(*loop.impl_)) {}
Event::~Event() = default;

Event::Wait Event::wait(Deadline deadline) {
  return {*this, deadline};
}

void Event::notify() {
  if (impl_->waiters.empty()) return;
  asio::post(impl_->loop.io, [waiters = std::exchange(impl_->waiters, {})] {
    for (const auto& waiter : waiters) waiter->finish({});
  });
}

bool Event::Wait::await_suspend(std::coroutine_handle<> h) {
  pending_ = event_->impl_->loop.begin(h, deadline_, AtDeadline::timeout, result_);
  if (!pending_) return false;
  auto& waiters = event_->impl_->waiters;
  std::erase_if(waiters, [](const auto& w) { return !w->waiter; });  // those whose deadline passed
  waiters.push_back(pending_);
  return true;
}

namespace {

struct Group {
  Loop& loop;
  std::size_t count;
  std::function<Task<void>(std::size_t)> make;
  std::size_t next = 0;
  std::size_t running = 0;
  std::coroutine_handle<> waiter;
};

// Not a wait that cancellation ends: the group lives in the frame that waits.
class Join {
 public:
  explicit Join(Group& group) : group_(&group) {}
  bool await_ready() const noexcept { return group_->running == 0; }
  void await_suspend(std::coroutine_handle<> h) noexcept { group_->waiter = h; }
  void await_resume() const noexcept {}

 private:
  Group* group_;
};

Task<void> work_through(Group& group) {
  while (group.next < group.count) {
    auto task = group.make(group.next++);
    co_await task;
  }
  if (--group.running == 0) group.loop.post([h = group.waiter] { h.resume(); });
}

}  // namespace

Task<void> for_each_limited(Loop& loop, std::size_t count, std::size_t limit,
                            std::function<Task<void>(std::size_t)> make) {
  Group group{.loop = loop, .count = count, .make = std::move(make), .waiter = {}};
  group.running = std::min(std::max<std::size_t>(limit, 1), count);
  for (std::size_t i = 0; i < group.running; ++i) loop.spawn(work_through(group));
  co_await Join(group);
}

}  // namespace assay::net

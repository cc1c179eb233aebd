#include "net/loop.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <stdexcept>
#include <thread>

#include "net/tcp.h"
#include "unit/net/loopback.h"

namespace assay::net {
namespace {

using testing::address;
using testing::generous;
using testing::Listener;
using testing::run;

struct SocketPair {
  SocketPair() { EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()), 0); }
  std::array<int, 2> ends{};
};

Task<Result<void>> sleep_for(Loop& loop, Duration d) {
  auto slept = co_await loop.sleep_until(deadline_in(d));
  co_return slept;
}

Task<Result<void>> wait_on(Descriptor& d, Readiness r, Deadline deadline) {
  auto ready = co_await d.wait(r, deadline);
  co_return ready;
}

Task<void> keep_code(Task<Result<void>> task, std::optional<ErrorCode>& code, int& ended) {
  auto result = co_await task;
  if (!result) code = result.error().code;
  ++ended;
}

TEST(Loop, SleepsUntilTheGivenTime) {
  Loop loop;
  const auto before = std::chrono::steady_clock::now();
  EXPECT_TRUE(run(loop, sleep_for(loop, Duration(30))));
  EXPECT_GE(std::chrono::steady_clock::now() - before, Duration(30));
}

TEST(Loop, WaitEndsWhenTheDescriptorIsReady) {
  Loop loop;
  const SocketPair pair;
  Descriptor reader(loop, pair.ends[0]);
  const Descriptor writer(loop, pair.ends[1]);
  EXPECT_TRUE(run(loop, wait_on(reader, Readiness::writable, generous())));
  ASSERT_EQ(::send(writer.fd(), "x", 1, 0), 1);
  EXPECT_TRUE(run(loop, wait_on(reader, Readiness::readable, generous())));
  // Readiness is a state and not an event: the byte is still there.
  EXPECT_TRUE(run(loop, wait_on(reader, Readiness::readable, generous())));
}

TEST(Loop, WaitTimesOutAndTheNextOneStillSeesReadiness) {
  Loop loop;
  const SocketPair pair;
  Descriptor reader(loop, pair.ends[0]);
  const Descriptor writer(loop, pair.ends[1]);
  for (int i = 0; i < 3; ++i) {
    const auto timed_out = run(loop, wait_on(reader, Readiness::readable, deadline_in(Duration(5))));
    ASSERT_FALSE(timed_out);
    EXPECT_EQ(timed_out.error().code, ErrorCode::timeout);
  }
  ASSERT_EQ(::send(writer.fd(), "x", 1, 0), 1);
  EXPECT_TRUE(run(loop, wait_on(reader, Readiness::readable, generous())));
}

TEST(Loop, ReadinessAtTheDeadlineResumesOnce) {
  for (int round = 0; round < 50; ++round) {
    Loop loop;
    const SocketPair pair;
    Descriptor reader(loop, pair.ends[0]);
    const Descriptor writer(loop, pair.ends[1]);
    ASSERT_EQ(::send(writer.fd(), "x", 1, 0), 1);
    int ended = 0;
    std::optional<ErrorCode> code;
    // Both are due when the loop first looks.
    loop.spawn(keep_code(wait_on(reader, Readiness::readable, std::chrono::steady_clock::now()), code, ended));
    loop.spawn(keep_code(sleep_for(loop, Duration(2)), code, ended));
    loop.run();
    EXPECT_EQ(ended, 2);
  }
}

TEST(Loop, ReadAndWriteWaitsOfOneDescriptorAreIndependent) {
  Loop loop;
  const SocketPair pair;
  Descriptor reader(loop, pair.ends[0]);
  const Descriptor writer(loop, pair.ends[1]);
  int ended = 0;
  std::optional<ErrorCode> read_code, write_code;
  loop.spawn(keep_code(wait_on(reader, Readiness::readable, deadline_in(Duration(20))), read_code, ended));
  loop.spawn(keep_code(wait_on(reader, Readiness::writable, generous()), write_code, ended));
  loop.run();
  EXPECT_EQ(ended, 2);
  EXPECT_EQ(read_code, ErrorCode::timeout);
  EXPECT_FALSE(write_code);
}

TEST(Loop, ClosedPeerMakesADescriptorReadable) {
  Loop loop;
  const SocketPair pair;
  Descriptor reader(loop, pair.ends[0]);
  ::close(pair.ends[1]);
  EXPECT_TRUE(run(loop, wait_on(reader, Readiness::readable, generous())));
}

TEST(Loop, CancelEndsWhatWaitsAndWhatWillWait) {
  Loop loop;
  const SocketPair pair;
  Descriptor reader(loop, pair.ends[0]);
  const Descriptor writer(loop, pair.ends[1]);
  Event event(loop);
  int ended = 0;
  std::array<std::optional<ErrorCode>, 2> codes;
  loop.spawn(keep_code(wait_on(reader, Readiness::readable, Deadline::max()), codes[0], ended));
  loop.spawn(keep_code(sleep_for(loop, std::chrono::hours(1)), codes[1], ended));
  std::thread other([&] { loop.cancel(); });
  loop.run();
  other.join();
  EXPECT_EQ(ended, 2);
  EXPECT_EQ(codes[0], ErrorCode::cancelled);
  EXPECT_EQ(codes[1], ErrorCode::cancelled);
  EXPECT_TRUE(loop.cancelled());
  loop.cancel();
  const auto later = run(loop, sleep_for(loop, std::chrono::hours(1)));
  ASSERT_FALSE(later);
  EXPECT_EQ(later.error().code, ErrorCode::cancelled);
  EXPECT_EQ(run(loop, wait_on(reader, Readiness::readable, generous())).error().code, ErrorCode::cancelled);
}

Task<Result<void>> run_aside(Loop& loop, std::function<void()> work, Deadline deadline) {
  auto done = co_await loop.aside(std::move(work), deadline);
  co_return done;
}

TEST(Loop, WorkAsideRunsOnAnotherThread) {
  Loop loop;
  const auto ran_on = std::make_shared<std::thread::id>();
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(run(loop, run_aside(loop, [ran_on] { *ran_on = std::this_thread::get_id(); }, generous())));
    EXPECT_NE(*ran_on, std::thread::id());
    EXPECT_NE(*ran_on, std::this_thread::get_id());
  }
}

TEST(Loop, WorkAsideThatTakesTooLongIsLeftBehindAndAwaitedAtTheEnd) {
  const auto begun = std::make_shared<std::atomic<bool>>(false);
  const auto ended = std::make_shared<std::atomic<bool>>(false);
  {
    Loop loop;
    const auto slow = [begun, ended] {
      *begun = true;
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      *ended = true;
    };
    const auto result = run(loop, run_aside(loop, slow, deadline_in(Duration(30))));
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::timeout);
  }
  EXPECT_EQ(*ended, *begun) << "the loop does not end before its threads";
}

TEST(Loop, DestroyingADescriptorEndsItsWaits) {
  Loop loop;
  const SocketPair pair;
  auto reader = std::make_unique<Descriptor>(loop, pair.ends[0]);
  const Descriptor writer(loop, pair.ends[1]);
  int ended = 0;
  std::optional<ErrorCode> code;
  loop.spawn(keep_code(wait_on(*reader, Readiness::readable, Deadline::max()), code, ended));
  loop.post([&] { loop.post([&] { reader.reset(); }); });
  loop.run();
  EXPECT_EQ(ended, 1);
  EXPECT_EQ(code, ErrorCode::connection);
}

TEST(Loop, DestroyingTheLoopDestroysSuspendedCoroutines) {
  const auto held = std::make_shared<int>(7);
  {
    Loop loop;
    struct Local {
      static Task<void> hold(Loop& loop, std::shared_ptr<int> value) {
        auto slept = co_await loop.sleep_until(Deadline::max());
        *value += slept ? 1 : 0;
      }
    };
    loop.spawn(Local::hold(loop, held));
    // The only way to leave run() early: what an exception in a posted function does.
    loop.post([] { throw std::runtime_error("left early"); });
    EXPECT_THROW(loop.run(), std::runtime_error);
    EXPECT_EQ(held.use_count(), 2);
  }
  EXPECT_EQ(held.use_count(), 1);
}

TEST(Loop, WatchingWhatCannotBeWatchedIsAnError) {
  Loop loop;
  Descriptor file(loop, ::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
  const auto ready = run(loop, wait_on(file, Readiness::readable, generous()));
  ASSERT_FALSE(ready);
  EXPECT_EQ(ready.error().code, ErrorCode::connection);
}

TEST(Loop, PostRunsOnTheLoopFromAnyThread) {
  Loop loop;
  const auto loop_thread = std::this_thread::get_id();
  std::thread::id ran_on;
  Event event(loop);
  std::thread other([&] {
    loop.post([&] {
      ran_on = std::this_thread::get_id();
      event.notify();
    });
  });
  struct Local {
    static Task<Result<void>> wait(Event& event, const std::thread::id& ran_on) {
      if (ran_on != std::thread::id{}) co_return Result<void>{};
      auto woken = co_await event.wait(generous());
      co_return woken;
    }
  };
  EXPECT_TRUE(run(loop, Local::wait(event, ran_on)));
  other.join();
  EXPECT_EQ(ran_on, loop_thread);
}

TEST(Event, WakesInTheOrderOfWaitingAndForgetsThoseThatTimedOut) {
  Loop loop;
  Event event(loop);
  std::vector<int> order;
  struct Local {
    static Task<void> wait(Event& event, int name, Deadline deadline, std::vector<int>& order) {
      auto woken = co_await event.wait(deadline);
      order.push_back(woken ? name : -name);
    }
    static Task<void> wake(Loop& loop, Event& event) {
      auto slept = co_await loop.sleep_until(deadline_in(Duration(50)));
      EXPECT_TRUE(slept);
      event.notify();
    }
  };
  loop.spawn(Local::wait(event, 1, generous(), order));
  loop.spawn(Local::wait(event, 2, deadline_in(Duration(1)), order));
  loop.spawn(Local::wait(event, 3, Deadline::max(), order));
  loop.spawn(Local::wake(loop, event));
  loop.run();
  EXPECT_EQ(order, (std::vector<int>{-2, 1, 3}));
}

TEST(Loop, ThousandsOfWaitsEnd) {
  Loop loop;
  int ended = 0;
  std::optional<ErrorCode> code;
  for (int i = 0; i < 5000; ++i) loop.spawn(keep_code(sleep_for(loop, Duration(i % 20)), code, ended));
  loop.run();
  EXPECT_EQ(ended, 5000);
  EXPECT_FALSE(code);
}

struct Counters {
  std::size_t now = 0, most = 0, ended = 0;
  std::vector<std::size_t> started;
};

Task<void> count(Loop& loop, Counters& counters, std::size_t i) {
  counters.started.push_back(i);
  counters.most = std::max(counters.most, ++counters.now);
  auto slept = co_await loop.sleep_until(deadline_in(Duration(i % 3)));
  --counters.now;
  counters.ended += slept ? 1 : 0;
}

Task<Result<void>> for_each_counted(Loop& loop, Counters& counters, std::size_t n, std::size_t limit) {
  std::function<Task<void>(std::size_t)> make = [&](std::size_t i) { return count(loop, counters, i); };
  auto all = for_each_limited(loop, n, limit, std::move(make));
  co_await all;
  co_return Result<void>{};
}

TEST(ForEachLimited, StartsInOrderAndNeverRunsMoreThanTheLimit) {
  Loop loop;
  Counters counters;
  EXPECT_TRUE(run(loop, for_each_counted(loop, counters, 100, 7)));
  EXPECT_EQ(counters.ended, 100U);
  EXPECT_EQ(counters.most, 7U);
  EXPECT_TRUE(std::ranges::is_sorted(counters.started));
  EXPECT_TRUE(run(loop, for_each_counted(loop, counters, 0, 7)));
  EXPECT_EQ(counters.started.size(), 100U);
  EXPECT_TRUE(run(loop, for_each_counted(loop, counters, 2, 0)));
  EXPECT_EQ(counters.started.size(), 102U);
}

TEST(ForEachLimited, EndsOnlyWhenAllHaveEndedEvenIfCancelled) {
  Loop loop;
  Counters counters;
  loop.post([&] { loop.cancel(); });
  EXPECT_TRUE(run(loop, for_each_counted(loop, counters, 20, 3)));
  EXPECT_EQ(counters.started.size(), 20U);
  EXPECT_EQ(counters.now, 0U);
}

Task<Result<std::string>> converse(Loop& loop, IpAddress to, std::uint16_t port, std::string say, CloseMode mode) {
  auto stream = co_await connect_tcp(loop, to, port, generous());
  if (!stream) co_return std::unexpected(stream.error());
  EXPECT_EQ((*stream)->peer(), format_endpoint(to, port));
  auto written = co_await (*stream)->write_all(as_bytes(say), generous());
  if (!written) co_return std::unexpected(written.error());
  std::string heard;
  std::array<std::uint8_t, 4096> buffer{};
  while (heard.size() < say.size()) {
    auto n = co_await (*stream)->read_some(buffer, generous());
    if (!n) co_return std::unexpected(n.error());
    if (*n == 0) break;
    heard.append(as_text(ByteView(buffer).first(*n)));
  }
  (*stream)->close(mode);
  auto after = co_await (*stream)->read_some(buffer, generous());
  EXPECT_FALSE(after);
  co_return heard;
}

// Sends everything back until `bytes` have passed; what the peer's end looks like then: 0 for FIN, -1 for RST.
ssize_t echo(const Listener& listener, std::size_t bytes) {
  const int fd = listener.accept_one();
  std::array<char, 4096> buffer{};
  for (std::size_t passed = 0; passed < bytes;) {
    const auto n = ::recv(fd, buffer.data(), buffer.size(), 0);
    if (n <= 0) break;
    for (ssize_t sent = 0; sent < n;)
      sent += std::max<ssize_t>(0, ::send(fd, buffer.data() + sent, static_cast<std::size_t>(n - sent), MSG_NOSIGNAL));
    passed += static_cast<std::size_t>(n);
  }
  const auto end = ::recv(fd, buffer.data(), buffer.size(), 0);
  ::close(fd);
  return end;
}

TEST(Tcp, CarriesBytesBothWaysAndClosesAsAsked) {
  for (const bool v6 : {false, true}) {
    for (const auto mode : {CloseMode::graceful, CloseMode::reset}) {
      const Listener listener(v6);
      if (v6 && !listener.listening()) GTEST_SKIP() << "this machine has no IPv6 loopback";
      const std::string text(60'000, 'x');  // fits the system's buffers: we read only after writing
      ssize_t end = -2;
      std::thread server([&] { end = echo(listener, text.size()); });
      Loop loop;
      const auto heard = run(loop, converse(loop, address(v6 ? "::1" : "127.0.0.1"), listener.port(), text, mode));
      server.join();
      EXPECT_EQ(heard, text);
      EXPECT_EQ(end, mode == CloseMode::graceful ? 0 : -1);
    }
  }
}

TEST(Tcp, RefusedConnectionSaysSo) {
  Loop loop;
  const auto heard = run(loop, converse(loop, address("127.0.0.1"), testing::closed_port(), "x", CloseMode::graceful));
  ASSERT_FALSE(heard);
  EXPECT_EQ(heard.error().code, ErrorCode::connection);
  EXPECT_NE(heard.error().message().find("Connection refused"), std::string::npos) << heard.error().message();
}

Task<Result<std::size_t>> read_silence(Loop& loop, std::uint16_t port, Deadline deadline) {
  auto stream = co_await connect_tcp(loop, address("127.0.0.1"), port, generous());
  if (!stream) co_return std::unexpected(stream.error());
  std::array<std::uint8_t, 16> buffer{};
  auto n = co_await (*stream)->read_some(buffer, deadline);
  co_return n;
}

TEST(Tcp, SilentPeerRunsIntoTheDeadline) {
  const Listener listener;
  Loop loop;
  const auto n = run(loop, read_silence(loop, listener.port(), deadline_in(Duration(20))));
  ASSERT_FALSE(n);
  EXPECT_EQ(n.error().code, ErrorCode::timeout);
  EXPECT_EQ(n.error().thing, format_endpoint(address("127.0.0.1"), listener.port()));
}

TEST(Tcp, PeerThatDoesNotReadRunsIntoTheDeadline) {
  const Listener listener;
  struct Local {
    static Task<Result<void>> flood(Loop& loop, std::uint16_t port) {
      auto stream = co_await connect_tcp(loop, address("127.0.0.1"), port, generous());
      if (!stream) co_return std::unexpected(stream.error());
      const Bytes much(64U << 20U);
      auto written = co_await (*stream)->write_all(much, deadline_in(Duration(300)));
      co_return written;
    }
  };
  Loop loop;
  const auto written = run(loop, Local::flood(loop, listener.port()));
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ErrorCode::timeout);
}

}  // namespace
}  // namespace assay::net

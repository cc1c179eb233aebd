#pragma once

// What tests of the room net share: running a coroutine to its end, real sockets on loopback, a resolver of fixed
// answers.

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "net/address.h"
#include "net/loop.h"
#include "net/resolver.h"
#include "net/task.h"

namespace assay::net::testing {

// Long enough that only a defect reaches it, however slow the machine.
inline Deadline generous() {
  return deadline_in(std::chrono::seconds(30));
}

template <class T>
Task<void> keep(Task<T> task, std::optional<T>& into) {
  into.emplace(co_await task);
}

// Runs `task` on `loop` and returns its result.
template <class T>
T run(Loop& loop, Task<T> task) {
  std::optional<T> result;
  loop.spawn(keep(std::move(task), result));
  loop.run();
  return std::move(*result);
}

inline IpAddress address(std::string_view text) {
  const auto parsed = parse_address(text);
  EXPECT_TRUE(parsed) << text;
  return parsed.value_or(IpAddress{});
}

// A TCP socket that listens on loopback; connections wait in its backlog until accept_one().
class Listener {
 public:
  explicit Listener(bool v6 = false, int backlog = 64) : fd_(::socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM, 0)) {
    sockaddr_storage storage{};
    const auto size = to_sockaddr(address(v6 ? "::1" : "127.0.0.1"), 0, storage);
    listening_ = ::bind(fd_, reinterpret_cast<const sockaddr*>(&storage), size) == 0 && ::listen(fd_, backlog) == 0;
  }
  ~Listener() { close(); }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  bool listening() const { return listening_; }
  int fd() const { return fd_; }
  std::uint16_t port() const {
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    EXPECT_EQ(::getsockname(fd_, reinterpret_cast<sockaddr*>(&storage), &size), 0);
    return from_sockaddr(storage)->second;
  }
  // A blocking socket, the caller's.
  int accept_one() const { return ::accept(fd_, nullptr, nullptr); }
  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

 private:
  int fd_;
  bool listening_ = false;
};

// A port of loopback where nothing listens.
inline std::uint16_t closed_port() {
  const Listener gone;
  return gone.port();
}

// Answers from a table, each name's answers in turn, the last one for ever: an attacker's name server that rebinds.
class StubResolver final : public Resolver {
 public:
  explicit StubResolver(Loop& loop) : loop_(&loop) {}

  void answer(const std::string& host, const std::vector<std::string>& addresses) {
    std::vector<IpAddress> parsed;
    for (const auto& text : addresses) parsed.push_back(address(text));
    answers_[host].push_back(std::move(parsed));
  }
  int asked(const std::string& host) { return asked_[host]; }

  Task<Result<std::vector<IpAddress>>> lookup(std::string host, Deadline) override {
    ++asked_[host];
    auto pause = co_await loop_->sleep_until(deadline_in(Duration(1)));
    if (!pause) co_return std::unexpected(pause.error());
    auto& list = answers_[host];
    if (list.empty()) co_return fail(ErrorCode::name_resolution, host, "the name does not exist (NXDOMAIN)");
    auto answer = list.front();
    if (list.size() > 1) list.pop_front();
    co_return answer;
  }

 private:
  Loop* loop_;
  std::map<std::string, std::deque<std::vector<IpAddress>>> answers_;
  std::map<std::string, int> asked_;
};

}  // namespace assay::net::testing

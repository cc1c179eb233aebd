#include "net/resolver.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <fstream>
#include <sstream>
#include <thread>

#include "base/bytes.h"
#include "unit/net/loopback.h"

namespace assay::net {
namespace {

using testing::address;
using testing::generous;
using testing::run;

constexpr unsigned kA = 1, kCname = 5, kAaaa = 28;
constexpr unsigned kServfail = 2, kNxdomain = 3, kRefused = 5;

void put16(Bytes& out, unsigned v) {
  out.push_back(static_cast<std::uint8_t>(v >> 8U));
  out.push_back(static_cast<std::uint8_t>(v));
}

void put_name(Bytes& out, std::string_view name) {
  while (!name.empty()) {
    const auto label = name.substr(0, name.find('.'));
    out.push_back(static_cast<std::uint8_t>(label.size()));
    out.insert(out.end(), label.begin(), label.end());
    name.remove_prefix(std::min(name.size(), label.size() + 1));
  }
  out.push_back(0);
}

void put_record(Bytes& out, std::string_view owner, unsigned type, const Bytes& data) {
  put_name(out, owner);
  put16(out, type);
  put16(out, 1);
  put16(out, 0);
  put16(out, 60);
  put16(out, static_cast<unsigned>(data.size()));
  out.insert(out.end(), data.begin(), data.end());
}

Bytes data_of(std::string_view text) {
  const auto a = address(text);
  return {a.bytes.begin(), a.bytes.begin() + (a.v6 ? 16 : 4)};
}

struct Query {
  unsigned id = 0;
  unsigned type = 0;
  std::string name;
  Bytes question;
};

Query read_query(ByteView message) {
  Query q;
  if (message.size() < 17) return q;
  q.id = static_cast<unsigned>(message[0] << 8 | message[1]);
  std::size_t at = 12;
  while (at < message.size() && message[at] != 0) {
    if (!q.name.empty()) q.name += '.';
    q.name += as_text(message.subspan(at + 1, message[at]));
    at += message[at] + 1U;
  }
  q.type = static_cast<unsigned>(message[at + 1] << 8 | message[at + 2]);
  q.question.assign(message.begin() + 12, message.begin() + static_cast<std::ptrdiff_t>(at) + 5);
  return q;
}

// What the name server of these tests knows; an empty message means that it stays silent.
Bytes answer_to(const Query& q, bool tcp) {
  unsigned rcode = 0, count = 0;
  bool truncated = false;
  Bytes records;
  const auto add = [&](std::string_view owner, unsigned type, const Bytes& data) {
    put_record(records, owner, type, data);
    ++count;
  };
  if (q.name == "silent.test") return {};
  if (q.name == "both.test") {
    if (q.type == kA) {
      add(q.name, kA, data_of("192.0.2.2"));
      add(q.name, kA, data_of("192.0.2.1"));
      add(q.name, kA, data_of("192.0.2.2"));
    } else {
      add(q.name, kAaaa, data_of("2001:db8::1"));
    }
  } else if (q.name == "alias.test") {
    Bytes target;
    put_name(target, "v4only.test");
    add(q.name, kCname, target);
    if (q.type == kA) add("v4only.test", kA, data_of("192.0.2.4"));
  } else if (q.name == "v4only.test") {
    if (q.type == kA) add(q.name, kA, data_of("192.0.2.4"));
  } else if (q.name == "v4works.test") {
    if (q.type == kA) {
      add(q.name, kA, data_of("192.0.2.5"));
    } else {
      rcode = kServfail;
    }
  } else if (q.name == "long.test") {
    truncated = !tcp;
    for (int i = 0; tcp && i < 60 && q.type == kA; ++i) add(q.name, kA, data_of("192.0.2." + std::to_string(i)));
  } else if (q.name == "servfail.test") {
    rcode = kServfail;
  } else if (q.name == "refused.test") {
    rcode = kRefused;
  } else if (q.name != "nodata.test") {
    rcode = kNxdomain;
  }
  Bytes out;
  put16(out, q.id);
  put16(out, 0x8180U | (truncated ? 0x0200U : 0U) | rcode);
  put16(out, 1);
  put16(out, count);
  put16(out, 0);
  put16(out, 0);
  out.insert(out.end(), q.question.begin(), q.question.end());
  out.insert(out.end(), records.begin(), records.end());
  return out;
}

// A name server on loopback, UDP and TCP on one port; with `rcode` it gives no other answer than that.
class NameServer {
 public:
  explicit NameServer(unsigned rcode = 0) : rcode_(rcode), udp_(::socket(AF_INET, SOCK_DGRAM, 0)) {
    sockaddr_storage storage{};
    const auto size = to_sockaddr(address("127.0.0.1"), tcp_.port(), storage);
    EXPECT_EQ(::bind(udp_, reinterpret_cast<const sockaddr*>(&storage), size), 0);
    thread_ = std::thread([this] { serve(); });
  }
  ~NameServer() {
    stop_ = true;
    thread_.join();
    ::close(udp_);
  }
  NameServer(const NameServer&) = delete;
  NameServer& operator=(const NameServer&) = delete;

  std::string endpoint() const { return "127.0.0.1:" + std::to_string(tcp_.port()); }
  int queries() const { return queries_; }

 private:
  void serve() {
    while (!stop_) {
      std::array<pollfd, 2> fds{{{udp_, POLLIN, 0}, {tcp_.fd(), POLLIN, 0}}};
      if (::poll(fds.data(), fds.size(), 20) <= 0) continue;
      if ((fds[0].revents & POLLIN) != 0) answer_datagram();
      if ((fds[1].revents & POLLIN) != 0) answer_connection();
    }
  }
  void answer_datagram() {
    std::array<std::uint8_t, 1500> buffer{};
    sockaddr_storage from{};
    socklen_t size = sizeof from;
    const auto n = ::recvfrom(udp_, buffer.data(), buffer.size(), 0, reinterpret_cast<sockaddr*>(&from), &size);
    if (n <= 0) return;
    ++queries_;
    auto query = read_query(ByteView(buffer).first(static_cast<std::size_t>(n)));
    if (rcode_ == kServfail) query.name = "servfail.test";
    if (rcode_ == kRefused) query.name = "refused.test";
    const auto out = answer_to(query, false);
    if (!out.empty()) ::sendto(udp_, out.data(), out.size(), 0, reinterpret_cast<const sockaddr*>(&from), size);
  }
  void answer_connection() {
    const int fd = tcp_.accept_one();
    std::array<std::uint8_t, 1500> buffer{};
    for (;;) {
      if (::recv(fd, buffer.data(), 2, MSG_WAITALL) != 2) break;
      const auto size = static_cast<std::size_t>(buffer[0] << 8 | buffer[1]);
      if (size > buffer.size() || ::recv(fd, buffer.data(), size, MSG_WAITALL) != static_cast<ssize_t>(size)) break;
      const auto answer = answer_to(read_query(ByteView(buffer).first(size)), true);
      Bytes out;
      put16(out, static_cast<unsigned>(answer.size()));
      out.insert(out.end(), answer.begin(), answer.end());
      ::send(fd, out.data(), out.size(), MSG_NOSIGNAL);
    }
    ::close(fd);
  }

  unsigned rcode_;
  testing::Listener tcp_;
  int udp_;
  std::atomic<bool> stop_{false};
  std::atomic<int> queries_{0};
  std::thread thread_;
};

struct Fixture {
  explicit Fixture(Duration timeout = Duration(20'000)) {
    const ResolverSettings settings{.servers = {server.endpoint()}, .use_hosts_file = false, .timeout = timeout};
    auto made = make_resolver(loop, settings);
    EXPECT_TRUE(made);
    resolver = std::move(*made);
  }
  Result<std::vector<IpAddress>> ask(const std::string& name) { return run(loop, resolver->lookup(name, generous())); }

  NameServer server;
  Loop loop;
  std::unique_ptr<Resolver> resolver;
};

TEST(Resolver, AnswersBothFamiliesSortedWithoutRepeats) {
  Fixture f;
  const auto addresses = f.ask("both.test");
  ASSERT_TRUE(addresses) << addresses.error().message();
  EXPECT_EQ(*addresses, (std::vector{address("192.0.2.1"), address("192.0.2.2"), address("2001:db8::1")}));
  // The same channel again.
  EXPECT_TRUE(f.ask("both.test"));
}

TEST(Resolver, FollowsAliases) {
  Fixture f;
  EXPECT_EQ(f.ask("alias.test").value(), std::vector{address("192.0.2.4")});
}

TEST(Resolver, OneFamilyIsEnough) {
  Fixture f;
  EXPECT_EQ(f.ask("v4only.test").value(), std::vector{address("192.0.2.4")});
  EXPECT_EQ(f.ask("v4works.test").value(), std::vector{address("192.0.2.5")});
}

TEST(Resolver, TruncatedAnswersAreAskedForByTcp) {
  Fixture f;
  const auto addresses = f.ask("long.test");
  ASSERT_TRUE(addresses) << addresses.error().message();
  EXPECT_EQ(addresses->size(), 60U);
}

TEST(Resolver, TellsFailuresApart) {
  Fixture f;
  const auto reason = [&](const std::string& name) {
    const auto answer = f.ask(name);
    if (answer) return std::string("an answer");
    EXPECT_EQ(answer.error().code, ErrorCode::name_resolution) << name;
    EXPECT_EQ(answer.error().thing, name);
    return answer.error().reason;
  };
  EXPECT_EQ(reason("missing.test"), "the name does not exist (NXDOMAIN)");
  EXPECT_EQ(reason("nodata.test"), "the name has no address");
  EXPECT_EQ(reason("servfail.test"), "the name server failed (SERVFAIL)");
  EXPECT_EQ(reason("refused.test"), "the name server refused the question (REFUSED)");
  EXPECT_EQ(reason(std::string(70, 'a') + ".test"), "is no name that can be looked up");
}

TEST(Resolver, AServerThatFailsIsPassedOverForTheNext) {
  for (const unsigned rcode : {kServfail, kRefused}) {
    const NameServer failing(rcode), working;
    Loop loop;
    const ResolverSettings settings{
        .servers = {failing.endpoint(), working.endpoint()}, .use_hosts_file = false, .timeout = Duration(20'000)};
    auto resolver = make_resolver(loop, settings);
    ASSERT_TRUE(resolver);
    const auto addresses = run(loop, (*resolver)->lookup("both.test", generous()));
    ASSERT_TRUE(addresses) << addresses.error().message();
    EXPECT_EQ(addresses->size(), 3U);
    EXPECT_EQ(failing.queries(), 2);  // A and AAAA, once each
    const auto missing = run(loop, (*resolver)->lookup("missing.test", generous()));
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().reason, "the name does not exist (NXDOMAIN)");
  }
}

TEST(Resolver, WhenEveryServerFailsTheFirstOneSaysWhy) {
  const NameServer refusing(kRefused), failing(kServfail);
  Loop loop;
  const ResolverSettings settings{
      .servers = {refusing.endpoint(), failing.endpoint()}, .use_hosts_file = false, .timeout = Duration(20'000)};
  auto resolver = make_resolver(loop, settings);
  ASSERT_TRUE(resolver);
  const auto answer = run(loop, (*resolver)->lookup("both.test", generous()));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().reason, "the name server refused the question (REFUSED)");
  EXPECT_GT(failing.queries(), 0);
}

TEST(Resolver, AddressesAreNoNames) {
  Fixture f;
  for (const auto* text : {"127.0.0.1", "::1", "[::1]", "127.1", "0x7f000001", "2130706433", "fe80::1%eth0"}) {
    const auto answer = f.ask(text);
    ASSERT_FALSE(answer) << text;
    EXPECT_EQ(answer.error().code, ErrorCode::name_resolution) << text;
  }
  EXPECT_EQ(f.server.queries(), 0);
}

TEST(Resolver, SilentServerRunsIntoItsTimeOut) {
  Fixture f(Duration(300));
  const auto answer = f.ask("silent.test");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::timeout);
  // Asked again within the time, and the loop has nothing left to wait for.
  EXPECT_GE(f.server.queries(), 3);
  EXPECT_TRUE(f.ask("both.test"));
}

TEST(Resolver, DeadlineOfTheCallerComesFirst) {
  Fixture f;
  const auto answer = run(f.loop, f.resolver->lookup("silent.test", deadline_in(Duration(50))));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::timeout);
}

TEST(Resolver, CancelEndsLookUps) {
  Fixture f;
  std::optional<Result<std::vector<IpAddress>>> answer;
  f.loop.spawn(testing::keep(f.resolver->lookup("silent.test", Deadline::max()), answer));
  std::thread other([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    f.loop.cancel();
  });
  f.loop.run();
  other.join();
  ASSERT_TRUE(answer);
  ASSERT_FALSE(*answer);
  EXPECT_EQ(answer->error().code, ErrorCode::cancelled);
}

TEST(Resolver, ManyLookUpsAtOnce) {
  Fixture f;
  constexpr std::array kNames = {"both.test", "alias.test", "missing.test", "v4only.test"};
  std::vector<std::optional<Result<std::vector<IpAddress>>>> answers(200);
  for (std::size_t i = 0; i < answers.size(); ++i)
    f.loop.spawn(testing::keep(f.resolver->lookup(kNames[i % kNames.size()], generous()), answers[i]));
  f.loop.run();
  for (std::size_t i = 0; i < answers.size(); ++i) EXPECT_EQ(answers[i]->has_value(), i % kNames.size() != 2) << i;
}

TEST(Resolver, HostsFileIsReadOnlyWhenAsked) {
  std::ifstream hosts("/etc/hosts");
  std::string a, name;
  for (std::string line; std::getline(hosts, line);) {
    std::istringstream words(line);
    std::string first, second;
    if (words >> first >> second && parse_address(first) && second != "localhost" &&
        second.find('.') == std::string::npos && !second.starts_with("ip6-") &&
        second.find("localhost") == std::string::npos) {
      a = first;
      name = second;
    }
  }
  if (name.empty()) GTEST_SKIP() << "this machine's hosts file names no host of its own";
  Fixture without;
  EXPECT_FALSE(without.ask(name));
  const NameServer server;
  Loop loop;
  const ResolverSettings settings{.servers = {server.endpoint()}, .use_hosts_file = true, .timeout = Duration(20'000)};
  auto resolver = make_resolver(loop, settings);
  ASSERT_TRUE(resolver);
  const auto answer = run(loop, (*resolver)->lookup(name, generous()));
  ASSERT_TRUE(answer) << answer.error().message();
  EXPECT_NE(std::ranges::find(*answer, address(a)), answer->end());
}

TEST(Resolver, BadServersAreErrors) {
  Loop loop;
  for (const auto* server : {"not an address", "256.1.1.1", "ns.example.com"}) {
    const ResolverSettings settings{.servers = {server}, .use_hosts_file = false, .timeout = Duration(100)};
    EXPECT_FALSE(make_resolver(loop, settings)) << server;
  }
  const ResolverSettings v6{.servers = {"[::1]:5300", "127.0.0.1"}, .use_hosts_file = false, .timeout = Duration(100)};
  EXPECT_TRUE(make_resolver(loop, v6));
}

}  // namespace
}  // namespace assay::net

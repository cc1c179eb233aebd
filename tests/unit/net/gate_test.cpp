#include "net/gate.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <thread>

#include "base/json.h"
#include "net/host_state.h"
#include "net/request_log.h"
#include "unit/net/loopback.h"

namespace assay::net {
namespace {

using std::chrono::steady_clock;
using testing::address;
using testing::closed_port;
using testing::generous;
using testing::Listener;
using testing::run;
using testing::StubResolver;

TEST(Budget, CountsEachLinkAndInitialValidationApart) {
  Budget budget(Budget::Limits{});
  EXPECT_EQ(budget.requests_left(Budget::kValidation), 2);
  EXPECT_EQ(budget.requests_left("a"), 6);
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(budget.spend_request(Budget::kValidation));
  for (int i = 0; i < 6; ++i) EXPECT_TRUE(budget.spend_request("a"));
  for (const auto link : {Budget::kValidation, std::string_view("a")}) {
    const auto spent = budget.spend_request(link);
    ASSERT_FALSE(spent);
    EXPECT_EQ(spent.error().code, ErrorCode::budget_spent);
    EXPECT_EQ(budget.requests_left(link), 0);
  }
  EXPECT_TRUE(budget.spend_request("b"));
  EXPECT_EQ(budget.requests_by_link(),
            (std::map<std::string, int, std::less<>>{{"a", 6}, {"b", 1}, {"validation", 2}}));
}

TEST(Budget, CapsBytes) {
  Budget budget({.validation_requests = 2, .requests_per_link = 6, .bytes = 100});
  EXPECT_TRUE(budget.spend_bytes(60));
  EXPECT_TRUE(budget.spend_bytes(40));
  const auto spent = budget.spend_bytes(1);
  ASSERT_FALSE(spent);
  EXPECT_EQ(spent.error().code, ErrorCode::budget_spent);
  EXPECT_EQ(budget.bytes_received(), 101U);
}

TEST(TokenBucket, GivesTheBurstAtOnceAndThenOneByOne) {
  using std::chrono::milliseconds;
  TokenBucket bucket(10.0, 3.0);
  const auto t = steady_clock::now();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(bucket.reserve(t, Deadline::max()), t);
  EXPECT_EQ(bucket.reserve(t, Deadline::max()), t + milliseconds(100));
  EXPECT_EQ(bucket.reserve(t, Deadline::max()), t + milliseconds(200));
  // One that cannot wait so long takes nothing from those that can.
  EXPECT_EQ(bucket.reserve(t, t + milliseconds(299)), std::nullopt);
  EXPECT_EQ(bucket.reserve(t, t + milliseconds(300)), t + milliseconds(300));
  EXPECT_FALSE(bucket.full(t + milliseconds(500)));
  EXPECT_TRUE(bucket.full(t + milliseconds(600)));
  // After a rest the whole burst is there again, and no more than that.
  const auto later = t + std::chrono::seconds(10);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(bucket.reserve(later, Deadline::max()), later);
  EXPECT_EQ(bucket.reserve(later, Deadline::max()), later + milliseconds(100));
}

TEST(TokenBucket, UnlimitedNeverWaits) {
  TokenBucket bucket(0, 1.0);
  const auto t = steady_clock::now();
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(bucket.reserve(t, t), t);
}

GateSettings loopback(double per_second = 0, double burst = 10, int connections = 2) {
  GateSettings settings;
  settings.allowed_networks.push_back(parse_cidr("127.0.0.0/8").value());
  settings.host_requests_per_second = per_second;
  settings.host_burst = burst;
  settings.host_connections = connections;
  return settings;
}

struct Fixture {
  explicit Fixture(GateSettings settings = loopback())
      : resolver(loop), gate(loop, resolver, log, std::move(settings), nullptr) {}

  Result<std::unique_ptr<Stream>> connect(std::uint16_t port, Activity activity = Activity::http,
                                          Deadline by = generous()) {
    return run(loop, gate.connect(scan, "app.test", local, port, activity, by));
  }
  Result<void> admit(const std::string& link, const std::string& url, bool fresh = false) {
    const auto parsed = parse_url(url);
    return run(loop, gate.admit_request(scan, link, *parsed, "GET", "page", local, fresh));
  }

  Loop loop;
  StubResolver resolver;
  RequestLog log;
  Gate gate;
  ScanContext scan;
  IpAddress local = address("127.0.0.1");
};

ErrorCode code_of(const auto& result) {
  return result ? ErrorCode::internal : result.error().code;
}

TEST(Gate, ResolvesOncePerScanAlsoWhenProbesStartTogether) {
  Fixture f;
  f.resolver.answer("app.test", {"127.0.0.2", "127.0.0.3"});
  std::array<std::optional<Result<Gate::Addresses>>, 5> results;
  for (auto& result : results) f.loop.spawn(testing::keep(f.gate.resolve(f.scan, "app.test"), result));
  f.loop.run();
  for (const auto& result : results) {
    ASSERT_TRUE(*result);
    EXPECT_EQ((*result)->allowed, (std::vector{address("127.0.0.2"), address("127.0.0.3")}));
  }
  EXPECT_EQ(f.resolver.asked("app.test"), 1);
  EXPECT_EQ(f.scan.statistics.dns_queries, 2U);
}

TEST(Gate, RemembersFailedLookups) {
  Fixture f;
  for (int i = 0; i < 2; ++i)
    EXPECT_EQ(code_of(run(f.loop, f.gate.resolve(f.scan, "gone.test"))), ErrorCode::name_resolution);
  EXPECT_EQ(f.resolver.asked("gone.test"), 1);
}

TEST(Gate, AddressesAreNotLookedUp) {
  Fixture f;
  EXPECT_EQ(run(f.loop, f.gate.resolve(f.scan, "127.0.0.9"))->allowed, std::vector{address("127.0.0.9")});
  EXPECT_EQ(run(f.loop, f.gate.resolve(f.scan, "[::1]"))->refused, std::vector{address("::1")});
  EXPECT_EQ(f.scan.statistics.dns_queries, 0U);
}

Task<Result<std::string>> exchange(Stream& stream, std::string say, std::size_t expected) {
  auto written = co_await stream.write_all(as_bytes(say), generous());
  if (!written) co_return std::unexpected(written.error());
  std::string heard;
  std::array<std::uint8_t, 64> buffer{};
  while (heard.size() < expected) {
    auto n = co_await stream.read_some(buffer, generous());
    if (!n) co_return std::unexpected(n.error());
    if (*n == 0) break;
    heard.append(as_text(ByteView(buffer).first(*n)));
  }
  co_return heard;
}

TEST(Gate, StreamsBookTheirBytesOnTheScan) {
  Fixture f;
  const Listener listener;
  auto stream = f.connect(listener.port());
  ASSERT_TRUE(stream) << stream.error().message();
  const int peer = listener.accept_one();
  ASSERT_EQ(::send(peer, "hello", 5, 0), 5);
  EXPECT_EQ(run(f.loop, exchange(**stream, "hi!", 5)), "hello");
  EXPECT_EQ(f.scan.budget.bytes_received(), 5U);
  EXPECT_EQ(f.scan.statistics.bytes_received, 5U);
  EXPECT_EQ(f.scan.statistics.bytes_sent, 3U);
  ::close(peer);
}

TEST(Gate, FloodEndsAtTheScansByteCap) {
  Fixture f;
  f.scan.budget = Budget({.validation_requests = 2, .requests_per_link = 6, .bytes = 1000});
  const Listener listener;
  auto stream = f.connect(listener.port());
  ASSERT_TRUE(stream);
  const int peer = listener.accept_one();
  const std::string flood(5000, 'x');
  ASSERT_EQ(::send(peer, flood.data(), flood.size(), 0), 5000);
  EXPECT_EQ(code_of(run(f.loop, exchange(**stream, "", 5000))), ErrorCode::budget_spent);
  EXPECT_LE(f.scan.budget.bytes_received(), 1064U);
  ::close(peer);
}

Task<void> hold_connection(Fixture& f, std::uint16_t port, int name, std::vector<int>& order) {
  auto stream = co_await f.gate.connect(f.scan, "app.test", f.local, port, Activity::http, generous());
  EXPECT_TRUE(stream);
  order.push_back(name);
  auto slept = co_await f.loop.sleep_until(deadline_in(Duration(10)));
  EXPECT_TRUE(slept);
  order.push_back(-name);
}

TEST(Gate, OpensNoMoreConnectionsAtOnceThanAllowedAndInOrder) {
  Fixture f(loopback(0, 10, 1));
  const Listener listener;
  std::vector<int> order;
  for (int i = 1; i <= 4; ++i) f.loop.spawn(hold_connection(f, listener.port(), i, order));
  f.loop.run();
  EXPECT_EQ(order, (std::vector<int>{1, -1, 2, -2, 3, -3, 4, -4}));
}

TEST(Gate, IdleConnectionGivesItsPlaceToOneThatWaits) {
  Fixture f(loopback(0, 10, 1));
  const Listener listener;
  auto kept_alive = f.connect(listener.port());
  ASSERT_TRUE(kept_alive);
  auto second = f.connect(listener.port());
  EXPECT_TRUE(second) << second.error().message();
  EXPECT_EQ(code_of(run(f.loop, exchange(**kept_alive, "x", 1))), ErrorCode::connection);
}

TEST(Gate, ConnectionInUseKeepsItsPlace) {
  Fixture f(loopback(0, 10, 1));
  const Listener listener;
  auto busy = f.connect(listener.port());
  ASSERT_TRUE(busy);
  const int peer = listener.accept_one();
  std::optional<Result<std::string>> answer;
  f.loop.spawn(testing::keep(exchange(**busy, "x", 5), answer));
  std::optional<Result<std::unique_ptr<Stream>>> second;
  f.loop.spawn(testing::keep(
      f.gate.connect(f.scan, "app.test", f.local, listener.port(), Activity::http, deadline_in(Duration(1200))),
      second));
  std::thread server([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(1500));
    EXPECT_EQ(::send(peer, "hello", 5, 0), 5);
  });
  f.loop.run();
  server.join();
  EXPECT_EQ(**answer, "hello");
  EXPECT_EQ(code_of(*second), ErrorCode::timeout);
  // The one that gave up left no trace: the next connection gets the place.
  (*busy)->close(CloseMode::reset);
  EXPECT_TRUE(f.connect(listener.port()));
  ::close(peer);
}

Task<void> request(Fixture& f, std::string link, int name, std::vector<int>& order) {
  const auto url = parse_url("http://app.test/");
  auto admitted = co_await f.gate.admit_request(f.scan, link, *url, "GET", "page", f.local, false);
  EXPECT_TRUE(admitted) << admitted.error().message();
  order.push_back(name);
}

TEST(Gate, RequestsWaitForTokensInOrder) {
  Fixture f(loopback(50, 2));
  std::vector<int> order, expected;
  const auto before = steady_clock::now();
  for (int i = 0; i < 8; ++i) {
    f.loop.spawn(request(f, "link " + std::to_string(i), i, order));
    expected.push_back(i);
  }
  f.loop.run();
  EXPECT_EQ(order, expected);
  // Two at once, six more at 20 ms each.
  EXPECT_GE(steady_clock::now() - before, std::chrono::milliseconds(115));
  EXPECT_EQ(f.scan.statistics.http_requests, 8U);
}

TEST(Gate, FreshConnectionHasPaidForItsFirstRequest) {
  Fixture f(loopback(0.001, 1));
  const Listener listener;
  EXPECT_TRUE(f.connect(listener.port()));
  EXPECT_TRUE(f.admit("a", "http://app.test/", true));
  // The next token comes in a quarter of an hour: neither a request nor a connection waits past its deadline.
  f.scan.deadline = deadline_in(std::chrono::seconds(5));
  EXPECT_EQ(code_of(f.admit("a", "http://app.test/")), ErrorCode::timeout);
  EXPECT_EQ(code_of(f.connect(listener.port())), ErrorCode::timeout);
  EXPECT_EQ(f.scan.budget.requests_left("a"), 5);
}

TEST(Gate, BudgetOfALinkIsEnforced) {
  Fixture f;
  for (int i = 0; i < 6; ++i) EXPECT_TRUE(f.admit("page", "http://app.test/page"));
  EXPECT_EQ(code_of(f.admit("page", "http://app.test/page")), ErrorCode::budget_spent);
  EXPECT_TRUE(f.admit("other", "http://app.test/other"));
  EXPECT_EQ(f.log.entries(), 7U);
}

TEST(Gate, RetryAfterPausesTheHostOnThatPortOnly) {
  Fixture f;
  f.gate.report(f.local, "app.test", 503, std::chrono::seconds(120), 8080);
  const auto refused = f.admit("a", "http://app.test:8080/");
  ASSERT_EQ(code_of(refused), ErrorCode::host_paused);
  EXPECT_NE(refused.error().message().find("answered 503 with Retry-After"), std::string::npos)
      << refused.error().message();
  EXPECT_EQ(code_of(f.connect(8080)), ErrorCode::host_paused);
  EXPECT_TRUE(f.admit("a", "http://app.test:8081/"));
  EXPECT_TRUE(f.admit("a", "http://neighbour.test:8080/"));
  // A good answer that was already under way does not lift it.
  f.gate.report(f.local, "app.test", 200, std::nullopt, 8080);
  EXPECT_EQ(code_of(f.admit("a", "http://app.test:8080/")), ErrorCode::host_paused);
  // Without a port the whole host is left alone.
  f.gate.report(f.local, "app.test", 429, std::chrono::seconds(1), 0);
  EXPECT_EQ(code_of(f.admit("a", "http://app.test:8081/")), ErrorCode::host_paused);
  EXPECT_EQ(f.scan.budget.requests_left("a"), 4);
}

TEST(Gate, PauseEndsWhenTheHostSaid) {
  Fixture f;
  f.gate.report(f.local, "app.test", 429, Duration(30));
  EXPECT_EQ(code_of(f.admit("a", "http://app.test/")), ErrorCode::host_paused);
  std::this_thread::sleep_for(std::chrono::milliseconds(60));
  EXPECT_TRUE(f.admit("a", "http://app.test/"));
}

TEST(Gate, RetryAfterOnOrdinaryAnswersIsNoPause) {
  Fixture f;
  f.gate.report(f.local, "app.test", 301, std::chrono::seconds(120));
  EXPECT_TRUE(f.admit("a", "http://app.test/"));
}

TEST(Gate, HostThatKeepsFailingIsLeftAlone) {
  Fixture f;
  const auto report = [&](std::optional<int> status) { f.gate.report(f.local, "app.test", status, std::nullopt, 80); };
  report(500);
  report(502);
  report(404);  // ends the row
  report(500);
  report(std::nullopt);
  EXPECT_TRUE(f.admit("a", "http://app.test/"));
  report(503);
  const auto refused = f.admit("a", "http://app.test/");
  ASSERT_EQ(code_of(refused), ErrorCode::host_paused);
  EXPECT_NE(refused.error().reason.find("after 3 failures in a row, the last: status 503"), std::string::npos)
      << refused.error().reason;
}

TEST(Gate, FailuresNeverPauseWhenSwitchedOff) {
  auto settings = loopback();
  settings.host_failures_to_pause = 0;
  Fixture f(std::move(settings));
  for (int i = 0; i < 20; ++i) f.gate.report(f.local, "app.test", 500, std::nullopt, 80);
  EXPECT_TRUE(f.admit("a", "http://app.test/"));
}

TEST(Gate, PortThatRefusesConnectionsIsLeftAlone) {
  Fixture f;
  const auto port = closed_port();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(code_of(f.connect(port)), ErrorCode::connection);
  EXPECT_EQ(code_of(f.connect(port)), ErrorCode::host_paused);
  const Listener listener;
  EXPECT_TRUE(f.connect(listener.port()));
}

TEST(Gate, CancelEndsWhatWaitsForASlot) {
  Fixture f(loopback(0, 10, 1));
  const Listener listener;
  std::vector<int> order;
  auto first = f.connect(listener.port());
  ASSERT_TRUE(first);
  std::optional<Result<std::unique_ptr<Stream>>> second;
  f.loop.spawn(testing::keep(
      f.gate.connect(f.scan, "app.test", f.local, listener.port(), Activity::http, Deadline::max()), second));
  f.loop.post([&] { f.loop.cancel(); });
  f.loop.run();
  EXPECT_EQ(code_of(*second), ErrorCode::cancelled);
}

TEST(Gate, ScanDeadlineBoundsEverything) {
  Fixture f(loopback(0, 10, 1));
  const Listener listener;
  auto first = f.connect(listener.port());
  ASSERT_TRUE(first);
  f.scan.deadline = deadline_in(Duration(30));
  EXPECT_EQ(code_of(f.connect(listener.port(), Activity::http, Deadline::max())), ErrorCode::timeout);
}

std::vector<Json> lines_of(const std::string& path) {
  std::vector<Json> lines;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) lines.push_back(parse_json(line, path).value_or(Json()));
  return lines;
}

TEST(Gate, WritesWhatItDidOnTheRequestLog) {
  const auto path =
      (std::filesystem::temp_directory_path() / ("assay-gate-" + std::to_string(::getpid()) + ".jsonl")).string();
  std::filesystem::remove(path);
  const Listener listener;
  const auto endpoint = format_endpoint(address("127.0.0.1"), listener.port());
  const auto url = "http://app.test:" + std::to_string(listener.port()) + "/a?jwt=abc.def&x=1&ACCESS_TOKEN=t";
  {
    auto log = RequestLog::open(path);
    ASSERT_TRUE(log);
    Loop loop;
    StubResolver resolver(loop);
    Gate gate(loop, resolver, **log, loopback(), nullptr);
    ScanContext scan;
    scan.scan_id = "scan-1";
    scan.app_key = "com.example.app";
    const auto local = address("127.0.0.1");
    EXPECT_TRUE(run(loop, gate.connect(scan, "app.test", local, listener.port(), Activity::tls_probe, generous())));
    EXPECT_TRUE(run(loop, gate.connect(scan, "app.test", local, listener.port(), Activity::tls_handshake, generous())));
    EXPECT_TRUE(run(loop, gate.connect(scan, "app.test", local, listener.port(), Activity::http, generous())));
    EXPECT_TRUE(run(loop, gate.admit_request(scan, "GET /a", *parse_url(url), "GET", "page", local, true)));
    EXPECT_FALSE(run(loop, gate.connect(scan, "app.test", address("10.0.0.1"), 443, Activity::http, generous())));
    EXPECT_EQ(scan.statistics.tls_connections, 2U);
    EXPECT_EQ(scan.statistics.http_requests, 1U);
  }
  const auto lines = lines_of(path);
  std::filesystem::remove(path);
  ASSERT_EQ(lines.size(), 4U);
  for (const auto& line : lines) {
    EXPECT_EQ(line["schema"], "assay-request-log/1");
    EXPECT_EQ(line["scan"], "scan-1");
    EXPECT_EQ(line["app"], "com.example.app");
    EXPECT_EQ(line["host"], "app.test");
    EXPECT_TRUE(parse_rfc3339(line["time"].get<std::string>()));
  }
  EXPECT_EQ(lines[0]["activity"], "tls-probe");
  EXPECT_EQ(lines[0]["address"], endpoint);
  EXPECT_FALSE(lines[0].contains("link"));
  EXPECT_EQ(lines[1]["activity"], "tls-handshake");
  EXPECT_EQ(lines[2]["activity"], "http");
  EXPECT_EQ(lines[2]["link"], "GET /a");
  EXPECT_EQ(lines[2]["method"], "GET");
  EXPECT_EQ(lines[2]["purpose"], "page");
  EXPECT_EQ(lines[2]["url"],
            "http://app.test:" + std::to_string(listener.port()) + "/a?jwt=REDACTED&x=1&ACCESS_TOKEN=REDACTED");
  EXPECT_EQ(lines[3]["activity"], "refused");
  EXPECT_EQ(lines[3]["address"], "10.0.0.1:443");
  EXPECT_EQ(lines[3]["reason"], "private use (RFC 1918)");
}

}  // namespace
}  // namespace assay::net

#include "net/held_hosts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "net/gate.h"
#include "net/request_log.h"
#include "net/resolver.h"

namespace assay::net {
namespace {

using ::testing::HasSubstr;

Pause pause_of(const std::string& host, Duration length = std::chrono::hours(1)) {
  Pause pause;
  pause.host = host;
  pause.reason = "maintenance";
  pause.until = now() + length;
  return pause;
}

TEST(HeldHosts, CoverTheHostAndWhatIsBelowIt) {
  const auto held = std::make_shared<HeldHosts>();
  HeldHostsView view(held);
  EXPECT_TRUE(view.check("example.com"));
  held->replace({pause_of("example.com"), pause_of("192.0.2.1")});
  for (const auto* host : {"example.com", "a.b.example.com", "192.0.2.1"}) {
    const auto refused = view.check(host);
    ASSERT_FALSE(refused) << host;
    EXPECT_EQ(refused.error().code, ErrorCode::host_paused);
    EXPECT_THAT(refused.error().message(), HasSubstr("maintenance"));
  }
  for (const auto* host : {"notexample.com", "com", "192.0.2.11"}) EXPECT_TRUE(view.check(host)) << host;
  held->replace({});
  EXPECT_TRUE(view.check("example.com"));
}

TEST(HeldHosts, EndByThemselves) {
  const auto held = std::make_shared<HeldHosts>();
  HeldHostsView view(held);
  held->replace({pause_of("example.com", Duration(-1))});
  EXPECT_TRUE(view.check("example.com"));
  EXPECT_TRUE(HeldHostsView(nullptr).check("example.com"));
}

TEST(HeldHosts, EveryThreadSeesWhatWasReplaced) {
  const auto held = std::make_shared<HeldHosts>();
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([held] {
      HeldHostsView view(held);
      while (view.check("last.example")) std::this_thread::yield();
    });
  for (int i = 0; i < 1000; ++i) held->replace({pause_of("other.example")});
  held->replace({pause_of("last.example")});
}

// A gate whose scans reach loopback and nothing else; what it answers tells whether it tried to connect.
class HeldGate : public ::testing::Test {
 protected:
  HeldGate() {
    GateSettings settings;
    settings.allowed_networks = {*parse_cidr("127.0.0.0/8")};
    settings.held_hosts = held_;
    settings.host_failures_to_pause = 0;
    gate_ = std::make_unique<Gate>(loop_, **resolver_, log_, settings, nullptr);
  }
  ErrorCode connect(const std::string& host) {
    ErrorCode code = ErrorCode::internal;
    loop_.spawn(try_to(*gate_, scan_, host, code));
    loop_.run();
    return code;
  }
  static Task<void> try_to(Gate& gate, ScanContext& scan, std::string host, ErrorCode& code) {
    const auto address = *parse_address("127.0.0.1");
    auto stream = co_await gate.connect(scan, std::move(host), address, 8, Activity::tls_probe,
                                        deadline_in(std::chrono::hours(1)));
    if (!stream) code = stream.error().code;
  }

  Loop loop_;
  RequestLog log_;
  Result<std::unique_ptr<Resolver>> resolver_ = make_resolver(loop_, {});
  std::shared_ptr<HeldHosts> held_ = std::make_shared<HeldHosts>();
  std::unique_ptr<Gate> gate_;
  ScanContext scan_;
};

TEST_F(HeldGate, DoesNotConnectFromTheMomentOnWhenTheyAreHeld) {
  EXPECT_EQ(connect("app.example.com"), ErrorCode::connection) << "nothing listens there";
  EXPECT_EQ(log_.entries(), 1U);
  held_->replace({pause_of("example.com")});
  EXPECT_EQ(connect("app.example.com"), ErrorCode::host_paused);
  EXPECT_EQ(log_.entries(), 1U);
  EXPECT_EQ(connect("app.example.org"), ErrorCode::connection);
  held_->replace({});
  EXPECT_EQ(connect("app.example.com"), ErrorCode::connection);
  EXPECT_EQ(scan_.statistics.tls_connections, 3U);
}

}  // namespace
}  // namespace assay::net

// What the egress guard must not let through: each line is one way in which server-side request forgery is tried.
#include <gtest/gtest.h>

#include "base/url.h"
#include "net/gate.h"
#include "net/request_log.h"
#include "unit/net/loopback.h"

namespace assay::net {
namespace {

using testing::address;
using testing::generous;
using testing::Listener;
using testing::run;
using testing::StubResolver;

struct Attempt {
  const char* url;
  const char* why;  // part of the guard's or the parser's reason
};

constexpr Attempt kAttempts[] = {
    // Numeric spellings of IPv4, as browsers and libc read them.
    {"http://127.0.0.1/", "loopback"},
    {"http://127.1/", "loopback"},
    {"http://127.0.1/", "loopback"},
    {"http://0177.0.0.1/", "loopback"},
    {"http://0x7f.0.0.1/", "loopback"},
    {"http://0x7f000001/", "loopback"},
    {"http://2130706433/", "loopback"},
    {"http://017700000001/", "loopback"},
    {"http://0x7F.0x0.0x0.0x1/", "loopback"},
    {"http://127.0.0.1./", "loopback"},
    {"http://127.255.255.254:8080/", "loopback"},
    {"http://%31%32%37.0.0.1/", "loopback"},
    {"http://１２７.０.０.１/", "loopback"},
    {"http://①②⑦.⓪.⓪.①/", "loopback"},
    {"http://127。0。0。1/", "loopback"},
    {"http:\\\\127.0.0.1\\", "loopback"},
    {"http:127.0.0.1", "loopback"},
    {"http:///127.0.0.1/", "loopback"},
    {"http://12\t7.0.0.1/", "loopback"},
    {"http://0/", "this network"},
    {"http://0.0.0.0:443/", "this network"},
    {"http://10.0.0.1/", "private"},
    {"http://0x0a.1/", "private"},
    {"http://172.16.0.1/", "private"},
    {"http://172.31.255.255/", "private"},
    {"http://192.168.1.1/", "private"},
    {"http://0300.0250.1.1/", "private"},
    {"http://100.64.0.1/", "shared address space"},
    {"http://169.254.1.1/", "link-local"},
    {"http://192.0.0.8/", "IETF protocol"},
    {"http://192.0.2.1/", "documentation"},
    {"http://198.51.100.1/", "documentation"},
    {"http://203.0.113.1/", "documentation"},
    {"http://198.18.0.1/", "benchmarking"},
    {"http://198.19.255.255/", "benchmarking"},
    {"http://192.88.99.1/", "6to4 relay"},
    {"http://192.31.196.1/", "AS112"},
    {"http://192.52.193.1/", "multicast tunnelling"},
    {"http://224.0.0.1/", "multicast"},
    {"http://239.255.255.255/", "multicast"},
    {"http://240.0.0.1/", "reserved"},
    {"http://255.255.255.255/", "broadcast"},
    {"http://4294967295/", "broadcast"},
    // Metadata services.
    {"http://169.254.169.254/latest/meta-data/", "metadata"},
    {"http://2852039166/", "metadata"},
    {"http://0xa9fea9fe/", "metadata"},
    {"http://0251.0376.0251.0376/", "metadata"},
    {"http://169.254.43518/", "metadata"},
    {"http://169.16689662/", "metadata"},
    {"http://169.254.170.2/", "container credentials"},
    {"http://100.100.100.200/", "metadata"},
    {"http://192.0.0.192/", "metadata"},
    {"http://168.63.129.16/", "Azure"},
    {"http://[fd00:ec2::254]/", "metadata"},
    {"http://metadata.google.internal/", "inside a network"},
    // IPv6 forms.
    {"http://[::1]/", "loopback"},
    {"http://[0:0:0:0:0:0:0:1]/", "loopback"},
    {"http://[::]/", "unspecified"},
    {"http://[::ffff:127.0.0.1]/", "carries 127.0.0.1"},
    {"http://[::ffff:7f00:1]/", "carries 127.0.0.1"},
    {"http://[::ffff:169.254.169.254]/", "carries 169.254.169.254"},
    {"http://[::ffff:8.8.8.8]/", "carries 8.8.8.8"},
    {"http://[::127.0.0.1]/", "carries 127.0.0.1"},
    {"http://[::ffff:0:127.0.0.1]/", "carries 127.0.0.1"},
    {"http://[64:ff9b::127.0.0.1]/", "carries 127.0.0.1"},
    {"http://[64:ff9b::a9fe:a9fe]/", "carries 169.254.169.254"},
    {"http://[64:ff9b:1:7f00:0:100::]/", "carries 127.0.0.1"},
    {"http://[2002:7f00:1::]/", "carries 127.0.0.1"},
    {"http://[2002:a9fe:a9fe::1]/", "carries 169.254.169.254"},
    {"http://[2001:0:4136:e378:8000:63bf:80ff:fffe]/", "carries 127.0.0.1"},
    {"http://[2001:2::1]/", "benchmarking"},
    {"http://[2001:10::1]/", "ORCHID"},
    {"http://[2001:20::1]/", "ORCHIDv2"},
    {"http://[2001:db8::1]/", "documentation"},
    {"http://[3fff::1]/", "documentation"},
    {"http://[5f00::1]/", "segment routing"},
    {"http://[100::1]/", "discard"},
    {"http://[100:0:0:1::1]/", "dummy"},
    {"http://[2620:4f:8000::1]/", "AS112"},
    {"http://[fc00::1]/", "unique local"},
    {"http://[fd12:3456:789a::1]/", "unique local"},
    {"http://[fe80::1]/", "link-local"},
    {"http://[fec0::1]/", "site-local"},
    {"http://[ff02::1]/", "multicast"},
    {"http://[4000::1]/", "global unicast"},
    {"http://[e000::1]/", "global unicast"},
    {"http://[fe80::1%25eth0]/", "IPv6"},
    {"http://[::1/", "bracket"},
    // Names.
    {"http://localhost/", "inside a network"},
    {"http://LOCALHOST./", "inside a network"},
    {"http://ｌｏｃａｌｈｏｓｔ/", "inside a network"},
    {"http://app.localhost/", "inside a network"},
    {"http://printer.local/", "inside a network"},
    {"http://vault.internal/", "inside a network"},
    {"http://router.home.arpa/", "inside a network"},
    {"http://loopback.example.com/", "loopback"},
    {"http://loopback6.example.com/", "loopback"},
    {"http://mapped.example.com/", "carries 10.0.0.1"},
    {"http://metadata.example.com/", "metadata"},
    {"http://127.0.0.1.nip.example.com/", "loopback"},
    // Disguises of the URL.
    {"http://example.com@127.0.0.1/", "user information"},
    {"http://127.0.0.1:80@8.8.8.8/", "user information"},
    {"http://127.0.0.1\\@8.8.8.8/", "loopback"},
    {"http://8.8.8.8:25/", "port"},
    {"https://8.8.8.8:6667/", "port"},
    {"http://8.8.8.8:0/", "port"},
    {"ftp://8.8.8.8/", "scheme"},
    {"gopher://8.8.8.8:70/", "scheme"},
    {"file:///etc/passwd", "scheme"},
    {"http://256.256.256.256/", "IPv4"},
    {"http://127.0.0.0x100000000/", "IPv4"},
    {"http://1.2.3.4.5/", "IPv4"},
    {"http:///", "host"},
};

// Does what a probe does with a URL, and returns why it came to nothing; "" when a socket was opened or would have
// been.
Task<Result<std::string>> attempt(Gate& gate, ScanContext& scan, std::string text) {
  const auto url = parse_url(text);
  if (!url) co_return url.error().reason;
  auto admitted = co_await gate.admit_request(scan, "front", *url, "GET", "front", IpAddress{}, true);
  if (!admitted) co_return admitted.error().reason;
  auto addresses = co_await gate.resolve(scan, url->host);
  if (!addresses) co_return addresses.error().reason;
  auto all = addresses->allowed;
  all.insert(all.end(), addresses->refused.begin(), addresses->refused.end());
  std::string reason;
  for (const auto& a : all) {
    // Also those that resolve() called refused: connect() must not trust its caller.
    auto stream = co_await gate.connect(scan, url->host, a, url->effective_port(), Activity::http, generous());
    if (stream) co_return std::string();
    if (stream.error().code != ErrorCode::egress_refused) co_return std::string();
    reason = stream.error().reason;
  }
  co_return reason;
}

struct Fixture {
  explicit Fixture(GateSettings settings = {})
      : resolver(loop), gate(loop, resolver, log, std::move(settings), nullptr) {
    resolver.answer("loopback.example.com", {"127.0.0.1"});
    resolver.answer("loopback6.example.com", {"::1"});
    resolver.answer("mapped.example.com", {"::ffff:10.0.0.1"});
    resolver.answer("metadata.example.com", {"169.254.169.254"});
    resolver.answer("127.0.0.1.nip.example.com", {"127.0.0.1"});
    resolver.answer("localhost", {"127.0.0.1"});
  }
  Loop loop;
  StubResolver resolver;
  RequestLog log;
  Gate gate;
  ScanContext scan;
};

GateSettings loopback_allowed() {
  GateSettings settings;
  settings.allowed_networks.push_back(parse_cidr("127.0.0.0/8").value());
  return settings;
}

TEST(GateEgress, NoAttemptReachesAnything) {
  static_assert(std::size(kAttempts) >= 60);
  for (const auto& tried : kAttempts) {
    Fixture f;
    const auto reason = run(f.loop, attempt(f.gate, f.scan, tried.url));
    ASSERT_TRUE(reason);
    EXPECT_NE(reason->find(tried.why), std::string::npos)
        << tried.url << " → \"" << *reason << "\", wanted \"" << tried.why << "\"";
  }
}

TEST(GateEgress, RefusalsAreOnTheRequestLog) {
  Fixture f;
  EXPECT_TRUE(run(f.loop, attempt(f.gate, f.scan, "http://loopback.example.com/")));
  // One for the request that was admitted, one by resolve(), one by connect().
  EXPECT_EQ(f.log.entries(), 3U);
}

TEST(GateEgress, NamesOfTheInsideAreNotEvenAskedFor) {
  Fixture f;
  EXPECT_TRUE(run(f.loop, attempt(f.gate, f.scan, "http://localhost/")));
  EXPECT_EQ(f.resolver.asked("localhost"), 0);
  Fixture allowed(loopback_allowed());
  const auto addresses = run(allowed.loop, allowed.gate.resolve(allowed.scan, "localhost"));
  ASSERT_TRUE(addresses);
  EXPECT_EQ(addresses->allowed, std::vector{address("127.0.0.1")});
}

TEST(GateEgress, RebindingMeetsThePinnedAddressAndTheGuard) {
  Fixture f;
  // The first answer is public, every later one private: the classic of DNS rebinding.
  f.resolver.answer("rebind.example.com", {"93.184.216.34"});
  f.resolver.answer("rebind.example.com", {"127.0.0.1"});
  for (int i = 0; i < 3; ++i) {
    const auto addresses = run(f.loop, f.gate.resolve(f.scan, "rebind.example.com"));
    ASSERT_TRUE(addresses);
    EXPECT_EQ(addresses->allowed, std::vector{address("93.184.216.34")});
    EXPECT_TRUE(addresses->refused.empty());
  }
  EXPECT_EQ(f.resolver.asked("rebind.example.com"), 1);
  // Another scan asks anew, gets the private address, and the guard refuses it.
  ScanContext later;
  const auto addresses = run(f.loop, f.gate.resolve(later, "rebind.example.com"));
  ASSERT_TRUE(addresses);
  EXPECT_TRUE(addresses->allowed.empty());
  EXPECT_EQ(addresses->refused, std::vector{address("127.0.0.1")});
  // A probe that connected to it all the same would be stopped.
  const auto stream =
      run(f.loop, f.gate.connect(later, "rebind.example.com", address("127.0.0.1"), 443, Activity::http, generous()));
  ASSERT_FALSE(stream);
  EXPECT_EQ(stream.error().code, ErrorCode::egress_refused);
}

TEST(GateEgress, MixedAnswersAreSplit) {
  Fixture f;
  f.resolver.answer("mixed.example.com", {"10.0.0.1", "93.184.216.34", "2606:2800:220:1::1", "::1"});
  const auto addresses = run(f.loop, f.gate.resolve(f.scan, "mixed.example.com"));
  ASSERT_TRUE(addresses);
  EXPECT_EQ(addresses->allowed, (std::vector{address("93.184.216.34"), address("2606:2800:220:1::1")}));
  EXPECT_EQ(addresses->refused, (std::vector{address("10.0.0.1"), address("::1")}));
}

TEST(GateEgress, AllowedNetworksAreExceptionsForThemselvesOnly) {
  Fixture f(loopback_allowed());
  const Listener listener;
  const auto open =
      run(f.loop, f.gate.connect(f.scan, "a.test", address("127.0.0.1"), listener.port(), Activity::http, generous()));
  EXPECT_TRUE(open) << open.error().message();
  for (const auto* other : {"10.0.0.1", "::1", "::ffff:127.0.0.1", "169.254.169.254"}) {
    const auto stream =
        run(f.loop, f.gate.connect(f.scan, "a.test", address(other), listener.port(), Activity::http, generous()));
    ASSERT_FALSE(stream) << other;
    EXPECT_EQ(stream.error().code, ErrorCode::egress_refused) << other;
  }
}

TEST(GateEgress, TheOperatorsOwnNetworksStayClosed) {
  auto settings = loopback_allowed();
  settings.refused_networks = {parse_cidr("127.0.0.1").value(), parse_cidr("8.8.8.0/24").value()};
  Fixture f(std::move(settings));
  for (const auto* own : {"127.0.0.1", "8.8.8.8"}) {
    const auto stream = run(f.loop, f.gate.connect(f.scan, "", address(own), 443, Activity::tls_probe, generous()));
    ASSERT_FALSE(stream);
    EXPECT_EQ(stream.error().code, ErrorCode::egress_refused);
  }
}

}  // namespace
}  // namespace assay::net

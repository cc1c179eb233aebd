#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http_client_fixture.h"
#include "net/dns/takeover.h"

namespace assay::net::dns {
namespace {

using http::testing::always;
using http::testing::ScriptedServer;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kNobody = "HTTP/1.1 404 Not Found\r\nContent-Length: 11\r\n\r\nnobody here";

class TakeoverProbe : public http::testing::HttpClient {
 protected:
  TakeoverProbe() {
    TakeoverService pages;
    pages.id = "pages";
    pages.claim = Claim::claimable;
    pages.suffixes = {"pages.test"};
    pages.pages.push_back({.all = {"nobody here"}, .status = 404});
    auto missing = pages;
    missing.id = "missing";
    missing.suffixes = {"missing.test"};
    missing.pages.clear();
    missing.nxdomain = true;
    auto out_of_reach = pages;
    out_of_reach.id = "out-of-reach";
    out_of_reach.suffixes = {"reserved.test"};
    out_of_reach.claim = Claim::not_claimable;
    pages.control = "held.test";
    facts = TakeoverFacts({pages, missing, out_of_reach}, {}, {}, {});
  }

  static DnsHost host_at(const std::string& target) {
    DnsHost host;
    host.host = "app.test";
    host.chain = {"app.test", target};
    host.end = chain_end::kAddresses;
    return host;
  }

  void probe(const DnsHost& host, int http_port, int https_port = 1) {
    loop.spawn(probe_takeover(client(), scan, host, facts, controls, {.https = https_port, .http = http_port}));
    loop.run();
  }

  std::vector<std::string> purposes() const {
    std::vector<std::string> found;
    for (const auto& e : evidence) {
      EXPECT_EQ(e.kind, kind::kHttpTakeover);
      EXPECT_EQ(e.subject, "app.test");
      found.push_back(e.body.get<HttpExchange>().request.purpose);
    }
    return found;
  }

  TakeoverFacts facts;
  TakeoverControls controls;
};

TEST_F(TakeoverProbe, AsksBothSchemesOfAHostAtAProvider) {
  const ScriptedServer server(always(asked, [](const auto&) { return std::string(http::testing::kOk); }));
  probe(host_at("acme.pages.test"), server.port());
  EXPECT_THAT(purposes(), ElementsAre("takeover", "takeover"));
  ASSERT_EQ(asked.all().size(), 1U);
  EXPECT_THAT(asked.all()[0], HasSubstr("Host: app.test"));
}

TEST_F(TakeoverProbe, AsksAnotherPathAndTheControlWhenThePageIsThere) {
  const ScriptedServer server(always(asked, [](const auto&) { return std::string(kNobody); }));
  probe(host_at("acme.pages.test"), server.port());
  EXPECT_THAT(purposes(), ElementsAre("takeover", "takeover", "takeover-path", "takeover-control"));
  ASSERT_EQ(asked.all().size(), 2U);
  EXPECT_TRUE(asked.all()[1].starts_with("GET /assay-"));
  EXPECT_LE(scan.budget.requests_by_link().at("app.test"), 4);
}

TEST_F(TakeoverProbe, AsksTheControlOnceARun) {
  const ScriptedServer server(always(asked, [](const auto&) { return std::string(kNobody); }));
  HttpExchange known;
  known.request.purpose = purpose::kTakeoverControl;
  known.request.url = "https://held.test/";
  known.response.emplace();
  const Time before = now() - std::chrono::hours(1);
  controls.keep("pages", {.time = before, .exchange = known});
  probe(host_at("acme.pages.test"), server.port());
  EXPECT_THAT(purposes(), ElementsAre("takeover", "takeover", "takeover-path", "takeover-control"));
  EXPECT_EQ(evidence.back().time, before);
  EXPECT_EQ(evidence.back().body.get<HttpExchange>().request.url, "https://held.test/");
}

TEST_F(TakeoverProbe, FollowsNoRedirect) {
  const ScriptedServer server(
      always(asked, [](const auto&) { return http::testing::redirect_to("http://other.test/"); }));
  probe(host_at("acme.pages.test"), server.port());
  EXPECT_THAT(purposes(), ElementsAre("takeover", "takeover"));
  EXPECT_EQ(asked.all().size(), 1U);
}

TEST_F(TakeoverProbe, LeavesHostsAloneThatNoPageIsKnownOf) {
  const ScriptedServer server(always(asked, [](const auto&) { return std::string(kNobody); }));
  auto gone = host_at("acme.pages.test");
  gone.end = chain_end::kNxdomain;
  for (const auto& host : {host_at("www.acme.test"), host_at("acme.missing.test"), host_at("acme.reserved.test"), gone})
    probe(host, server.port());
  EXPECT_TRUE(evidence.empty());
  EXPECT_EQ(server.connections(), 0);
}

TEST_F(TakeoverProbe, AsksABucketOnceForItsListing) {
  const auto bucket = *bucket_of("acme.s3.amazonaws.com", "");
  resolver.answer("acme.s3.amazonaws.com", {"127.0.0.1"});
  loop.spawn(probe_bucket(client(), scan, bucket));
  loop.run();
  ASSERT_EQ(evidence.size(), 1U);
  EXPECT_EQ(evidence[0].kind, kind::kHttpTakeover);
  EXPECT_EQ(evidence[0].subject, "acme.s3.amazonaws.com");
  const auto exchange = evidence[0].body.get<HttpExchange>();
  EXPECT_EQ(exchange.request.purpose, purpose::kBucketListing);
  EXPECT_EQ(exchange.request.method, "GET");
  EXPECT_EQ(exchange.request.url, "https://acme.s3.amazonaws.com/?list-type=2&max-keys=1");
}

}  // namespace
}  // namespace assay::net::dns

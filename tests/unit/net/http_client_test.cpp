#include "net/http/client.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "http_client_fixture.h"

namespace assay::net::http {
namespace {

using testing::always;
using testing::Asked;
using testing::failure_code;
using ::testing::HasSubstr;
using testing::HttpClient;
using testing::kOk;
using ::testing::Not;
using testing::Peer;
using testing::redirect_to;
using testing::ScriptedServer;

TEST_F(HttpClient, SendsTheFieldsOfTheContractAndRecordsTheAnswer) {
  const ScriptedServer server(always(asked, [](const auto&) { return std::string(kOk); }));
  const auto hops = fetch(request(url(server, "/a?b=c")));
  ASSERT_EQ(hops.size(), 1U);
  const auto port = server.port();
  EXPECT_EQ(asked.all().at(0), fmt::format("GET /a?b=c HTTP/1.1\r\nHost: app.test:{}\r\nUser-Agent: Assay-test/1\r\n"
                                           "Accept: */*\r\nAccept-Encoding: identity\r\nConnection: keep-alive\r\n\r\n",
                                           port));
  ASSERT_EQ(evidence.size(), 1U);
  EXPECT_EQ(evidence[0].id, hops[0].evidence_id);
  EXPECT_EQ(evidence[0].kind, kind::kHttpPage);
  EXPECT_EQ(evidence[0].subject, "subject");
  EXPECT_EQ(evidence[0].probe, "http");
  const auto x = evidence[0].body.get<HttpExchange>();
  EXPECT_EQ(x.origin, fmt::format("http://app.test:{}", port));
  EXPECT_EQ(x.address, fmt::format("127.0.0.1:{}", port));
  EXPECT_EQ(x.endpoint, "endpoint");
  EXPECT_EQ(x.request.url, url(server, "/a?b=c"));
  ASSERT_TRUE(x.response);
  EXPECT_FALSE(x.failure);
  EXPECT_EQ(x.response->status, 200);
  EXPECT_EQ(x.response->body, "ok");
  EXPECT_EQ(x.response->body_bytes, 2U);
  EXPECT_EQ(x.response->body_sha256, sha256_hex("ok"));
  EXPECT_EQ(scan.statistics.http_requests, 1U);
  EXPECT_GT(scan.statistics.bytes_sent, 100U);
}

TEST_F(HttpClient, KeepsTheConnectionWhileAnswersAreClean) {
  const ScriptedServer server(always(asked, [](const auto&) { return std::string(kOk); }));
  for (int i = 0; i < 4; ++i) EXPECT_EQ(fetch_one(url(server)).response->status, 200);
  EXPECT_EQ(server.connections(), 1);
  EXPECT_EQ(scan.statistics.http_requests, 4U);
}

Task<void> fetch_into(Client& client, Request request, std::vector<Hop>& into) {
  auto hops = co_await client.fetch(std::move(request));
  for (auto& hop : hops) into.push_back(std::move(hop));
}

TEST_F(HttpClient, ConcurrentCallsTakeTurnsOnOneConnection) {
  const ScriptedServer server(always(asked, [](const std::string& r) {
    return fmt::format("HTTP/1.1 200 OK\r\nX-For: {}\r\nContent-Length: 0\r\n\r\n", r.substr(4, 2));
  }));
  std::vector<std::vector<Hop>> hops(5);
  for (std::size_t i = 0; i < hops.size(); ++i) {
    loop.spawn(fetch_into(client(), request(url(server, fmt::format("/{}", i))), hops[i]));
  }
  loop.run();
  for (std::size_t i = 0; i < hops.size(); ++i) {
    ASSERT_EQ(hops[i].size(), 1U);
    EXPECT_EQ(field_value(hops[i][0].exchange.response->fields, "X-For"), fmt::format("/{}", i));
  }
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(HttpClient, StaleConnectionIsReplacedWithoutSpendingAgain) {
  const ScriptedServer server([this](Peer& peer, int) {  // one answer a connection, then closed without a word
    asked.add(peer.request());
    peer.send(kOk);
  });
  EXPECT_EQ(fetch_one(url(server)).response->status, 200);
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_EQ(fetch_one(url(server)).response->status, 200);
  EXPECT_EQ(server.connections(), 2);
  EXPECT_EQ(scan.budget.requests_left("link"), 4);
}

TEST_F(HttpClient, RequestThatAKeptConnectionSwallowsIsRepeatedOnceWhenSafe) {
  const auto swallow_second = [this](Peer& peer, int n) {
    asked.add(peer.request());
    peer.send(kOk);
    if (n == 0) asked.add(peer.request());  // and closes
  };
  const ScriptedServer server(swallow_second);
  EXPECT_EQ(fetch_one(url(server)).response->status, 200);
  EXPECT_EQ(fetch_one(url(server)).response->status, 200);
  EXPECT_EQ(asked.all().size(), 3U);
  EXPECT_EQ(scan.budget.requests_left("link"), 4);

  const ScriptedServer other(swallow_second);
  EXPECT_EQ(fetch_one(url(other)).response->status, 200);
  auto post = request(url(other));
  post.method = "POST";
  EXPECT_EQ(failure_code(fetch(post).at(0).exchange), "connection");
  EXPECT_EQ(other.connections(), 1);
}

TEST_F(HttpClient, BytesThatNobodyAskedForNeverBecomeAnAnswer) {
  const ScriptedServer server([](Peer& peer, int n) {
    peer.request();
    peer.send(kOk);
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    if (n == 0) peer.send("HTTP/1.1 500 Forged\r\nContent-Length: 0\r\n\r\n");
    peer.wait();
  });
  EXPECT_EQ(fetch_one(url(server)).response->status, 200);
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_EQ(fetch_one(url(server)).response->status, 200);
  EXPECT_EQ(server.connections(), 2);
}

TEST_F(HttpClient, FollowsRedirectsHopByHopOnTheSameLink) {
  const ScriptedServer server(always(asked, [](const std::string& r) {
    if (r.starts_with("GET /a ")) return redirect_to("/b");
    if (r.starts_with("GET /b ")) return redirect_to("c#fragment", 307);
    return std::string(kOk);
  }));
  auto r = request(url(server, "/a"));
  r.max_redirects = 5;
  r.redirect_hosts = {"app.test"};
  const auto hops = fetch(r);
  ASSERT_EQ(hops.size(), 3U);
  EXPECT_EQ(hops[2].exchange.request.url, url(server, "/c"));
  EXPECT_EQ(hops[2].exchange.hop, 2);
  EXPECT_EQ(hops[2].exchange.previous, hops[1].evidence_id);
  EXPECT_EQ(hops[1].exchange.previous, hops[0].evidence_id);
  EXPECT_EQ(hops[0].exchange.previous, "");
  EXPECT_EQ(scan.budget.requests_left("link"), 3);
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(HttpClient, RedirectChainEndsAtLoopsLimitsAndForeignHosts) {
  const ScriptedServer server(always(asked, [](const std::string& r) {
    if (r.starts_with("GET /loop ")) return redirect_to("/loop2");
    if (r.starts_with("GET /loop2 ")) return redirect_to("/loop");
    if (r.starts_with("GET /foreign ")) return redirect_to("https://foreign.test/");
    if (r.starts_with("GET /user ")) return redirect_to("http://a:b@app.test/");
    if (r.starts_with("GET /scheme ")) return redirect_to("file:///etc/passwd");
    return redirect_to(fmt::format("/more{}", r.size()) + "x");
  }));
  const auto last = [&](const char* path, int most, std::size_t hops_expected) {
    forget_client();
    scan.budget = Budget(Budget::Limits{});
    auto r = request(url(server, path));
    r.max_redirects = most;
    r.redirect_hosts = {"app.test"};
    const auto hops = fetch(r);
    EXPECT_EQ(hops.size(), hops_expected) << path;
    EXPECT_EQ(hops.back().exchange.response->status, 302) << path;
  };
  last("/loop", 5, 2);
  last("/foreign", 5, 1);
  last("/user", 5, 1);
  last("/scheme", 5, 1);
  last("/endless", 2, 3);
  last("/none", 0, 1);
}

TEST_F(HttpClient, RedirectToAnotherOriginCarriesNoCredentials) {
  const ScriptedServer target(always(asked, [](const auto&) { return std::string(kOk); }));
  Asked first;
  const ScriptedServer server(always(first, [&](const auto&) { return redirect_to(url(target, "/", "other.test")); }));
  auto r = request(url(server));
  r.max_redirects = 1;
  r.redirect_hosts = {"app.test", "other.test"};
  r.fields = {{"Authorization", "JWT secret-token"}, {"X-Keep", "yes"}};
  r.secrets = {"secret-token"};
  r.credential = credential::kUserJwt;
  const auto hops = fetch(r);
  ASSERT_EQ(hops.size(), 2U);
  EXPECT_THAT(first.all().at(0), HasSubstr("Authorization: JWT secret-token\r\n"));
  EXPECT_THAT(asked.all().at(0), Not(HasSubstr("secret-token")));
  EXPECT_THAT(asked.all().at(0), HasSubstr("X-Keep: yes"));
  EXPECT_EQ(hops[0].exchange.request.credential, credential::kUserJwt);
  EXPECT_EQ(hops[1].exchange.request.credential, credential::kNone);
}

TEST_F(HttpClient, RedirectIsGuardedAgain) {
  resolver.answer("inside.test", {"10.0.0.1"});
  const ScriptedServer server(always(asked, [](const auto&) { return redirect_to("http://inside.test/"); }));
  auto r = request(url(server));
  r.max_redirects = 3;
  r.redirect_hosts = {"app.test", "inside.test"};
  const auto hops = fetch(r);
  ASSERT_EQ(hops.size(), 2U);
  EXPECT_EQ(failure_code(hops[1].exchange), "egress-refused");
  EXPECT_EQ(hops[1].exchange.address, "");
}

TEST_F(HttpClient, PostBecomesGetAfter303AndStaysAfter307) {
  const ScriptedServer server(always(asked, [](const std::string& r) {
    if (r.starts_with("POST /see ")) return redirect_to("/end", 303);
    if (r.starts_with("POST /same ")) return redirect_to("/end", 307);
    return std::string(kOk);
  }));
  for (const auto* path : {"/see", "/same"}) {
    auto r = request(url(server, path));
    r.method = "POST";
    r.body = "{}";
    r.body_type = "application/json";
    r.max_redirects = 1;
    r.redirect_hosts = {"app.test"};
    EXPECT_EQ(fetch(r).size(), 2U);
  }
  const auto all = asked.all();
  ASSERT_EQ(all.size(), 4U);
  EXPECT_THAT(all[0], HasSubstr("Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"));
  EXPECT_TRUE(all[1].starts_with("GET /end "));
  EXPECT_TRUE(all[3].starts_with("POST /end "));
  EXPECT_TRUE(all[3].ends_with("\r\n\r\n{}"));
}

TEST_F(HttpClient, SecretsAreNeverRecorded) {
  const ScriptedServer server(always(asked, [](const auto&) {
    return std::string("HTTP/1.1 200 s3cr+t\r\nX-Echo: s3cr+t\r\nContent-Length: 23\r\n\r\ns3cr+t and s3cr%2Bt end");
  }));
  auto r = request(url(server, "/?jwt=s3cr%2Bt"));
  r.fields = {{"Authorization", "JWT s3cr+t"}, {"X-Other", "s3cr+t"}};
  r.body = "body s3cr+t";
  r.method = "POST";
  r.secrets = {"s3cr+t"};
  const auto hops = fetch(r);
  EXPECT_THAT(asked.all().at(0), HasSubstr("s3cr+t"));
  const auto recorded = dump_json(evidence.at(0).body);
  EXPECT_THAT(recorded, Not(HasSubstr("s3cr")));
  EXPECT_EQ(field_value(hops[0].exchange.request.fields, "Authorization"), "JWT REDACTED");
  EXPECT_EQ(field_value(hops[0].exchange.request.fields, "X-Other"), "REDACTED");
  EXPECT_THAT(hops[0].exchange.request.url, HasSubstr("?jwt=REDACTED"));
  EXPECT_EQ(hops[0].exchange.response->body, "REDACTED and REDACTED end");
  EXPECT_EQ(hops[0].body, "s3cr+t and s3cr%2Bt end");
}

}  // namespace
}  // namespace assay::net::http

#include "net/http/client.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <mutex>
#include <set>

#include "base/text.h"
#include "http_server.h"
#include "malformed/corpus.h"
#include "model/evidence.h"
#include "net/http/probe.h"
#include "net/request_log.h"
#include "net/request_signer.h"
#include "net/tls/probe.h"
#include "tls_testing.h"

namespace assay::net::http {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::Peer;
using testing::ScriptedServer;

constexpr std::string_view kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

// What servers were asked, from their threads.
class Asked {
 public:
  void add(std::string request) {
    const std::scoped_lock lock(mutex_);
    all_.push_back(std::move(request));
  }
  std::vector<std::string> all() const {
    const std::scoped_lock lock(mutex_);
    return all_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> all_;
};

// Answers every request on every connection with `answer(request)`.
ScriptedServer::Serve always(Asked& asked, std::function<std::string(const std::string&)> answer) {
  return [&asked, answer = std::move(answer)](Peer& peer, int) {
    for (auto request = peer.request(); !request.empty(); request = peer.request()) {
      asked.add(request);
      if (!peer.send(answer(request))) return;
    }
  };
}

std::string redirect_to(const std::string& location, int status = 302) {
  return fmt::format("HTTP/1.1 {} Moved\r\nLocation: {}\r\nContent-Length: 0\r\n\r\n", status, location);
}

class HttpClient : public ::testing::Test {
 protected:
  HttpClient() {
    settings.allowed_networks.push_back(*parse_cidr("127.0.0.0/8"));
    settings.refused_ports.clear();
    settings.host_requests_per_second = 0;
    settings.host_failures_to_pause = 0;
    settings.request_timeout = Duration(5000);
    settings.user_agent = "Assay-test/1";
    scan.scan_id = "scan";
    scan.deadline = deadline_in(std::chrono::seconds(120));
    scan.budget = Budget({.validation_requests = 2, .requests_per_link = 6, .bytes = 64U << 20U});
    scan.record = [this](Evidence e) {
      evidence.push_back(std::move(e));
      return evidence.back().id;
    };
    for (const auto* host : {"app.test", "other.test", "foreign.test"}) resolver.answer(host, {"127.0.0.1"});
  }

  Request request(const std::string& url) {
    Request r;
    r.url = *parse_url(url);
    r.link = "link";
    r.evidence_kind = kind::kHttpPage;
    r.subject = "subject";
    r.endpoint = "endpoint";
    r.purpose = purpose::kPage;
    return r;
  }
  static std::string url(const ScriptedServer& server, const std::string& path = "/", const char* host = "app.test") {
    return fmt::format("http://{}:{}{}", host, server.port(), path);
  }

  Client& client() {
    if (!client_) {
      gate_ = std::make_unique<Gate>(loop, resolver, log, settings, signer.get());
      if (!tls_) tls_ = std::make_unique<tls::ClientContext>(*tls::TrustStore::with_files({}, true));
      client_ = std::make_unique<Client>(*gate_, scan, *tls_);
    }
    return *client_;
  }
  Gate& gate() { return *gate_; }
  tls::ClientContext& tls() { return *tls_; }
  std::vector<Hop> fetch(Request r) { return net::testing::run(loop, client().fetch(std::move(r))); }
  HttpExchange fetch_one(const std::string& url) {
    auto hops = fetch(request(url));
    EXPECT_EQ(hops.size(), 1U);
    return hops.at(0).exchange;
  }
  // Starts the next fetch with new connections.
  void forget_client() { client_.reset(); }

  Loop loop;
  net::testing::StubResolver resolver{loop};
  RequestLog log;
  GateSettings settings;
  std::unique_ptr<RequestSigner> signer;
  ScanContext scan;
  std::vector<Evidence> evidence;
  Asked asked;

 private:
  std::unique_ptr<Gate> gate_;
  std::unique_ptr<tls::ClientContext> tls_;
  std::unique_ptr<Client> client_;
};

std::string failure_code(const HttpExchange& exchange) {
  EXPECT_FALSE(exchange.response);
  return exchange.failure ? exchange.failure->code : "";
}

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

TEST_F(HttpClient, FailuresAreEvidence) {
  EXPECT_EQ(failure_code(fetch_one("http://unknown.test/")), "name-resolution");
  EXPECT_EQ(failure_code(fetch_one(fmt::format("http://app.test:{}/", net::testing::closed_port()))), "connection");
  EXPECT_EQ(failure_code(fetch_one("http://10.1.2.3/")), "egress-refused");
  const ScriptedServer plain([](Peer& peer, int) {
    peer.send("HTTP/1.1 400 Bad\r\n\r\n");
    peer.wait();
  });
  EXPECT_EQ(failure_code(fetch_one(fmt::format("https://app.test:{}/", plain.port()))), "tls");
  auto broken = request(url(plain));
  broken.fields = {{"X-A", "a\r\nX-Injected: b"}};
  EXPECT_EQ(failure_code(fetch(broken).at(0).exchange), "invalid-input");
  EXPECT_EQ(evidence.size(), 5U);
}

TEST_F(HttpClient, SpentBudgetIsEvidenceAndNothingIsSent) {
  const ScriptedServer server(always(asked, [](const auto&) { return std::string(kOk); }));
  for (int i = 0; i < 6; ++i) EXPECT_TRUE(fetch_one(url(server)).response);
  forget_client();
  EXPECT_EQ(failure_code(fetch_one(url(server))), "budget-spent");
  EXPECT_EQ(asked.all().size(), 6U);
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(HttpClient, SilentAndSlowServersMeetTheDeadline) {
  settings.request_timeout = Duration(300);
  const ScriptedServer silent([](Peer& peer, int) { peer.wait(); });
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_EQ(failure_code(fetch_one(url(silent))), "timeout");
  const ScriptedServer drip([](Peer& peer, int) {
    while (peer.send("x") && peer.send("")) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  });
  const ScriptedServer slow_head([](Peer& peer, int) {
    for (const char c : std::string(kOk) + std::string(4000, 'x')) {
      if (!peer.send({&c, 1})) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  });
  EXPECT_EQ(failure_code(fetch_one(url(drip))), "protocol");
  EXPECT_EQ(failure_code(fetch_one(url(slow_head))), "timeout");
  scan.deadline = deadline_in(Duration(100));
  settings.request_timeout = Duration(60'000);
  forget_client();
  EXPECT_EQ(failure_code(fetch_one(url(silent))), "timeout");
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(20));
}

TEST_F(HttpClient, EndlessBodiesAndHeadersStopAtTheLimits) {
  const auto pour = [](std::string head, std::string more) {
    return [head = std::move(head), more = std::move(more)](Peer& peer, int) {
      peer.request();
      for (bool taken = peer.send(head); taken; taken = peer.send(more)) {
      }
    };
  };
  const ScriptedServer body(pour("HTTP/1.1 200 OK\r\n\r\n", std::string(65536, 'b')));
  auto hops = fetch(request(url(body)));
  const auto response = *hops.at(0).exchange.response;
  EXPECT_TRUE(response.truncated);
  EXPECT_FALSE(response.complete);
  EXPECT_THAT(response.anomalies, ElementsAre("body-limit"));
  EXPECT_EQ(response.body_bytes, 2U << 20U);
  EXPECT_EQ(response.body.size(), 64U << 10U);
  EXPECT_EQ(hops[0].body.size(), 2U << 20U);

  const ScriptedServer head(pour("HTTP/1.1 200 OK\r\nA: b\r\n", "X: " + std::string(1000, 'x') + "\r\n"));
  const auto cut = *fetch_one(url(head)).response;
  EXPECT_THAT(cut.anomalies, ElementsAre("head-limit"));
  EXPECT_FALSE(fields_complete(cut));
  EXPECT_EQ(field_value(cut.fields, "A"), "b");
}

TEST_F(HttpClient, ByteBudgetStopsReading) {
  scan.budget = Budget({.validation_requests = 2, .requests_per_link = 6, .bytes = 100'000});
  const ScriptedServer server(always(asked, [](const auto&) {
    return "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + std::string(1000000, 'x');
  }));
  const auto response = fetch_one(url(server)).response;
  ASSERT_TRUE(response);
  EXPECT_THAT(response->anomalies, ElementsAre("body-stopped"));
  EXPECT_LT(response->body_bytes, 200'000U);
}

TEST_F(HttpClient, KeptBodyIsValidUtf8CutAtACharacter) {
  std::string body(65535, 'a');
  for (int i = 0; i < 10; ++i) body += "\xC3\xBC";
  const ScriptedServer server(always(asked, [&](const auto&) {
    return fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{}", body.size(), body);
  }));
  const auto response = *fetch_one(url(server)).response;
  EXPECT_EQ(response.body, std::string(65535, 'a'));
  EXPECT_TRUE(response.truncated);
  EXPECT_TRUE(response.complete);
}

TEST_F(HttpClient, RetryAfterPausesTheHost) {
  const ScriptedServer server(always(asked, [](const auto&) {
    return std::string("HTTP/1.1 503 Busy\r\nRetry-After: 120\r\nContent-Length: 0\r\n\r\n");
  }));
  EXPECT_EQ(fetch_one(url(server)).response->status, 503);
  EXPECT_EQ(failure_code(fetch_one(url(server))), "host-paused");
  EXPECT_EQ(asked.all().size(), 1U);
  EXPECT_EQ(scan.budget.requests_left("link"), 5);
}

TEST_F(HttpClient, NextAddressIsTriedWhenOneCannotBeConnected) {
  const ScriptedServer server(always(asked, [](const auto&) { return std::string(kOk); }));
  resolver.answer("two.test", {"127.0.0.77", "127.0.0.1"});
  const auto x = fetch_one(url(server, "/", "two.test"));
  ASSERT_TRUE(x.response);
  EXPECT_EQ(x.address, fmt::format("127.0.0.1:{}", server.port()));
}

TEST_F(HttpClient, UntrustedHttpsIsAskedAndSaysSo) {
  const auto certificate = tls::testing::make_certificate({});
  tls::testing::ServerSpec spec;
  spec.certificates.push_back(&certificate);
  const auto context = tls::testing::make_server(spec);
  const ScriptedServer server(always(asked, [](const auto&) { return std::string(kOk); }), context.get());
  for (int i = 0; i < 2; ++i) {
    const auto x = fetch_one(fmt::format("https://app.test:{}/", server.port()));
    ASSERT_TRUE(x.response) << x.failure->detail;
    EXPECT_EQ(x.response->status, 200);
    EXPECT_FALSE(x.tls_trusted);
  }
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(HttpClient, ReadsTheMalformedCorpusOverLoopback) {
  settings.request_timeout = Duration(2000);
  std::set<std::string> unread;
  int read = 0;
  for (const auto& c : malformed::load_corpus()) {
    SCOPED_TRACE(c.name);
    const ScriptedServer server([&c](Peer& peer, int) {
      peer.request();
      for (const auto& part : c.parts) {
        if (part.pause_ms == 0) {
          if (!peer.send(part.bytes)) return;
          continue;
        }
        for (const char byte : part.bytes) {
          if (!peer.send({&byte, 1})) return;
          std::this_thread::sleep_for(std::chrono::milliseconds(part.pause_ms));
        }
      }
      if (c.end == "wait") return peer.wait();
      if (c.end != "reset") return;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));  // the client reads first
      peer.reset();
    });
    forget_client();
    scan.budget = Budget(Budget::Limits{});
    const auto x = fetch_one(url(server));
    ASSERT_NE(x.response.has_value(), x.failure.has_value());
    const bool found = x.response && field_value(x.response->fields, malformed::kField) == malformed::kValue;
    if (found) ++read;
    if (!found) unread.insert(c.name);
    if (x.failure) {
      EXPECT_EQ(x.failure->code, c.expect.value("error", "")) << x.failure->detail;
    } else {
      EXPECT_EQ(x.response->status, c.expect.value("status", 0));
    }
  }
  EXPECT_GE(read, 65);
  EXPECT_EQ(unread, (std::set<std::string>{"binary", "chunk-trailer-hsts", "cr-only", "cut-in-value", "empty",
                                           "endless-fields-first", "http-0.9", "interim-flood", "interim-only",
                                           "other-protocol", "silent", "stalls-in-head", "status-not-a-number"}));
}

SurfaceOrigin origin_of(const ScriptedServer& server) {
  SurfaceOrigin origin;
  origin.origin = fmt::format("http://app.test:{}", server.port());
  origin.scheme = "http";
  origin.host = "app.test";
  origin.port = server.port();
  return origin;
}

Task<void> probe_and_end(Client& client, ScanContext& scan, SurfaceOrigin origin, const OriginProbeSettings& settings,
                         bool& ended) {
  co_await probe_origin(client, scan, std::move(origin), settings);
  ended = true;
}

TEST_F(HttpClient, OriginProbeAsksItsQuestionsWithinSix) {
  const auto certificate = tls::testing::make_certificate({});
  tls::testing::ServerSpec spec;
  spec.certificates.push_back(&certificate);
  const auto context = tls::testing::make_server(spec);
  const ScriptedServer secure(always(asked,
                                     [](const std::string& r) {
                                       if (r.starts_with("GET / ")) return redirect_to("/login");
                                       return std::string(kOk);
                                     }),
                              context.get());
  Asked plain_asked;
  const ScriptedServer plain(always(plain_asked, [](const auto&) { return redirect_to("https://app.test/", 301); }));
  auto origin = origin_of(secure);
  origin.scheme = "https";
  origin.origin = fmt::format("https://app.test:{}", secure.port());
  OriginProbeSettings questions;
  questions.plain_ports.emplace_back(secure.port(), plain.port());
  bool ended = false;
  loop.spawn(probe_and_end(client(), scan, origin, questions, ended));
  loop.run();
  ASSERT_TRUE(ended);
  std::vector<std::string> purposes;
  for (const auto& e : evidence) {
    EXPECT_EQ(e.kind, kind::kHttpOrigin);
    EXPECT_EQ(e.subject, origin.origin);
    purposes.push_back(e.body.get<HttpExchange>().request.purpose);
  }
  EXPECT_THAT(purposes, ElementsAre("front", "front", "plain-http", "missing-path", "options", "trace"));
  EXPECT_EQ(scan.budget.requests_left(origin.origin), 0);
  ASSERT_EQ(plain_asked.all().size(), 1U);
  const auto all = asked.all();
  ASSERT_EQ(all.size(), 5U);
  EXPECT_TRUE(all[2].starts_with("GET /assay-"));
  EXPECT_TRUE(all[3].starts_with("OPTIONS / "));
  EXPECT_TRUE(all[4].starts_with("TRACE / "));
  EXPECT_THAT(all[4], HasSubstr("\r\nX-Assay-Trace: "));

  // The TLS probe takes over the handshake that was made.
  const int before = secure.connections();
  loop.spawn(tls::probe_origin(gate(), scan, tls(), origin, tls::EnumerationMode::full, false, true));
  loop.run();
  EXPECT_EQ(secure.connections(), before);
  ASSERT_EQ(evidence.back().kind, kind::kTlsHandshake);
  EXPECT_EQ(evidence.back().subject, origin.origin);
  const auto handshake = evidence.back().body.get<TlsHandshake>();
  EXPECT_FALSE(handshake.failure);
  EXPECT_EQ(handshake.host, "app.test");
  EXPECT_EQ(handshake.chain.size(), 1U);
}

TEST_F(HttpClient, OriginProbeLeavesForeignOriginsAlone) {
  const ScriptedServer server(always(asked, [](const auto&) { return std::string(kOk); }));
  auto origin = origin_of(server);
  origin.own = false;
  bool ended = false;
  loop.spawn(probe_and_end(client(), scan, origin, {}, ended));
  loop.run();
  EXPECT_TRUE(ended);
  EXPECT_TRUE(evidence.empty());
  EXPECT_EQ(server.connections(), 0);
}

}  // namespace
}  // namespace assay::net::http

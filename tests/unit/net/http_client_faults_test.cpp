// What the HTTP client makes of servers that fail, stall, pour or lie, and of its own limits.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <set>
#include <thread>

#include "http_client_fixture.h"
#include "malformed/corpus.h"
#include "tls_testing.h"

namespace assay::net::http {
namespace {

using testing::always;
using ::testing::ElementsAre;
using testing::failure_code;
using testing::HttpClient;
using testing::kOk;
using testing::Peer;
using testing::ScriptedServer;

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

}  // namespace
}  // namespace assay::net::http

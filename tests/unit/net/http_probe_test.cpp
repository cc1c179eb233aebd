#include "net/http/probe.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http_client_fixture.h"
#include "net/tls/probe.h"
#include "tls_testing.h"

namespace assay::net::http {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using OriginProbe = testing::HttpClient;
using testing::always;
using testing::Asked;
using testing::kOk;
using testing::redirect_to;
using testing::ScriptedServer;

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

TEST_F(OriginProbe, AsksItsQuestionsWithinSix) {
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

TEST_F(OriginProbe, LeavesForeignOriginsAlone) {
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

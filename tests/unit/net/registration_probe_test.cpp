// Looks into registries on loopback, over a real gate.

#include <algorithm>

#include "http_client_fixture.h"
#include "net/registration/probe.h"

namespace assay::net::registration {
namespace {

namespace state = registration_state;
using http::testing::Asked;
using http::testing::Peer;
using http::testing::ScriptedServer;

std::string answer(int status, const std::string& body, const std::string& fields = "") {
  return fmt::format("HTTP/1.1 {} X\r\nContent-Type: application/rdap+json\r\n{}Content-Length: {}\r\n\r\n{}", status,
                     fields, body.size(), body);
}

std::string registered(const std::string& name = "example.test") {
  return answer(200, fmt::format(R"({{"objectClassName":"domain","ldhName":"{}","status":["active"]}})", name));
}

class RegistrationProbe : public http::testing::HttpClient {
 protected:
  RegistrationProbe() {
    settings_.queries_per_second = 0;
    settings_.second_look = Duration(0);
    settings_.longest_wait = Duration(2000);
    for (const auto* host : {"rdap.test", "other-rdap.test", "whois.test"}) resolver.answer(host, {"127.0.0.1"});
  }

  void rdap_at(std::uint16_t port) { rdap_["test"] = fmt::format("http://rdap.test:{}/", port); }

  void whois_at(std::uint16_t port) {
    WhoisServer server;
    server.host = "whois.test";
    server.port = port;
    server.query = "{domain}\r\n";  // the scripted server waits for an empty line
    server.states = {{std::string(state::kFree), {"not found"}},
                     {std::string(state::kRegistered), {"domain: {domain}"}},
                     {std::string(state::kThrottled), {"too fast"}}};
    servers_.push_back(std::move(server));
  }

  Registration look_up(const std::string& domain = "example.test", const std::string& parent_says = "") {
    return net::testing::run(loop, registration::look_up(registry(), scan, domain, parent_says));
  }

  Registry& registry() {
    client();
    if (!registry_) {
      std::map<std::string, std::size_t, std::less<>> whois;
      if (!servers_.empty()) whois["test"] = 0;
      registries_ = Registries(rdap_, whois, servers_, {});
      registry_ = std::make_unique<Registry>(gate(), tls(), registries_, settings_);
    }
    return *registry_;
  }

  std::vector<Registration> recorded() const {
    std::vector<Registration> all;
    for (const auto& e : evidence) {
      EXPECT_EQ(e.kind, kind::kRegistration);
      all.push_back(*decode_json<Registration>(e.body, e.id));
    }
    return all;
  }

  Settings settings_;

 private:
  std::map<std::string, std::string, std::less<>> rdap_;
  std::vector<WhoisServer> servers_;
  Registries registries_;
  std::unique_ptr<Registry> registry_;
};

ScriptedServer::Serve whois_answer(Asked& asked, std::string text) {
  return [&asked, text = std::move(text)](Peer& peer, int) {
    asked.add(peer.request());
    peer.send(text);
  };
}

TEST_F(RegistrationProbe, AsksRdapAndRecordsWhatItSays) {
  const ScriptedServer server(http::testing::always(asked, [](const std::string&) { return registered(); }));
  rdap_at(server.port());
  const auto r = look_up("example.test", "delegated");
  EXPECT_EQ(r.state, state::kRegistered);
  EXPECT_EQ(r.protocol, "rdap");
  EXPECT_EQ(r.parent_says, "delegated");
  ASSERT_EQ(recorded().size(), 1U);
  EXPECT_EQ(evidence[0].subject, "example.test");
  ASSERT_EQ(asked.all().size(), 1U);
  EXPECT_TRUE(asked.all()[0].starts_with("GET /domain/example.test HTTP/1.1\r\n"));
  EXPECT_NE(asked.all()[0].find("application/rdap+json, application/json;q=0.9"), std::string::npos);
  EXPECT_EQ(scan.statistics.http_requests, 1U);
  EXPECT_TRUE(scan.budget.requests_by_link().empty()) << "the app's budget is not spent on registries";
}

TEST_F(RegistrationProbe, LooksTwiceAtAFreeName) {
  const ScriptedServer server(http::testing::always(asked, [](const std::string&) { return answer(404, ""); }));
  rdap_at(server.port());
  EXPECT_EQ(look_up("example.test", "nxdomain").state, state::kFree);
  ASSERT_EQ(recorded().size(), 2U);
  EXPECT_EQ(recorded()[0].state, state::kFree);
  EXPECT_NE(evidence[0].id, evidence[1].id);
  EXPECT_LT(evidence[0].time, evidence[1].time);
}

TEST_F(RegistrationProbe, LeavesTheSecondLookOutWhenThereIsNoTime) {
  settings_.second_look = std::chrono::hours(1);
  const ScriptedServer server(http::testing::always(asked, [](const std::string&) { return answer(404, ""); }));
  rdap_at(server.port());
  EXPECT_EQ(look_up().state, state::kFree);
  EXPECT_EQ(recorded().size(), 1U);
}

TEST_F(RegistrationProbe, AsksForADomainOnce) {
  const ScriptedServer server(http::testing::always(asked, [](const std::string&) { return registered(); }));
  rdap_at(server.port());
  std::optional<Registration> first, second;
  loop.spawn(net::testing::keep(registration::look_up(registry(), scan, "example.test", ""), first));
  loop.spawn(net::testing::keep(registration::look_up(registry(), scan, "example.test", "delegated"), second));
  loop.run();
  EXPECT_EQ(look_up().state, state::kRegistered) << "from what is remembered";
  EXPECT_EQ(asked.all().size(), 1U);
  ASSERT_EQ(recorded().size(), 3U) << "each scan has its own record";
  EXPECT_EQ(second->parent_says, "delegated");
  EXPECT_EQ(evidence[0].time, evidence[2].time) << "with the time at which it was seen";
}

TEST_F(RegistrationProbe, AsksAServerNoFasterThanAllowed) {
  settings_.queries_per_second = 20;
  const ScriptedServer server(http::testing::always(
      asked, [](const std::string& request) { return registered(request.substr(12, request.find(' ', 12) - 12)); }));
  rdap_at(server.port());
  const auto begun = std::chrono::steady_clock::now();
  std::vector<std::optional<Registration>> said(4);
  for (std::size_t i = 0; i < said.size(); ++i)
    loop.spawn(net::testing::keep(registration::look_up(registry(), scan, fmt::format("d{}.test", i), ""), said[i]));
  loop.run();
  for (const auto& r : said) EXPECT_EQ(r->state, state::kRegistered);
  EXPECT_GE(std::chrono::steady_clock::now() - begun, std::chrono::milliseconds(150));
}

TEST_F(RegistrationProbe, WaitsAsLongAsItIsAskedToAndTriesOnceMore) {
  int requests = 0;
  const ScriptedServer server(http::testing::always(asked, [&](const std::string&) {
    return requests++ == 0 ? answer(429, "", "Retry-After: 1\r\n") : registered();
  }));
  rdap_at(server.port());
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_EQ(look_up().state, state::kRegistered);
  EXPECT_GE(std::chrono::steady_clock::now() - begun, std::chrono::milliseconds(990));
}

TEST_F(RegistrationProbe, ThrottledIsNotFree) {
  const ScriptedServer server(
      http::testing::always(asked, [](const std::string&) { return answer(429, "", "Retry-After: 3600\r\n"); }));
  const ScriptedServer whois(whois_answer(asked, "not found\r\n"));
  rdap_at(server.port());
  whois_at(whois.port());
  EXPECT_EQ(look_up().state, state::kThrottled);
  EXPECT_EQ(asked.all().size(), 1U) << "the limit is meant for WHOIS, too";
}

TEST_F(RegistrationProbe, FollowsRedirectsThroughTheGate) {
  const ScriptedServer target(http::testing::always(asked, [](const std::string&) { return registered(); }));
  const ScriptedServer server(http::testing::always(asked, [&](const std::string&) {
    return http::testing::redirect_to(fmt::format("http://other-rdap.test:{}/domain/example.test", target.port()));
  }));
  rdap_at(server.port());
  EXPECT_EQ(look_up().state, state::kRegistered);
}

TEST_F(RegistrationProbe, RefusesBadRedirects) {
  resolver.answer("inside.test", {"10.0.0.1"});
  const ScriptedServer server(http::testing::always(asked, [](const std::string& request) {
    if (request.contains("/domain/a.test")) return http::testing::redirect_to("http://inside.test/domain/a.test");
    if (request.contains("/domain/b.test")) return http::testing::redirect_to("ftp://other-rdap.test/");
    return http::testing::redirect_to("http://user:password@rdap.test/");
  }));
  rdap_at(server.port());
  EXPECT_EQ(look_up("a.test").failure->code, "egress-refused");
  EXPECT_EQ(look_up("b.test").failure->code, "protocol");
  EXPECT_EQ(look_up("c.test").failure->code, "protocol");
  for (const auto& r : recorded()) EXPECT_EQ(r.state, state::kUnknown);
}

TEST_F(RegistrationProbe, ARedirectRoundAndRoundEnds) {
  const ScriptedServer server(http::testing::always(
      asked, [](const std::string&) { return http::testing::redirect_to("/domain/example.test"); }));
  rdap_at(server.port());
  EXPECT_EQ(look_up().failure->code, "limit-exceeded");
  EXPECT_EQ(asked.all().size(), 6U);
}

TEST_F(RegistrationProbe, AsksWhoisWhereThereIsNoRdap) {
  const ScriptedServer whois(whois_answer(asked, "domain: EXAMPLE.TEST\r\n"));
  whois_at(whois.port());
  const auto r = look_up();
  EXPECT_EQ(r.state, state::kRegistered);
  EXPECT_EQ(r.protocol, "whois");
  EXPECT_EQ(r.server, fmt::format("whois.test:{}", whois.port()));
  EXPECT_EQ(asked.all(), std::vector<std::string>{"example.test\r\n\r\n"});
}

TEST_F(RegistrationProbe, AsksWhoisWhenRdapCannotBeRead) {
  const ScriptedServer server(
      http::testing::always(asked, [](const std::string&) { return answer(200, "<html>not found</html>"); }));
  const ScriptedServer whois(whois_answer(asked, "not found\r\n"));
  rdap_at(server.port());
  whois_at(whois.port());
  EXPECT_EQ(look_up().state, state::kFree);
  EXPECT_EQ(recorded().size(), 2U);
  EXPECT_EQ(recorded()[0].protocol, "whois");
}

TEST_F(RegistrationProbe, EndsWithAnEndlessWhoisAnswer) {
  settings_.max_whois_bytes = 10'000;
  const ScriptedServer whois([](Peer& peer, int) {
    peer.request();
    while (peer.send(std::string(4096, 'x'))) {
    }
  });
  whois_at(whois.port());
  EXPECT_EQ(look_up().failure->code, "limit-exceeded");
}

TEST_F(RegistrationProbe, EndsWithASilentWhoisServer) {
  settings_.answer_timeout = Duration(200);
  const ScriptedServer whois([](Peer& peer, int) { peer.wait(); });
  whois_at(whois.port());
  const auto r = look_up();
  EXPECT_EQ(r.state, state::kUnknown);
  EXPECT_EQ(r.failure->code, "timeout");
}

TEST_F(RegistrationProbe, SaysWhenThereIsNobodyToAsk) {
  const auto r = look_up();
  EXPECT_EQ(r.state, state::kUnknown);
  EXPECT_EQ(r.protocol, "");
  EXPECT_EQ(r.failure->code, "unsupported");
  EXPECT_EQ(recorded().size(), 1U);
}

TEST_F(RegistrationProbe, NeverPutsOddNamesIntoAQuery) {
  const ScriptedServer whois(whois_answer(asked, "not found\r\n"));
  whois_at(whois.port());
  for (const auto* name : {"a\r\nb.test", "a b.test", "a/../b.test", "test", "\\010.test"})
    EXPECT_EQ(look_up(name).failure->code, "invalid-input") << name;
  EXPECT_TRUE(asked.all().empty());
}

}  // namespace
}  // namespace assay::net::registration

// What the probe of a zone makes of its parent's and its name servers' words.
#include <gtest/gtest.h>

#include <algorithm>

#include "net/dns/probe.h"
#include "unit/net/dns_fixture.h"

namespace assay::net::dns {
namespace {

using testing::DnsFixture;
using testing::DnsServers;
using testing::kFormerr;
using testing::kNxdomain;
using testing::kRefused;
using testing::kServfail;
using testing::Reply;
using testing::run;

constexpr const char* kSoaOfParent = "test SOA ns.test admin.test 1 3600 600 86400 60";
const std::string kSoaOfZone = "zone.test SOA ns1.zone.test admin.test 1 3600 600 86400 60";

// Server 1 is the resolver, 2 serves "test", 3 and 4 are the name servers of zone.test.
struct Fixture : DnsFixture {
  explicit Fixture(std::vector<std::string> allowed = {"127.0.53.0/24"}) : DnsFixture(4, std::move(allowed)) {
    resolver_says("test", "SOA", {.answer = {kSoaOfParent}});
    resolver_says("test", "NS", {.answer = {"test NS ns.test"}});
    has_address("ns.test", DnsServers::address(2));
    has_address("ns1.zone.test", DnsServers::address(3));
    has_address("ns2.zone.test", DnsServers::address(4));
    delegate({"ns1.zone.test", "ns2.zone.test"});
    world.say(2, "zone.test DS", {.aa = true, .authority = {kSoaOfParent}});
    for (const int server : {3, 4}) serve(server);
  }
  void resolver_says(const std::string& name, const std::string& type, Reply reply) {
    world.say(1, name + ' ' + type, std::move(reply));
  }
  void has_address(const std::string& name, const std::string& where) {
    resolver_says(name, "A", {.answer = {name + " A " + where}});
    resolver_says(name, "AAAA", {.authority = {kSoaOfParent}});
  }
  void delegate(const std::vector<std::string>& names, std::vector<std::string> glue = {}) {
    Reply reply{.additional = std::move(glue)};
    for (const auto& name : names) reply.authority.push_back("zone.test NS " + name);
    world.say(2, "zone.test NS", std::move(reply));
  }
  void serve(int server) { serve(server, {.aa = true, .answer = {kSoaOfZone}}); }
  void serve(int server, Reply reply) { world.say(server, "zone.test SOA", std::move(reply)); }
  DnsZone probe(const std::string& zone = "zone.test") { return run(loop, probe_zone(*client, scan, zone)); }
};

std::string states_of(const DnsZone& zone) {
  std::string out;
  for (const auto& server : zone.servers)
    for (const auto& address : server.addresses) out += (out.empty() ? "" : " ") + address.state;
  return out;
}

TEST(DnsZoneProbe, ASoundZone) {
  Fixture f;
  f.world.say(2, "zone.test DS", {.aa = true, .answer = {"zone.test DS 12345 13 2 abcdef"}});
  f.resolver_says("zone.test", "MX", {.answer = {"zone.test MX 10 mx.zone.test"}});
  f.resolver_says("zone.test", "TXT",
                  {.answer = {"zone.test TXT v=spf1 include:mail.test -all", "zone.test TXT other"}});
  const auto seen = f.probe();
  EXPECT_EQ(seen.parent, "test");
  EXPECT_EQ(seen.state, zone_state::kSound);
  EXPECT_TRUE(seen.delegation_signed);
  ASSERT_EQ(seen.servers.size(), 2U);
  EXPECT_EQ(seen.servers[0].name, "ns1.zone.test");
  EXPECT_EQ(seen.servers[0].registered_domain, "zone.test");
  EXPECT_EQ(seen.servers[0].resolution, chain_end::kAddresses);
  EXPECT_EQ(states_of(seen), "authoritative authoritative");
  ASSERT_EQ(seen.mail.size(), 2U);
  EXPECT_EQ(seen.mail[0].data, "10 mx.zone.test");
  EXPECT_EQ(mail_targets(seen.mail[1]), std::vector<std::string>{"mail.test"});
  // The parent and both servers were asked without recursion, and the evidence has their words.
  EXPECT_EQ(std::ranges::count_if(seen.answers, [](const DnsAnswer& a) { return !a.recursion && a.type == "SOA"; }), 2);
  ASSERT_EQ(f.evidence.size(), 1U);
  EXPECT_EQ(f.evidence[0].kind, kind::kDnsZone);
  EXPECT_EQ(f.evidence[0].subject, "zone.test");
  EXPECT_EQ(f.evidence[0].body, Json(seen));
}

TEST(DnsZoneProbe, EveryServerDeniesTheZone) {
  const std::pair<Reply, std::string_view> kDenials[] = {
      {{.rcode = kRefused}, server_state::kRefused},
      {{.rcode = kServfail}, server_state::kServfail},
      {{.authority = {". NS a.root-servers.net"}}, server_state::kReferral},
      {{.rcode = kNxdomain, .aa = true, .authority = {kSoaOfParent}}, server_state::kDenied},
      {{.aa = true, .authority = {kSoaOfParent}}, server_state::kDenied},
      // A resolver that happens to know.
      {{.answer = {kSoaOfZone}}, server_state::kReferral},
  };
  for (const auto& [reply, state] : kDenials) {
    Fixture f;
    for (const int server : {3, 4}) f.serve(server, reply);
    const auto seen = f.probe();
    EXPECT_EQ(seen.state, zone_state::kLame) << state;
    EXPECT_EQ(states_of(seen), std::string(state) + ' ' + std::string(state));
    EXPECT_TRUE(seen.mail.empty());
  }
}

TEST(DnsZoneProbe, SomeServersDenyTheZone) {
  Fixture f;
  f.serve(4, {.rcode = kRefused});
  const auto seen = f.probe();
  EXPECT_EQ(seen.state, zone_state::kPartlyLame);
  EXPECT_EQ(states_of(seen), "authoritative refused");
}

TEST(DnsZoneProbe, SilenceIsNeverLame) {
  Fixture f;
  f.be_impatient();
  f.serve(3, {.silent = true});
  f.serve(4, {.rcode = kRefused});
  const auto seen = f.probe();
  EXPECT_EQ(seen.state, zone_state::kUnknown);
  EXPECT_EQ(states_of(seen), "silent refused");
  // Asked twice over UDP and once over TCP.
  EXPECT_EQ(f.world.asked(3, "zone.test SOA"), 3);

  Fixture sound;
  sound.be_impatient();
  sound.serve(3, {.silent = true});
  EXPECT_EQ(sound.probe().state, zone_state::kSound);
}

TEST(DnsZoneProbe, UnclearAnswersAreNeverLame) {
  Fixture f;
  f.serve(3, {.rcode = kFormerr});
  f.serve(4, {.rcode = kRefused});
  const auto seen = f.probe();
  EXPECT_EQ(states_of(seen), "unclear refused");
  EXPECT_EQ(seen.state, zone_state::kUnknown);
}

TEST(DnsZoneProbe, AServerThatAnswersWhenAskedAgainIsNotServfail) {
  Fixture f;
  f.serve(3, {.rcode = kServfail});
  const auto seen = f.probe();
  EXPECT_EQ(states_of(seen), "servfail authoritative");
  EXPECT_EQ(f.world.asked(3, "zone.test SOA"), 2);
}

TEST(DnsZoneProbe, DelegationsToForbiddenAddressesAreNeverContacted) {
  Fixture f({"127.0.53.2/32"});
  f.has_address("ns2.zone.test", "10.0.0.53");
  const auto seen = f.probe();
  EXPECT_EQ(states_of(seen), "forbidden forbidden");
  EXPECT_EQ(seen.state, zone_state::kUnknown);
  EXPECT_EQ(f.world.asked(3), 0);
  ASSERT_TRUE(seen.answers.back().failure);
  EXPECT_EQ(seen.answers.back().failure->code, "egress-refused");
}

TEST(DnsZoneProbe, NameServersInADomainThatIsGone) {
  Fixture f;
  f.delegate({"ns1.zone.test", "ns1.gone-provider.test"});
  f.resolver_says("ns1.gone-provider.test", "A", {.rcode = kNxdomain, .authority = {kSoaOfParent}});
  auto seen = f.probe();
  EXPECT_EQ(seen.state, zone_state::kSound);
  ASSERT_EQ(seen.servers.size(), 2U);
  EXPECT_EQ(seen.servers[0].name, "ns1.gone-provider.test");
  EXPECT_EQ(seen.servers[0].resolution, chain_end::kNxdomain);
  EXPECT_EQ(seen.servers[0].registered_domain, "gone-provider.test");
  EXPECT_TRUE(seen.servers[0].addresses.empty());
  // The other one denies the zone: nobody is left who could serve it.
  Fixture lame;
  lame.delegate({"ns1.zone.test", "ns1.gone-provider.test"});
  lame.resolver_says("ns1.gone-provider.test", "A", {.rcode = kNxdomain, .authority = {kSoaOfParent}});
  lame.serve(3, {.rcode = kRefused});
  EXPECT_EQ(lame.probe().state, zone_state::kLame);
  // A name that cannot be resolved might be the one that works.
  lame.start();
  lame.resolver_says("ns1.gone-provider.test", "A", {.rcode = kServfail});
  EXPECT_EQ(lame.probe().state, zone_state::kUnknown);
}

TEST(DnsZoneProbe, GlueLeadsToServersInsideALameZone) {
  Fixture f;
  f.delegate({"ns1.zone.test"}, {"ns1.zone.test A " + DnsServers::address(3), "ns1.zone.test AAAA 2001:db8::53"});
  f.resolver_says("ns1.zone.test", "A", {.rcode = kServfail});
  f.resolver_says("ns1.zone.test", "AAAA", {.rcode = kServfail});
  f.resolver_says("ns1.zone.test", "CNAME", {.rcode = kServfail});
  f.serve(3, {.rcode = kRefused});
  const auto seen = f.probe();
  ASSERT_EQ(seen.servers.size(), 1U);
  EXPECT_EQ(seen.servers[0].resolution, chain_end::kServfail);
  EXPECT_EQ(states_of(seen), "refused forbidden");  // documentation addresses are never asked
}

TEST(DnsZoneProbe, WhatTheParentDoesNotDelegate) {
  Fixture f;
  f.world.say(2, "gone.test NS", {.rcode = kNxdomain, .aa = true, .authority = {kSoaOfParent}});
  EXPECT_EQ(f.probe("gone.test").state, zone_state::kAbsent);
  f.world.say(2, "held.test NS", {.aa = true, .authority = {kSoaOfParent}});
  EXPECT_EQ(f.probe("held.test").state, zone_state::kUndelegated);
  // NXDOMAIN without AA says nothing.
  f.world.say(2, "odd.test NS", {.rcode = kNxdomain, .authority = {kSoaOfParent}});
  EXPECT_EQ(f.probe("odd.test").state, zone_state::kUnknown);
  // The resolver fails on the parent.
  f.resolver_says("other", "SOA", {.rcode = kServfail});
  const auto seen = f.probe("zone.other");
  EXPECT_EQ(seen.state, zone_state::kUnknown);
  EXPECT_EQ(seen.parent, "");
}

TEST(DnsZoneProbe, TheZoneAboveIsNotAlwaysOneLabelUp) {
  Fixture f;
  f.resolver_says("deep.test", "SOA", {.authority = {kSoaOfParent}});
  f.world.say(2, "a.deep.test NS", {.authority = {"a.deep.test NS ns1.zone.test"}});
  f.world.say(3, "a.deep.test SOA", {.aa = true, .answer = {"a.deep.test SOA ns1.zone.test admin.test 1 2 3 4 5"}});
  const auto seen = f.probe("a.deep.test");
  EXPECT_EQ(seen.parent, "test");
  EXPECT_EQ(seen.state, zone_state::kSound);
}

TEST(DnsZoneProbe, AServerOfBothZonesAnswersForTheLowerOne) {
  Fixture f;
  f.world.say(2, "zone.test NS", {.aa = true, .answer = {"zone.test NS ns1.zone.test"}});
  const auto seen = f.probe();
  EXPECT_EQ(seen.servers.size(), 1U);
  EXPECT_EQ(seen.state, zone_state::kSound);
}

TEST(DnsZoneProbe, EveryZoneCutDownToTheHost) {
  Fixture f;
  // sub.zone.test is delegated to a server that refuses it; www.sub.zone.test is inside.
  f.resolver_says("zone.test", "SOA", {.answer = {kSoaOfZone}});
  f.resolver_says("zone.test", "NS", {.answer = {"zone.test NS ns1.zone.test"}});
  f.resolver_says("sub.zone.test", "SOA", {.rcode = kServfail});
  f.world.say(3, "sub.zone.test NS", {.authority = {"sub.zone.test NS ns2.zone.test"}});
  const auto zones = run(f.loop, probe_zones(*f.client, f.scan, std::vector<std::string>{"www.sub.zone.test"}));
  ASSERT_EQ(zones.size(), 2U);
  EXPECT_EQ(zones[0].zone, "zone.test");
  EXPECT_EQ(zones[0].state, zone_state::kSound);
  EXPECT_EQ(zones[1].zone, "sub.zone.test");
  EXPECT_EQ(zones[1].parent, "zone.test");
  EXPECT_EQ(zones[1].state, zone_state::kLame);
  EXPECT_EQ(f.evidence.size(), 2U);

  // Names that are no zones of their own are not reported.
  f.resolver_says("a.zone.test", "SOA", {.authority = {kSoaOfZone}});
  f.resolver_says("b.a.zone.test", "SOA", {.rcode = kServfail});
  f.resolver_says("a.zone.test", "NS", {.authority = {kSoaOfZone}});
  f.world.say(3, "b.a.zone.test NS", {.aa = true, .authority = {kSoaOfZone}});
  EXPECT_EQ(run(f.loop, probe_zones(*f.client, f.scan, std::vector<std::string>{"b.a.zone.test"})).size(), 1U);
  EXPECT_TRUE(run(f.loop, probe_zones(*f.client, f.scan, std::vector<std::string>{"test"})).empty());
}

}  // namespace
}  // namespace assay::net::dns

// What the probe of a host makes of what the resolver and the zones' own servers say.
#include <gtest/gtest.h>

#include <algorithm>

#include "net/dns/chain.h"
#include "net/dns/probe.h"
#include "unit/net/dns_fixture.h"

namespace assay::net::dns {
namespace {

using testing::DnsFixture;
using testing::DnsServers;
using testing::kNxdomain;
using testing::kServfail;
using testing::Reply;
using testing::run;

using Names = std::vector<std::string>;

constexpr const char* kSoaOfTest = "test SOA ns.test admin.test 1 3600 600 86400 60";

// A resolver of names under "test" that answers what each test adds; server 2 is the authority of "test".
struct Fixture : DnsFixture {
  explicit Fixture(std::vector<std::string> allowed = {"127.0.53.0/24"}) : DnsFixture(2, std::move(allowed)) {
    resolver_says(client->random_label() + ".com", "A", {.rcode = kNxdomain});
    resolver_says("test", "NS", {.answer = {"test NS ns.test"}});
    resolver_says("ns.test", "A", {.answer = {"ns.test A " + DnsServers::address(2)}});
    resolver_says("ns.test", "AAAA", {.authority = {kSoaOfTest}});
  }
  void resolver_says(const std::string& name, const std::string& type, Reply reply) {
    world.say(1, name + ' ' + type, std::move(reply));
  }
  void authority_says(const std::string& name, const std::string& type, Reply reply) {
    reply.aa = true;
    world.say(2, name + ' ' + type, std::move(reply));
  }
  DnsHost probe(const std::string& host) { return run(loop, probe_host(*client, scan, host)); }
  std::string sibling(const std::string& zone) const { return client->random_label() + '.' + zone; }
};

TEST(DnsHostProbe, AGoodHost) {
  Fixture f;
  f.resolver_says("www.test", "A", {.answer = {"www.test CNAME a.test", "a.test A 192.0.2.1", "a.test A 192.0.2.2"}});
  f.resolver_says("a.test", "AAAA", {.answer = {"a.test AAAA 2001:db8::1"}});
  f.resolver_says("www.test", "MX", {.answer = {"www.test MX 0 ."}});
  f.resolver_says(f.sibling("test"), "A", {.rcode = kNxdomain, .authority = {kSoaOfTest}});
  const auto seen = f.probe("www.test");
  EXPECT_EQ(seen.chain, (Names{"www.test", "a.test"}));
  EXPECT_EQ(seen.end, chain_end::kAddresses);
  EXPECT_EQ(seen.addresses, (Names{"192.0.2.1", "192.0.2.2", "2001:db8::1"}));
  EXPECT_FALSE(seen.nxdomain_confirmed);
  EXPECT_FALSE(seen.wildcard);
  EXPECT_FALSE(seen.resolver_rewrites);
  Names asked;
  for (const auto& answer : seen.answers) asked.push_back(answer.name + ' ' + answer.type);
  EXPECT_EQ(asked, (Names{"www.test A", "a.test AAAA", "www.test MX", "www.test TXT", "www.test CAA",
                          f.sibling("test") + " A"}));
  // The evidence is what was returned.
  ASSERT_EQ(f.evidence.size(), 1U);
  EXPECT_EQ(f.evidence[0].kind, kind::kDnsHost);
  EXPECT_EQ(f.evidence[0].subject, "www.test");
  EXPECT_EQ(f.evidence[0].body, Json(seen));
}

Names asked_for(const DnsHost& seen, std::string_view type) {
  Names names;
  for (const auto& answer : seen.answers)
    if (answer.type == type) names.push_back(answer.name);
  return names;
}

TEST(DnsHostProbe, ClimbsToTheClosestCaaRecords) {
  Fixture f;
  f.resolver_says("www.a.test", "A", {.answer = {"www.a.test A 192.0.2.1"}});
  f.resolver_says("www.a.test", "CAA", {.authority = {kSoaOfTest}});
  f.resolver_says("a.test", "CAA", {.answer = {"a.test CAA 0 issue ca.example"}});
  const auto seen = f.probe("www.a.test");
  EXPECT_EQ(asked_for(seen, "CAA"), (Names{"www.a.test", "a.test"}));
  // Nothing is known of what lies behind a name that gave no answer.
  f.resolver_says("www.b.test", "A", {.answer = {"www.b.test A 192.0.2.1"}});
  f.resolver_says("www.b.test", "CAA", {.authority = {kSoaOfTest}});
  EXPECT_EQ(asked_for(f.probe("www.b.test"), "CAA"), (Names{"www.b.test", "b.test"}));
}

TEST(DnsHostProbe, TlsaIsAskedForWhereTheAddressesAreValidated) {
  Fixture f;
  f.resolver_says("www.test", "A", {.ad = true, .answer = {"www.test A 192.0.2.1"}});
  f.resolver_says("_443._tcp.www.test", "TLSA", {.ad = true, .answer = {"_443._tcp.www.test TLSA 3 1 1 abcdef"}});
  const auto seen = f.probe("www.test");
  const auto tlsa = std::ranges::find(seen.answers, "TLSA", &DnsAnswer::type);
  ASSERT_NE(tlsa, seen.answers.end());
  EXPECT_TRUE(tlsa->authenticated);
  ASSERT_EQ(tlsa->answer.size(), 1U);
  EXPECT_EQ(tlsa->answer[0].data, "3 1 1 abcdef");
  f.resolver_says("plain.test", "A", {.answer = {"plain.test A 192.0.2.1"}});
  EXPECT_TRUE(asked_for(f.probe("plain.test"), "TLSA").empty());
}

TEST(DnsHostProbe, NxdomainIsConfirmedAtTheZonesOwnServers) {
  Fixture f;
  f.resolver_says("www.test", "A",
                  {.rcode = kNxdomain, .answer = {"www.test CNAME gone.test"}, .authority = {kSoaOfTest}});
  f.authority_says("gone.test", "A", {.rcode = kNxdomain, .authority = {kSoaOfTest}});
  const auto seen = f.probe("www.test");
  EXPECT_EQ(seen.chain, (Names{"www.test", "gone.test"}));
  EXPECT_EQ(seen.end, chain_end::kNxdomain);
  EXPECT_EQ(seen.nxdomain_confirmed, true);
  const auto proof = std::ranges::find(seen.answers, "ns.test", &DnsAnswer::server);
  ASSERT_NE(proof, seen.answers.end());
  EXPECT_TRUE(proof->authoritative);
  EXPECT_EQ(proof->rcode, "NXDOMAIN");
  EXPECT_FALSE(proof->recursion);
}

TEST(DnsHostProbe, NxdomainThatTheAuthorityContradictsOrDoesNotConfirm) {
  Fixture f;
  f.resolver_says("www.test", "A", {.rcode = kNxdomain, .authority = {kSoaOfTest}});
  f.authority_says("www.test", "A", {.answer = {"www.test A 192.0.2.1"}});
  EXPECT_EQ(f.probe("www.test").nxdomain_confirmed, false);
  // Refused, and NXDOMAIN without AA: no confirmation.
  f.resolver_says("b.test", "A", {.rcode = kNxdomain, .authority = {kSoaOfTest}});
  EXPECT_FALSE(f.probe("b.test").nxdomain_confirmed);
  f.resolver_says("c.test", "A", {.rcode = kNxdomain, .authority = {kSoaOfTest}});
  f.world.say(2, "c.test A", {.rcode = kNxdomain, .authority = {kSoaOfTest}});
  EXPECT_FALSE(f.probe("c.test").nxdomain_confirmed);
}

TEST(DnsHostProbe, AnAuthorityOnAForbiddenAddressIsNeverContacted) {
  Fixture f(std::vector<std::string>{});
  f.resolver_says("www.test", "A", {.rcode = kNxdomain, .authority = {kSoaOfTest}});
  const auto seen = f.probe("www.test");
  EXPECT_EQ(seen.end, chain_end::kNxdomain);
  EXPECT_FALSE(seen.nxdomain_confirmed);
  EXPECT_EQ(f.world.asked(2), 0);
}

TEST(DnsHostProbe, NoDataIsNotNxdomain) {
  Fixture f;
  f.resolver_says("www.test", "A", {.answer = {"www.test CNAME a.test"}, .authority = {kSoaOfTest}});
  f.resolver_says("a.test", "A", {.authority = {kSoaOfTest}});
  f.resolver_says("a.test", "AAAA", {.authority = {kSoaOfTest}});
  const auto seen = f.probe("www.test");
  EXPECT_EQ(seen.end, chain_end::kNoData);
  EXPECT_TRUE(seen.addresses.empty());
}

TEST(DnsHostProbe, OneFamilyIsEnough) {
  Fixture f;
  f.resolver_says("v6.test", "A", {.rcode = kServfail});
  f.resolver_says("v6.test", "CNAME", {.rcode = kServfail});
  f.resolver_says("v6.test", "AAAA", {.answer = {"v6.test AAAA 2001:db8::1"}});
  EXPECT_EQ(f.probe("v6.test").end, chain_end::kAddresses);
}

TEST(DnsHostProbe, ServfailBehindAChainShowsTheChain) {
  Fixture f;
  for (const auto* name : {"www.test", "a.test", "lame.test"}) f.resolver_says(name, "A", {.rcode = kServfail});
  f.resolver_says("www.test", "CNAME", {.answer = {"www.test CNAME a.test"}});
  f.resolver_says("a.test", "CNAME", {.answer = {"a.test CNAME lame.test"}});
  f.resolver_says("lame.test", "CNAME", {.rcode = kServfail});
  f.resolver_says("lame.test", "AAAA", {.rcode = kServfail});
  const auto seen = f.probe("www.test");
  EXPECT_EQ(seen.chain, (Names{"www.test", "a.test", "lame.test"}));
  EXPECT_EQ(seen.end, chain_end::kServfail);
}

TEST(DnsHostProbe, BogusIsToldFromLame) {
  Fixture f;
  f.resolver_says("www.test", "A", {.rcode = kServfail, .extended_errors = {6}});
  f.resolver_says("www.test", "A CD", {.answer = {"www.test A 192.0.2.1"}});
  const auto seen = f.probe("www.test");
  EXPECT_EQ(seen.end, chain_end::kBogus);
  EXPECT_EQ(seen.addresses, Names{"192.0.2.1"});
  EXPECT_EQ(seen.answers.at(0).extended_errors, std::vector<int>{6});
  EXPECT_TRUE(seen.answers.at(1).checking_disabled);
}

TEST(DnsHostProbe, RefusedAndSilence) {
  Fixture f;
  EXPECT_EQ(f.probe("www.test").end, chain_end::kRefused);
  f.be_impatient();
  f.resolver_says("silent.test", "A", {.silent = true});
  const auto seen = f.probe("silent.test");
  EXPECT_EQ(seen.end, chain_end::kUnknown);
  ASSERT_EQ(seen.answers.size(), 1U);
  EXPECT_TRUE(seen.answers[0].failure);
}

TEST(DnsHostProbe, LoopsAndLongChainsEnd) {
  Fixture f;
  f.resolver_says("a.test", "A", {.answer = {"a.test CNAME b.test", "b.test CNAME a.test"}});
  EXPECT_EQ(f.probe("a.test").end, chain_end::kLoop);
  // A resolver that gives up says SERVFAIL; the links say why.
  f.resolver_says("c.test", "A", {.rcode = kServfail});
  f.resolver_says("c.test", "CNAME", {.answer = {"c.test CNAME c.test"}});
  EXPECT_EQ(f.probe("c.test").end, chain_end::kLoop);
  for (int i = 0; i < 20; ++i) {
    const auto name = "n" + std::to_string(i) + ".test";
    f.resolver_says(name, "A", {.answer = {name + " CNAME n" + std::to_string(i + 1) + ".test"}});
  }
  const auto seen = f.probe("n0.test");
  EXPECT_EQ(seen.end, chain_end::kTooLong);
  EXPECT_EQ(seen.chain.size(), kChainLimit + 1);
  f.resolver_says("n16.test", "A", {.answer = {"n16.test A 192.0.2.1"}});
  Fixture g;
  for (int i = 0; i < 16; ++i) {
    const auto name = "n" + std::to_string(i) + ".test";
    g.resolver_says(name, "A", {.answer = {name + " CNAME n" + std::to_string(i + 1) + ".test"}});
  }
  g.resolver_says("n16.test", "A", {.answer = {"n16.test A 192.0.2.1"}});
  EXPECT_EQ(g.probe("n0.test").end, chain_end::kAddresses);
}

TEST(DnsHostProbe, DnameWithoutItsCnameIsFollowed) {
  Fixture f;
  f.resolver_says("a.b.old.test", "A", {.answer = {"old.test DNAME new.test"}});
  f.resolver_says("a.b.new.test", "A", {.answer = {"a.b.new.test A 192.0.2.1"}});
  const auto seen = f.probe("a.b.old.test");
  EXPECT_EQ(seen.chain, (Names{"a.b.old.test", "a.b.new.test"}));
  EXPECT_EQ(seen.end, chain_end::kAddresses);
}

TEST(DnsHostProbe, Wildcards) {
  Fixture f;
  f.resolver_says("www.w.test", "A", {.answer = {"www.w.test A 192.0.2.1"}});
  f.resolver_says(f.sibling("w.test"), "A", {.answer = {f.sibling("w.test") + " A 192.0.2.1"}});
  EXPECT_TRUE(f.probe("www.w.test").wildcard);
  f.resolver_says("other.w.test", "A", {.answer = {"other.w.test A 192.0.2.9"}});
  EXPECT_FALSE(f.probe("other.w.test").wildcard);
  // A wildcard CNAME whose target is gone.
  f.resolver_says("www.c.test", "A",
                  {.rcode = kNxdomain, .answer = {"www.c.test CNAME gone.test"}, .authority = {kSoaOfTest}});
  f.resolver_says(
      f.sibling("c.test"), "A",
      {.rcode = kNxdomain, .answer = {f.sibling("c.test") + " CNAME gone.test"}, .authority = {kSoaOfTest}});
  EXPECT_TRUE(f.probe("www.c.test").wildcard);
}

TEST(DnsHostProbe, AResolverThatRewritesIsSeen) {
  Fixture f;
  const auto control = f.client->random_label() + ".com";
  f.resolver_says(control, "A", {.answer = {control + " A 203.0.113.1"}});
  f.resolver_says("www.test", "A", {.answer = {"www.test A 203.0.113.1"}});
  const auto seen = f.probe("www.test");
  EXPECT_TRUE(seen.resolver_rewrites);
  EXPECT_EQ(seen.answers.back().name, control);
}

}  // namespace
}  // namespace assay::net::dns

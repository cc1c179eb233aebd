#include "model/takeover.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

TakeoverService service(std::string id, std::vector<std::string> suffixes, std::optional<std::size_t> labels = {}) {
  TakeoverService s;
  s.id = std::move(id);
  s.claim = Claim::claimable;
  s.suffixes = std::move(suffixes);
  s.labels = labels;
  s.pages.push_back({.all = {"nobody here"}});
  return s;
}

const TakeoverFacts& facts() {
  static const TakeoverFacts all = [] {
    auto pages = service("pages", {"pages.io"});
    pages.addresses = {"192.0.2.7", "2001:DB8::07"};
    auto other = service("random", {"cloud.net"});
    other.claim = Claim::not_claimable;
    std::vector<TakeoverService> services{service("s3", {"s3.*.aws.com", "s3.aws.com"}),
                                          service("beans", {"*.beans.com"}, 1),
                                          service("beans-old", {"beans.com"}),
                                          service("map", {"map.fast.net"}),
                                          service("fast", {"fast.net"}),
                                          service("sites", {"sites.net"}, 1),
                                          pages,
                                          other};
    std::vector<NameServerProvider> name_servers{{"cloud", "Cloud", Claim::edge, {"ns-#.dns-#.com"}, {}},
                                                 {"own", "Own", Claim::not_claimable, {".ns.own.com"}, {}}};
    std::vector<Parking> parking{{"parked", {}, {"ns#.gone.com"}}};
    std::vector<ElasticRange> elastic{{"EC2", {"198.51.100.0/25", "203.0.113.7/32"}}};
    return TakeoverFacts(services, name_servers, parking, elastic);
  }();
  return all;
}

std::string matched(std::string_view host) {
  const auto* s = facts().match(host);
  return s == nullptr ? "" : s->id;
}

TEST(TakeoverFacts, MatchWholeLabelsAtTheEnd) {
  EXPECT_EQ(matched("acme.pages.io"), "pages");
  EXPECT_EQ(matched("a.b.pages.io"), "pages");
  EXPECT_EQ(matched("pages.io"), "pages");
  EXPECT_EQ(matched("notpages.io"), "");
  EXPECT_EQ(matched("pages.io.evil.com"), "");
  EXPECT_EQ(matched(""), "");
  EXPECT_EQ(matched("."), "");
}

TEST(TakeoverFacts, TheSuffixOfMostLabelsWins) {
  EXPECT_EQ(matched("x.fast.net"), "fast");
  EXPECT_EQ(matched("x.map.fast.net"), "map");
}

TEST(TakeoverFacts, AStarIsOneLabel) {
  EXPECT_EQ(matched("b.s3.eu-west-1.aws.com"), "s3");
  EXPECT_EQ(matched("a.b.s3.eu-west-1.aws.com"), "s3");
  EXPECT_EQ(matched("b.s3.aws.com"), "s3");
  EXPECT_EQ(matched("b.s3.x.y.aws.com"), "");
  EXPECT_EQ(matched("b.elb.eu-west-1.aws.com"), "");
}

TEST(TakeoverFacts, NamesOfAnotherFormAreAnotherServices) {
  EXPECT_EQ(matched("acme.us-east-1.beans.com"), "beans");
  EXPECT_EQ(matched("acme.beans.com"), "beans-old");
  EXPECT_EQ(matched("acme.r4nd0m.us-east-1.beans.com"), "beans-old");
  EXPECT_EQ(matched("acme.sites.net"), "sites");
  EXPECT_EQ(matched("acme.west-01.sites.net"), "");
}

TEST(TakeoverFacts, MatchAddressesInAnySpelling) {
  EXPECT_EQ(facts().match_address("192.0.2.7")->id, "pages");
  EXPECT_EQ(facts().match_address("2001:db8::7")->id, "pages");
  EXPECT_EQ(facts().match_address("192.0.2.8"), nullptr);
  EXPECT_EQ(facts().elastic("198.51.100.127")->name, "EC2");
  EXPECT_EQ(facts().elastic("198.51.100.128"), nullptr);
  EXPECT_EQ(facts().elastic("203.0.113.7")->name, "EC2");
  EXPECT_EQ(facts().elastic("2001:db8::1"), nullptr);
}

TEST(TakeoverFacts, MatchNameServersByPattern) {
  EXPECT_EQ(facts().match_name_server("ns-1234.dns-07.com")->id, "cloud");
  EXPECT_EQ(facts().match_name_server("ns-.dns-07.com"), nullptr);
  EXPECT_EQ(facts().match_name_server("ns-1.dns-07.com.evil.net"), nullptr);
  EXPECT_EQ(facts().match_name_server("ada.ns.own.com")->id, "own");
  EXPECT_EQ(facts().match_name_server("ns.own.com")->id, "own");
  EXPECT_EQ(facts().match_name_server("xns.own.com"), nullptr);
  EXPECT_EQ(facts().parked_at("ns2.gone.com")->name, "parked");
  EXPECT_EQ(facts().parked_at("ns.gone.com"), nullptr);
  EXPECT_TRUE(matches_name_pattern("ns3abc.name.com", "ns#*.name.com"));
  EXPECT_FALSE(matches_name_pattern("ns3a.c.name.com", "ns#*.name.com"));
}

TEST(TakeoverFacts, BindAHostByTheFirstNameThatTells) {
  DnsHost host;
  host.host = "app.acme.com";
  host.chain = {"app.acme.com", "x.cloud.net", "acme.pages.io"};
  host.end = chain_end::kAddresses;
  EXPECT_EQ(facts().bound_service(host).by, "acme.pages.io");
  host.end = chain_end::kNxdomain;
  EXPECT_EQ(facts().bound_service(host).service, nullptr);
  host.end = chain_end::kAddresses;
  host.chain = {"app.acme.com"};
  EXPECT_EQ(facts().bound_service(host).service, nullptr);
  host.addresses = {"198.51.100.1", "192.0.2.7"};
  EXPECT_EQ(facts().bound_service(host).by, "192.0.2.7");
}

TEST(TakeoverPage, EveryConditionMustHold) {
  HttpResponseRecord response;
  response.status = 404;
  response.body = "<h1>Nobody here</h1> at acme";
  response.fields.push_back({"Location", "https://gone.example/404"});
  const auto shown = [&](const TakeoverPage& page) { return page.shown_by(response); };
  EXPECT_TRUE(shown({.all = {"Nobody", "acme"}}));
  EXPECT_FALSE(shown({.all = {"nobody"}}));
  EXPECT_FALSE(shown({.all = {"Nobody", "other"}}));
  EXPECT_TRUE(shown({.any = {"other", "acme"}}));
  EXPECT_FALSE(shown({.any = {"other"}}));
  EXPECT_FALSE(shown({.all = {"Nobody"}, .none = {"acme"}}));
  EXPECT_TRUE(shown({.all = {"Nobody"}, .status = 404}));
  EXPECT_FALSE(shown({.all = {"Nobody"}, .status = 200}));
  EXPECT_TRUE(shown({.fields = {{"location", "gone.example"}}}));
  EXPECT_FALSE(shown({.fields = {{"Server", "gone.example"}}}));
}

}  // namespace
}  // namespace assay

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/catalog.h"
#include "catalog/files.h"

namespace assay::catalog {
namespace {

using ::testing::HasSubstr;

const TakeoverFacts& shipped() {
  static const Catalog catalog = Catalog::embedded().value();
  return *catalog.takeover();
}

std::string file_with(const std::string& service, const std::string& name_server = R"(patterns: ["ns#.a.com"])") {
  return "version: 1\nsources: {own: own knowledge}\nservices:\n  - {id: a, name: A, sources: [own], " + service +
         "}\nname_servers:\n  - {id: n, name: N, class: edge, sources: [own], " + name_server + "}\n";
}

std::string error_of(const std::string& text) {
  const auto facts = read_takeover(text, "takeover.yaml");
  return facts ? "" : facts.error().message();
}

TEST(TakeoverFile, ReadsWhatItSays) {
  const auto facts = read_takeover(
      file_with(
          "class: edge, suffixes: [a.io, \"s3.*.b.com\"], labels: 1, nxdomain: true, control: x.a.io, addresses: "
          "[192.0.2.1], pages: [{all: [\"No x\"], none: [y], status: 404, header: {Server: A}, ambiguous: true}]"),
      "takeover.yaml");
  ASSERT_TRUE(facts) << facts.error().message();
  const auto* a = (*facts)->match("x.s3.eu.b.com");
  ASSERT_NE(a, nullptr);
  EXPECT_EQ(a->claim, Claim::edge);
  EXPECT_EQ(a->control, "x.a.io");
  EXPECT_TRUE(a->nxdomain);
  ASSERT_EQ(a->pages.size(), 1U);
  EXPECT_TRUE(a->pages[0].ambiguous);
  EXPECT_EQ(a->pages[0].status, 404);
  EXPECT_EQ(a->pages[0].fields[0].name, "Server");
  EXPECT_EQ((*facts)->match_address("192.0.2.1"), a);
  EXPECT_EQ((*facts)->match_name_server("ns1.a.com")->claim, Claim::edge);
}

TEST(TakeoverFile, RefusesWhatWouldMatchTooMuch) {
  const auto good = std::string(R"(class: edge, suffixes: [a.io], pages: [{all: ["No x"]}])");
  EXPECT_EQ(error_of(file_with(good)), "");
  EXPECT_THAT(error_of(file_with("class: edge, suffixes: [a.io], pages: [{status: 404}]")),
              HasSubstr("takeover.yaml:4:"));
  EXPECT_THAT(error_of(file_with("class: edge, suffixes: [a.io], pages: [{all: [\"\"]}]")), HasSubstr("is empty"));
  EXPECT_THAT(error_of(file_with("class: edge, suffixes: [io], nxdomain: true")), HasSubstr("is no suffix"));
  EXPECT_THAT(error_of(file_with("class: edge, suffixes: [\"a.*\"], nxdomain: true")), HasSubstr("is no suffix"));
  EXPECT_THAT(error_of(file_with("class: edge, suffixes: [\"a*.io\"], nxdomain: true")), HasSubstr("is no suffix"));
  EXPECT_THAT(error_of(file_with("class: edge, suffixes: [A.io], nxdomain: true")), HasSubstr("is no suffix"));
  EXPECT_THAT(error_of(file_with("class: edge, suffixes: [a.io]")), HasSubstr("nothing to tell names by"));
  EXPECT_THAT(error_of(file_with("class: not-claimable, suffixes: [a.io], nxdomain: true")),
              HasSubstr("not claimable"));
  EXPECT_THAT(error_of(file_with("class: sure, suffixes: [a.io], nxdomain: true")), HasSubstr("use one of"));
  EXPECT_THAT(error_of(file_with(good + ", control: \"X/\"")), HasSubstr("is no host name"));
  EXPECT_THAT(error_of(file_with(good, R"(patterns: ["#*#*.a.com"])")), HasSubstr("is no pattern"));
  EXPECT_THAT(error_of(file_with(good, R"(patterns: ["awsdns"])")), HasSubstr("is no pattern"));
  auto unknown_source = file_with(good);
  unknown_source.replace(unknown_source.find("sources: [own]"), 14, "sources: [rumour]");
  EXPECT_THAT(error_of(unknown_source), HasSubstr("none of the file's sources"));
}

TEST(ShippedTakeoverFacts, HoldWhatTheSourcesTaughtTheHardWay) {
  const auto matched = [](std::string_view host) {
    const auto* s = shipped().match(host);
    return s == nullptr ? "" : s->id;
  };
  EXPECT_EQ(matched("app.acme.com.s3.eu-west-1.amazonaws.com"), "aws-s3");
  EXPECT_EQ(matched("acme.eu-west-1.elb.amazonaws.com"), "aws-elb");
  EXPECT_EQ(matched("acme.elb.eu-west-1.amazonaws.com"), "aws-elb");
  EXPECT_EQ(matched("ec2-1-2-3-4.compute-1.amazonaws.com"), "");
  EXPECT_EQ(matched("github.map.fastly.net"), "fastly-map");
  EXPECT_EQ(matched("acme.azurewebsites.net"), "azure-appservice");
  EXPECT_EQ(matched("acme-a1b2.westeurope-01.azurewebsites.net"), "");
  EXPECT_EQ(shipped().match_name_server("ns-1234.awsdns-07.co.uk")->id, "aws-route53");
  EXPECT_EQ(shipped().match_name_server("ns5.he.net")->claim, Claim::claimable);
  EXPECT_EQ(shipped().match_name_server("awsdns.evil.com"), nullptr);
}

TEST(ShippedTakeoverFacts, NoPageIsShownByAnOrdinaryErrorPage) {
  HttpResponseRecord ordinary;
  for (const int status : {200, 302, 404, 409, 500}) {
    ordinary.status = status;
    for (const auto* text :
         {"", "404 Not Found", "<h1>Not Found</h1><p>The requested URL was not found on this server.</p>",
          "The page you were looking for does not exist.", "Page Not Found"}) {
      ordinary.body = text;
      for (const auto& service : shipped().services())
        for (const auto& page : service.pages) EXPECT_FALSE(page.shown_by(ordinary)) << service.id << ": " << text;
    }
  }
}

TEST(Catalog, AsksForTakeoverFactsOnlyWhereARequirementSaysSo) {
  const auto catalog = Catalog::embedded().value();
  ASSERT_NE(catalog.find("dns-dangling"), nullptr);
  EXPECT_EQ(catalog.find("dns-dangling")->takeover, catalog.takeover());
  EXPECT_EQ(catalog.find("hsts")->takeover, nullptr);
}

}  // namespace
}  // namespace assay::catalog

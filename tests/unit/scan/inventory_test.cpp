#include "scan/inventory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace assay::scan {
namespace {

using testing::ElementsAre;

SurfaceOrigin origin(std::string host, bool own, std::string registrable, bool is_private = false) {
  SurfaceOrigin o;
  o.origin = "https://" + host;
  o.scheme = "https";
  o.host = std::move(host);
  o.own = own;
  o.registrable_domain = std::move(registrable);
  o.suffix_is_private = is_private;
  o.named_by = "/baseUrl";
  return o;
}

Surface acme() {
  Surface s;
  s.app_key = "acme";
  s.source = "https://descriptors.acme-apps.com/connect.json";
  s.origins = {origin("app.acme-apps.com", true, "acme-apps.com"), origin("vendor.example.net", false, "example.net")};
  return s;
}

Evidence page(const std::string& from, int status, std::vector<HttpField> fields, std::string body = {}) {
  HttpExchange x;
  x.origin = from;
  x.request.method = "GET";
  x.request.url = from + "/page";
  x.response = HttpResponseRecord{};
  x.response->status = status;
  x.response->fields = std::move(fields);
  x.response->body = std::move(body);
  return make_evidence(kind::kHttpOrigin, from, now(), "test", Json(x));
}

std::vector<std::string> described(const HostInventory& inventory) {
  std::vector<std::string> out;
  for (const auto& h : inventory.hosts) {
    std::string line = h.host + " " + h.host_class + " " + h.registered_domain;
    for (const auto& m : h.named_by) line += " " + m.source;
    out.push_back(line);
  }
  return out;
}

TEST(Inventory, TakesTheDescriptorsHostsAndItsOwnPlace) {
  EXPECT_THAT(described(gather_hosts(acme(), {})),
              ElementsAre("app.acme-apps.com own acme-apps.com descriptor",
                          "descriptors.acme-apps.com own acme-apps.com descriptor",
                          "vendor.example.net third-party example.net descriptor"));
}

TEST(Inventory, TakesHostsOfPicturesAndLinks) {
  Surface s = acme();
  s.mentions = {{"cdn.acme-apps.com", "/modules/generalPages/0/icon/url"}, {"www.example.org", "/vendor/url"}};
  const auto inventory = gather_hosts(s, {});
  EXPECT_THAT(described(inventory), testing::IsSupersetOf({"cdn.acme-apps.com own acme-apps.com descriptor",
                                                           "www.example.org third-party example.org descriptor"}));
}

TEST(Inventory, ReadsRedirectsPoliciesAndPages) {
  Surface s = acme();
  s.source = "connect.json";
  s.origins.resize(1);
  const auto inventory = gather_hosts(
      s, {page("https://app.acme-apps.com", 302, {{"Location", "https://login.acme-apps.com/x"}}),
          page("https://app.acme-apps.com", 200,
               {{"Content-Type", "text/html; charset=utf-8"},
                {"Content-Security-Policy", "script-src https://cdn.example.org"}},
               "<script src='//code.example.com/a.js'></script><a href='https://help.acme-apps.com'>help</a>")});
  EXPECT_THAT(
      described(inventory),
      ElementsAre("app.acme-apps.com own acme-apps.com descriptor", "cdn.example.org third-party example.org csp",
                  "code.example.com third-party example.com script", "help.acme-apps.com own acme-apps.com link",
                  "login.acme-apps.com own acme-apps.com redirect"));
}

TEST(Inventory, ReadsOnlyWhatTheAppsOwnServersAnswered) {
  const auto inventory = gather_hosts(acme(), {page("https://vendor.example.net", 200, {{"Content-Type", "text/html"}},
                                                    "<a href='https://x.example'>")});
  EXPECT_THAT(inventory.hosts, testing::SizeIs(3));
}

TEST(Inventory, TellsAProvidersNameFromTheAppsOwnDomain) {
  Surface s = acme();
  s.source = "";
  s.origins = {origin("acme.herokuapp.com", true, "acme.herokuapp.com", true)};
  EXPECT_THAT(described(gather_hosts(s, {})), ElementsAre("acme.herokuapp.com provider herokuapp.com descriptor"));
}

TEST(Inventory, LeavesAddressesOut) {
  Surface s = acme();
  s.source = "";
  s.origins = {origin("192.0.2.1", true, ""), origin("[2001:db8::1]", true, ""), origin("localhost", true, "")};
  EXPECT_THAT(gather_hosts(s, {}).hosts, testing::IsEmpty());
}

TEST(Inventory, KeepsTheAppsOwnWhenThereAreTooMany) {
  std::string body;
  for (std::size_t i = 0; i < 2 * kMaxHosts; ++i) body += "<a href='https://h" + std::to_string(i) + ".example'>x</a>";
  body += "<a href='https://zz.acme-apps.com'>own</a><script src='https://zz-code.example/'></script>";
  const auto inventory =
      gather_hosts(acme(), {page("https://app.acme-apps.com", 200, {{"Content-Type", "text/html"}}, body)});
  EXPECT_EQ(inventory.hosts.size(), kMaxHosts);
  EXPECT_EQ(inventory.left_out, 2 * kMaxHosts + 5 - kMaxHosts);
  EXPECT_THAT(inventory.hosts, testing::Contains(testing::Field(&NamedHost::host, "zz.acme-apps.com")));
  EXPECT_THAT(inventory.hosts, testing::Contains(testing::Field(&NamedHost::host, "zz-code.example")));
}

}  // namespace
}  // namespace assay::scan

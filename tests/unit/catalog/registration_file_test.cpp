#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "catalog/catalog.h"
#include "catalog/files.h"
#include "model/dns.h"

namespace assay::catalog {
namespace {

constexpr auto kServices =
    R"({"version":"1.0","services":[[["example","EXAMPLE2"],["http://a.example/","https://b.example/rdap"]]]})";
constexpr auto kServers =
    "fields: {status: [Status], registered: [created], expires: [expires], registrar_expires: [x], registrar: [r]}\n"
    "states: {registered: ['domain: {domain}']}\n"
    "servers: [{host: whois.example, suffixes: [example3], port: 4343, dates: day-first}]\n";

Result<std::shared_ptr<const Registries>> read(const std::string& rdap, const std::string& whois) {
  return read_registries({"registration/rdap.json", "rdap.json", rdap},
                         {"registration/whois.yaml", "whois.yaml", whois});
}

TEST(RegistrationFiles, TheBuildsOwn) {
  const auto catalog = Catalog::embedded();
  ASSERT_TRUE(catalog) << catalog.error().message();
  const auto& registries = catalog->registries();
  ASSERT_NE(registries, nullptr);
  EXPECT_GT(registries->rdap_suffixes(), 1100U);
  EXPECT_EQ(*registries->rdap("example.com"), "https://rdap.verisign.com/com/v1/");
  EXPECT_EQ(*registries->rdap("example.co.uk"), "https://rdap.nominet.uk/uk/");
  EXPECT_EQ(registries->rdap("example.de"), nullptr) << "a guess would answer 404 for every name";
  for (const auto* suffix :
       {"de", "eu", "io", "co", "me", "ch", "li", "us", "ai", "in", "jp", "cn", "it", "ru", "se", "nu",
        "be", "at", "kr", "ac", "sh", "gg", "st", "im", "uk", "au", "nl", "fr", "pl", "cz", "br", "ca"})
    EXPECT_NE(registries->whois(std::string("example.") + suffix), nullptr) << suffix;
  EXPECT_EQ(registries->whois("example.es"), nullptr);
  EXPECT_EQ(registries->whois("example.de")->query, "-T dn,ace {domain}");
}

TEST(RegistrationFiles, ReadsBothFiles) {
  const auto registries = read(kServices, kServers);
  ASSERT_TRUE(registries) << registries.error().message();
  EXPECT_EQ(*(*registries)->rdap("a.example2"), "https://b.example/rdap/") << "https is preferred, and ends in a slash";
  const auto* server = (*registries)->whois("a.example3");
  ASSERT_NE(server, nullptr);
  EXPECT_EQ(server->port, 4343);
  EXPECT_EQ(server->dates, DateOrder::day_first);
  EXPECT_EQ((*registries)->commons().status_fields, std::vector<std::string>{"status"});
}

TEST(RegistrationFiles, SayWhatIsWrong) {
  const std::string servers(kServers);
  const auto with = [&](const std::string& server) {
    return servers.substr(0, servers.find("servers:")) + "servers: [" + server + "]\n";
  };
  const std::pair<Result<std::shared_ptr<const Registries>>, const char*> rows[] = {
      {read("{", kServers), "rdap.json"},
      {read("{}", kServers), "no list of services"},
      {read(R"({"services":[[["a"]]]})", kServers), "no pair"},
      {read(R"({"services":[[["a"],["ftp://a/"]]]})", kServers), "usable URL"},
      {read(R"({"services":[7]})", kServers), "shape"},
      {read(kServices, with("{host: a.example, suffixes: [a]}, {host: b.example, suffixes: [a]}")),
       "has a server already"},
      {read(kServices, with("{host: a.example, suffixes: [a], states: {unknown: [x]}}")), "is no state"},
      {read(kServices, with("{host: a.example, suffixes: [a], query: hello}")), "{domain}"},
      {read(kServices, with("{host: 'a b', suffixes: [a]}")), "no host name"},
      {read(kServices, with("{host: a.example, suffixes: [a], colour: red}")), "whois.yaml"},
  };
  for (const auto& [result, says] : rows) {
    ASSERT_FALSE(result) << says;
    EXPECT_NE(result.error().message().find(says), std::string::npos) << result.error().message();
  }
}

}  // namespace
}  // namespace assay::catalog

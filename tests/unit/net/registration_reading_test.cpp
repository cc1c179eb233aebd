// What single answers of registries are read as.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "net/registration/rdap.h"
#include "net/registration/whois.h"

namespace assay::net::registration {
namespace {

namespace state = registration_state;

constexpr auto kRdapJson = "application/rdap+json";

Registration rdap(std::string_view body, int status = 200) {
  return read_rdap("example.com", status, kRdapJson, body);
}

std::string domain(std::string_view members, std::string_view name = "EXAMPLE.COM") {
  return R"({"objectClassName":"domain","ldhName":")" + std::string(name) + "\"" + std::string(members) + "}";
}

std::string code_of(const Registration& r) {
  return r.failure ? r.failure->code : "";
}

TEST(Rdap, ReadsARegisteredDomain) {
  const auto r = rdap(domain(R"(,"status":["client transfer prohibited","active"],
    "events":[{"eventAction":"registration","eventDate":"1995-08-14T04:00:00Z"},
              {"eventAction":"expiration","eventDate":"2027-08-13T06:00:00.123+02:00"},
              {"eventAction":"registrar expiration","eventDate":"2027-08-13T04:00:00Z"},
              {"eventAction":"last update of RDAP database","eventDate":"2026-11-22T00:00:00Z"}],
    "entities":[{"objectClassName":"entity","roles":["registrant"],
                 "vcardArray":["vcard",[["fn",{},"text","A Person"]]]},
                {"objectClassName":"entity","roles":["registrar"],
                 "vcardArray":["vcard",[["version",{},"text","4.0"],["fn",{},"text","Registrar Inc."]]]}])"));
  EXPECT_EQ(r.state, state::kRegistered);
  EXPECT_EQ(r.statuses, (std::vector<std::string>{"client transfer prohibited", "active"}));
  EXPECT_EQ(r.registered, "1995-08-14T04:00:00.000Z");
  EXPECT_EQ(r.expires, "2027-08-13T04:00:00.123Z");
  EXPECT_EQ(r.registrar_expires, "2027-08-13T04:00:00.000Z");
  EXPECT_EQ(r.registrar, "Registrar Inc.");
  EXPECT_FALSE(r.failure);
  EXPECT_EQ(r.excerpt.find("A Person"), std::string::npos) << "the excerpt tells of people";
}

TEST(Rdap, StatusesMakeTheState) {
  const std::vector<std::pair<std::string, std::string_view>> rows = {
      {"", state::kRegistered},
      {R"(,"status":[])", state::kRegistered},
      {R"(,"status":["active"])", state::kRegistered},
      {R"(,"status":["auto renew period"])", state::kRegistered},
      {R"(,"status":["client hold"])", state::kHold},
      {R"(,"status":["serverHold"])", state::kHold},
      {R"(,"status":["pending delete"])", state::kPendingDelete},
      {R"(,"status":["pendingDelete","redemptionPeriod"])", state::kRedemption},
      {R"(,"status":["pending delete","client hold","redemption period"])", state::kRedemption},
      {R"(,"status":["Pending Restore"])", state::kRedemption},
      {R"(,"status":["reserved"])", state::kReserved},
  };
  for (const auto& [members, expected] : rows) EXPECT_EQ(rdap(domain(members)).state, expected) << members;
}

TEST(Rdap, MapsEppStatuses) {
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"ok", "active"},
      {"OK", "active"},
      {"linked", "associated"},
      {"clientHold", "client hold"},
      {"serverTransferProhibited", "server transfer prohibited"},
      {"addPeriod", "add period"},
      {"redemption period", "redemption period"},
      {"REDEMPTION PERIOD", "redemption period"},
      {"Client Hold", "client hold"},
      {"  inactive ", "inactive"},
      {"", ""},
  };
  for (const auto& [epp, expected] : rows) EXPECT_EQ(rdap_status(epp), expected) << epp;
}

TEST(Rdap, ANameThatIsNotThere) {
  EXPECT_EQ(rdap("", 404).state, state::kFree);
  EXPECT_EQ(rdap(R"({"errorCode":404,"title":"Not Found","description":["example.com not found"]})", 404).state,
            state::kFree);
  EXPECT_EQ(rdap(R"({"errorCode":404,"title":"Not Found","notices":[{"title":"Terms of Use",
                     "description":["All rights reserved. Automated queries may be blocked."]}]})",
                 404)
                .state,
            state::kFree)
      << "terms come with every answer";
  EXPECT_EQ(rdap(R"({"errorCode":404,"title":"Not Found","description":["The name is reserved"]})", 404).state,
            state::kReserved);
  EXPECT_EQ(rdap(R"({"errorCode":404,"title":"Not Found","description":"Blocked by DPML"})", 404).state,
            state::kReserved);
  const auto at_a_price = rdap(R"({"errorCode":404,"title":"Not Found",
      "notices":[{"title":"Expiry Access Period","description":["This domain is in its expiry access period."]}]})",
                               404);
  EXPECT_EQ(at_a_price.state, state::kUnknown);
  EXPECT_NE(at_a_price.excerpt.find("Expiry Access Period"), std::string::npos);
}

TEST(Rdap, NeverGuesses) {
  const std::vector<std::pair<int, std::string>> unknown = {
      {200, ""},
      {200, "<html><body>example.com is available</body></html>"},
      {200, "[]"},
      {200, "null"},
      {200, R"({"objectClassName":"nameserver","ldhName":"example.com"})"},
      {200, R"({"ldhName":"example.com"})"},
      {200, domain("", "example.org")},
      {200, domain("", "")},
      {200, R"({"objectClassName":"domain","ldhName":42})"},
      {200, R"({"errorCode":404,"title":"Not Found"})"},
      {200, std::string(100, '[')},
      {404, "<html><title>404 Not Found</title></html>"},
      {404, "Not Found"},
      {404, "{}"},
      {404, R"({"errorCode":500,"title":"Internal"})"},
      {404, R"({"message":"no route"})"},
      {400, R"({"errorCode":400})"},
      {403, ""},
      {500, ""},
      {501, ""},
      {302, ""},
  };
  for (const auto& [status, body] : unknown) {
    const auto r = rdap(body, status);
    EXPECT_EQ(r.state, state::kUnknown) << status << " " << body;
    EXPECT_TRUE(r.failure) << status << " " << body;
  }
  EXPECT_EQ(code_of(rdap("", 501)), "unsupported");
  EXPECT_EQ(rdap("", 429).state, state::kThrottled);
  EXPECT_EQ(rdap(R"({"errorCode":429,"title":"Rate limit"})").state, state::kThrottled);
}

TEST(Rdap, SurvivesOddMembers) {
  const auto r = rdap(domain(R"(,"status":[1,null,"active"],"events":[7,{"eventAction":"expiration","eventDate":"soon"},
      {"eventAction":"expiration","eventDate":"2027-01-01"},{"eventAction":"expiration"}],
      "entities":[null,{"roles":"registrar"},{"roles":["registrar"],"vcardArray":["vcard",[[],["fn"],"x"]]}])"));
  EXPECT_EQ(r.state, state::kRegistered);
  EXPECT_EQ(r.expires, "") << "a date without a time is none of RFC 3339";
  EXPECT_EQ(r.registrar, "");
  EXPECT_EQ(r.statuses, std::vector<std::string>{"active"});
}

TEST(Rdap, TheNameMayHaveADotAtItsEnd) {
  EXPECT_EQ(rdap(domain("", "Example.Com.")).state, state::kRegistered);
}

WhoisCommons commons() {
  WhoisCommons c;
  c.states = {{std::string(state::kRegistered), {"Domain Name: {domain}", "domain: {domain}"}},
              {std::string(state::kReserved), {"Reserved by Registry*"}},
              {std::string(state::kThrottled), {"*limit exceeded*"}}};
  c.status_fields = {"domain status", "status"};
  c.registered_fields = {"creation date", "created"};
  c.expires_fields = {"registry expiry date", "expires", "expires on"};
  c.registrar_expires_fields = {"registrar registration expiration date"};
  c.registrar_fields = {"registrar"};
  return c;
}

WhoisServer server() {
  WhoisServer s;
  s.host = "whois.registry.example";
  s.states = {{std::string(state::kFree), {"No match for \"{domain}\".", "% nothing found"}}};
  s.refusals = {"Requests of this client are not permitted*"};
  s.statuses = {{"in quarantine", "redemption period"}};
  return s;
}

Registration whois(std::string_view answer, const WhoisServer& s = server()) {
  return read_whois(s, commons(), "example.io", answer);
}

TEST(Whois, ReadsARegisteredDomain) {
  const auto r = whois(
      "   Domain Name: EXAMPLE.IO\r\n   Registrar: Registrar Inc.\r\n   Registrar WHOIS Server: whois.evil.example\r\n"
      "   Creation Date: 2010-05-28T00:00:00Z\r\n   Registry Expiry Date: 2027-05-28T00:00:00Z\r\n"
      "   Domain Status: clientTransferProhibited https://icann.org/epp#clientTransferProhibited\r\n"
      "   Domain Status: ok https://icann.org/epp#ok\r\n   Registrant Name: A Person\r\n"
      ">>> The registry does not guarantee that names not found here are available. <<<\r\n");
  EXPECT_EQ(r.state, state::kRegistered);
  EXPECT_EQ(r.statuses, (std::vector<std::string>{"client transfer prohibited", "active"}));
  EXPECT_EQ(r.registered, "2010-05-28T00:00:00.000Z");
  EXPECT_EQ(r.expires, "2027-05-28T00:00:00.000Z");
  EXPECT_EQ(r.registrar, "Registrar Inc.");
  EXPECT_EQ(r.excerpt.find("A Person"), std::string::npos) << r.excerpt;
}

TEST(Whois, TellsTheStates) {
  const std::vector<std::pair<std::string, std::string_view>> rows = {
      {"No match for \"EXAMPLE.IO\".\r\n", state::kFree},
      {"  %  nothing found \n", state::kFree},
      {"Reserved by Registry\n", state::kReserved},
      {"Number of queries: limit exceeded.\n", state::kThrottled},
      {"% nothing found\n% Query limit exceeded\n", state::kThrottled},
      {"domain: example.io\nstatus: in quarantine\n", state::kRedemption},
      {"domain: example.io\nstatus: pendingDelete / redemptionPeriod\n", state::kRedemption},
      {"domain: example.io\nstatus: pendingDelete\n", state::kPendingDelete},
      {"domain: example.io\nstatus: serverHold (https://icann.org/epp)\n", state::kHold},
  };
  for (const auto& [answer, expected] : rows) EXPECT_EQ(whois(answer).state, expected) << answer;
}

TEST(Whois, NeverGuesses) {
  const std::vector<std::string> rows = {
      "",
      "\r\n\r\n",
      "No match for \"OTHER.IO\".\n",
      "The domain is not found here? No match for \"EXAMPLE.IO\". Or is it?\n",
      "domain: other.io\nstatus: active\n",
      "domain: example.io\n% nothing found\n",
      "domain: example.io\n% Query limit exceeded\n",
      "Reserved by Registry\n% nothing found\n",
      "available\n",
      "NOT FOUND\n",
      std::string("\0\xff\xfe\x80", 4),
  };
  for (const auto& answer : rows) {
    const auto r = whois(answer);
    EXPECT_EQ(r.state, state::kUnknown) << answer;
    EXPECT_TRUE(r.failure) << answer;
  }
  EXPECT_EQ(code_of(whois("Requests of this client are not permitted. Please use the web.\n")), "unsupported");
}

TEST(Whois, ReadsDates) {
  const auto expires = [](const std::string& text, DateOrder order = DateOrder::year_first) {
    auto s = server();
    s.dates = order;
    return whois("domain: example.io\nexpires: " + text + "\n", s).expires;
  };
  EXPECT_EQ(expires("2027-05-28"), "2027-05-28T00:00:00.000Z");
  EXPECT_EQ(expires("2027/05/28 10:00:00 (JST)"), "2027-05-28T00:00:00.000Z");
  EXPECT_EQ(expires("2027. 05. 12."), "2027-05-12T00:00:00.000Z");
  EXPECT_EQ(expires("20270528 #123"), "2027-05-28T00:00:00.000Z");
  EXPECT_EQ(expires("28-May-2027"), "2027-05-28T00:00:00.000Z");
  EXPECT_EQ(expires("28 May 2027 at 00:00"), "2027-05-28T00:00:00.000Z");
  EXPECT_EQ(expires("28/05/2027 00:59:34", DateOrder::day_first), "2027-05-28T00:00:00.000Z");
  EXPECT_EQ(expires("03.05.2027", DateOrder::day_first), "2027-05-03T00:00:00.000Z");
  EXPECT_EQ(expires("03/05/2027"), "") << "may be March or May";
  EXPECT_EQ(expires("2027-02-30"), "");
  EXPECT_EQ(expires("2027"), "");
  EXPECT_EQ(expires("never"), "");
}

TEST(Whois, ReadsFieldsOfOtherShapes) {
  auto s = server();
  s.states[std::string(state::kRegistered)] = {"[Domain Name] {domain}", "{domain}"};
  EXPECT_EQ(whois("[Domain Name]      EXAMPLE.IO\n[Expires on]  2027/05/31\n[Status]   Active\n", s).expires,
            "2027-05-31T00:00:00.000Z");
  EXPECT_EQ(whois("Domain:\n     example.io\n\nRegistrar:\n     Registrar Ltd\n", s).registrar, "Registrar Ltd");
}

TEST(Whois, ReadsOtherCharsets) {
  auto s = server();
  s.charset = "iso-8859-1";
  EXPECT_EQ(whois("domain: example.io\nregistrar: M\xfcller GmbH\n", s).registrar, "M\xc3\xbcller GmbH");
  EXPECT_EQ(whois("domain: example.io\nregistrar: M\xfcller GmbH\n").registrar, "M\xef\xbf\xbdller GmbH");
}

TEST(Whois, MatchesWholeLines) {
  EXPECT_TRUE(line_matches("Domain Name:   EXAMPLE.IO", "domain name: {domain}", "example.io"));
  EXPECT_TRUE(line_matches("a limit exceeded b", "*limit exceeded*", "example.io"));
  EXPECT_TRUE(line_matches("abcbcd", "a*bcd", "example.io"));
  EXPECT_TRUE(line_matches("", "*", "example.io"));
  EXPECT_FALSE(line_matches("xabcd", "abc*", "example.io"));
  EXPECT_FALSE(line_matches("Domain Name: sub.example.io", "domain name: {domain}", "example.io"));
  EXPECT_FALSE(line_matches("a", "", "example.io"));
}

TEST(Whois, AsksInTheServersForm) {
  auto s = server();
  EXPECT_EQ(whois_query(s, "example.io"), "example.io\r\n");
  s.query = "-T dn,ace {domain}";
  EXPECT_EQ(whois_query(s, "example.de"), "-T dn,ace example.de\r\n");
}

TEST(Registries, TheLongestSuffixByLabelsCounts) {
  const Registries registries({{"uk", "https://uk/"}, {"co.uk", "https://co.uk/"}, {"com", "https://com/"}},
                              {{"", 0}, {"io", 1}}, {server(), server()}, commons());
  EXPECT_EQ(*registries.rdap("example.co.uk"), "https://co.uk/");
  EXPECT_EQ(*registries.rdap("example.xco.uk"), "https://uk/");
  EXPECT_EQ(*registries.rdap("com"), "https://com/");
  EXPECT_EQ(registries.rdap("example.xcom"), nullptr);
  EXPECT_EQ(registries.whois("example.io"), &registries.whois_servers()[1]);
  EXPECT_EQ(registries.whois("example.net"), registries.whois_servers().data()) << "the root's entry";
}

}  // namespace
}  // namespace assay::net::registration

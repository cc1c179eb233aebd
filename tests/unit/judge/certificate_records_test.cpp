#include "judge/certificate_records.h"

#include <gtest/gtest.h>

#include "base/bytes.h"

namespace assay::judge {
namespace {

const std::string kLeaf(64, 'a'), kLeafKey(64, 'b'), kIssuer(64, 'c'), kIssuerKey(64, 'd'), kOther(64, 'e');

std::vector<CertificateRecord> chain() {
  CertificateRecord leaf, issuer;
  leaf.sha256 = kLeaf;
  leaf.spki_sha256 = kLeafKey;
  issuer.sha256 = kIssuer;
  issuer.spki_sha256 = kIssuerKey;
  return {leaf, issuer};
}

TlsaMatch match(const std::string& record) {
  return match_tlsa({record}, chain());
}

TEST(Tlsa, UsageAndSelectorSayWhatIsCompared) {
  EXPECT_EQ(match("3 1 1 " + kLeafKey), TlsaMatch::agrees);
  EXPECT_EQ(match("3 0 1 " + kLeaf), TlsaMatch::agrees);
  EXPECT_EQ(match("1 1 1 " + kLeafKey), TlsaMatch::agrees);
  EXPECT_EQ(match("2 1 1 " + kIssuerKey), TlsaMatch::agrees);
  EXPECT_EQ(match("0 0 1 " + kIssuer), TlsaMatch::agrees);
  EXPECT_EQ(match("3 0 1 " + kLeafKey), TlsaMatch::differs);
  EXPECT_EQ(match("3 0 1 " + kIssuer), TlsaMatch::differs);
  EXPECT_EQ(match("2 0 1 " + kOther), TlsaMatch::differs);
  EXPECT_EQ(match("0 0 1 " + kOther), TlsaMatch::open);
}

TEST(Tlsa, WholeKeysAreComparedByTheirHash) {
  auto served = chain();
  served[0].spki_sha256 = sha256_hex("key");
  EXPECT_EQ(match_tlsa({"3 1 0 " + to_hex(as_bytes("key"))}, served), TlsaMatch::agrees);
  EXPECT_EQ(match_tlsa({"3 1 0 " + to_hex(as_bytes("yek"))}, served), TlsaMatch::differs);
}

TEST(Tlsa, WhatCannotBeReadIsOpen) {
  for (const auto* record : {"", "3 1 1", "3 1 1 xyz", "3 1 2 00", "4 1 1 00", "3 2 1 00", "33 1 1 00", "3 1 1 00 00"})
    EXPECT_EQ(match(record), TlsaMatch::open) << record;
}

TEST(Tlsa, OneRecordThatAgreesIsEnough) {
  EXPECT_EQ(match_tlsa({"3 1 1 " + kOther, "3 1 1 " + kLeafKey}, chain()), TlsaMatch::agrees);
  EXPECT_EQ(match_tlsa({"3 1 1 " + kOther, "3 1 2 00"}, chain()), TlsaMatch::open);
}

DnsAnswer caa(const std::string& name, const std::vector<std::string>& data) {
  DnsAnswer answer;
  answer.name = name;
  answer.type = "CAA";
  answer.rcode = "NOERROR";
  for (const auto& one : data) answer.answer.push_back({.name = name, .type = "CAA", .data = one});
  return answer;
}

std::vector<std::string> issuers(const std::vector<std::string>& data, std::string_view name = "a.example") {
  DnsHost host;
  host.host = "a.example";
  host.answers = {caa("a.example", data)};
  const auto rules = issue_rules(host, name);
  return rules ? rules->issuers : std::vector<std::string>{"no rules"};
}

TEST(IssueRules, ReadValues) {
  using Names = std::vector<std::string>;
  EXPECT_EQ(issuers({R"(0 issue "CA.example")", R"(0 ISSUE " other.example ; a=b")"}),
            (Names{"ca.example", "other.example"}));
  EXPECT_EQ(issuers({R"(0 issue ";")"}), Names{});
  EXPECT_EQ(issuers({R"(0 issue "")", R"(0 issuewild "ca.example")"}), Names{});
  EXPECT_EQ(issuers({R"(0 issuewild "ca.example")"}), Names{"no rules"});
  EXPECT_EQ(issuers({R"(0 issue "x.example")", R"(0 issuewild "ca.example")"}, "*.a.example"), Names{"ca.example"});
  EXPECT_EQ(issuers({R"(0 issue "x.example")"}, "*.a.example"), Names{"x.example"});
  EXPECT_EQ(issuers({"", "0", "0 issue"}), Names{"no rules"});
}

TEST(IssueRules, ClimbUntilANameHasSome) {
  DnsHost host;
  host.host = "a.b.example";
  host.answers = {caa("a.b.example", {}), caa("b.example", {R"(0 issue "ca.example")"})};
  const auto rules = issue_rules(host, host.host);
  ASSERT_TRUE(rules);
  EXPECT_EQ(rules->owner, "b.example");
  host.answers[0].rcode = "SERVFAIL";
  EXPECT_FALSE(issue_rules(host, host.host));
}

TEST(Issuer, IsKnownByItsOrganisation) {
  const std::vector<std::string> known{"a.example=Alpha", "b.example=Alpha", "c.example=Gamma.com"};
  CertificateRecord leaf;
  leaf.issuer = "CN=R1,O=Alpha CA,C=US";
  EXPECT_EQ(identifiers_of_issuer(leaf, known), (std::vector<std::string>{"a.example", "b.example"}));
  leaf.issuer = R"(O=Gamma.com\, Inc.,C=US)";
  EXPECT_EQ(identifiers_of_issuer(leaf, known), std::vector<std::string>{"c.example"});
  leaf.issuer = "CN=Alpha,OU=Gamma.com";
  EXPECT_TRUE(identifiers_of_issuer(leaf, known).empty());
}

}  // namespace
}  // namespace assay::judge

// Real handshakes over memory, and what is recorded about certificates.

#include "net/tls/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "net/tls/certificate.h"
#include "net/tls/trust_store.h"
#include "tls_testing.h"
#include "unit/temp_directory.h"

namespace assay::net::tls::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr auto kSoon = std::chrono::seconds(30);

struct Authority {
  Certificate root = make_certificate({.subject = "CN=Test Root", .names = "", .to_day = 3650, .ca = true});
  Certificate middle =
      make_certificate({.subject = "CN=Test Intermediate", .names = "", .to_day = 365, .ca = true}, &root);
  TempDirectory directory;
  std::shared_ptr<const TrustStore> trust =
      TrustStore::load({.mozilla = false, .files = {directory.write("root.pem", root.pem())}}).value();
};

const Authority& authority() {
  static const Authority kMade;
  return kMade;
}

Session connect(const ServerSpec& spec, const std::string& host = "app.example") {
  const ContextPtr server = make_server(spec);
  ClientContext client(authority().trust);
  return run_now(handshake(client, std::make_unique<ServerStream>(server.get()), host, 443, "127.0.0.1", {"http/1.1"},
                           deadline_in(kSoon)));
}

std::vector<std::string> rules(const TlsHandshake& record) {
  std::vector<std::string> found;
  for (const auto& e : record.chain_errors) found.push_back(e.rule + "@" + std::to_string(e.depth));
  return found;
}

TlsHandshake connect_with(const CertificateSpec& spec, const std::string& host = "app.example") {
  const Certificate leaf = make_certificate(spec, &authority().middle);
  return connect({.certificates = {&leaf}, .chain = {&authority().middle}}, host).record;
}

TEST(TlsSession, AGoodServerIsDescribedAndCarriesData) {
  const Certificate leaf = make_certificate(
      {.subject = "CN=app.example,O=Exämple", .names = "DNS:app.example,DNS:*.app.example,IP:192.0.2.7"},
      &authority().middle);
  Session s = connect({.certificates = {&leaf}, .chain = {&authority().middle}});
  const auto& r = s.record;
  ASSERT_FALSE(r.failure) << r.failure->detail;
  EXPECT_EQ(r.version, "TLSv1.3");
  EXPECT_EQ(r.suite, "TLS_AES_256_GCM_SHA384");
  EXPECT_EQ(r.group, "x25519");
  EXPECT_EQ(r.alpn, "http/1.1");
  EXPECT_EQ(r.server_name, "app.example");
  EXPECT_TRUE(r.trusted);
  EXPECT_TRUE(r.name_matches);
  EXPECT_THAT(r.chain_errors, IsEmpty());
  EXPECT_THAT(r.trust_store, HasSubstr("1 certificates"));
  ASSERT_EQ(r.chain.size(), 2U);
  const auto& c = r.chain.front();
  EXPECT_EQ(c.subject, "O=Exämple,CN=app.example");
  EXPECT_EQ(c.issuer, "CN=Test Intermediate");
  EXPECT_THAT(c.dns_names, ElementsAre("app.example", "*.app.example"));
  EXPECT_THAT(c.ip_addresses, ElementsAre("192.0.2.7"));
  EXPECT_EQ(c.key_type, "EC");
  EXPECT_EQ(c.key_bits, 256);
  EXPECT_EQ(c.curve, "P-256");
  EXPECT_EQ(c.signature_algorithm, "ecdsa-with-SHA256");
  EXPECT_FALSE(c.is_ca);
  EXPECT_TRUE(r.chain[1].is_ca);
  EXPECT_EQ(c.der, to_base64(leaf.der()));
  EXPECT_EQ(c.sha256, to_hex(sha256(leaf.der())));
  const auto after = parse_rfc3339(c.not_after);
  ASSERT_TRUE(after);
  EXPECT_NEAR(static_cast<double>((*after - now()).count()), 30.0 * 86'400'000, 60'000);

  const std::string text(100'000, 'x');
  ASSERT_TRUE(run_now(s.stream->write_all(as_bytes(text), deadline_in(kSoon))));
  std::string echoed;
  std::array<std::uint8_t, 3000> buffer{};
  while (echoed.size() < text.size()) {
    const auto n = run_now(s.stream->read_some(buffer, deadline_in(kSoon)));
    ASSERT_TRUE(n);
    ASSERT_GT(*n, 0U);
    echoed += as_text(ByteView(buffer).first(*n));
  }
  EXPECT_EQ(echoed, text);
  const auto end = run_now(s.stream->read_some(buffer, deadline_in(kSoon)));
  ASSERT_TRUE(end);
  EXPECT_EQ(*end, 0U);
}

TEST(TlsSession, EveryChainDefectHasItsRule) {
  EXPECT_THAT(rules(connect_with({.from_day = -20, .to_day = -1})), ElementsAre("expired@0"));
  EXPECT_THAT(rules(connect_with({.from_day = 2, .to_day = 20})), ElementsAre("not-yet-valid@0"));
  const Certificate alone = make_certificate({});
  EXPECT_THAT(rules(connect({.certificates = {&alone}}).record), ElementsAre("self-signed@0"));
  const Certificate leaf = make_certificate({}, &authority().middle);
  EXPECT_THAT(rules(connect({.certificates = {&leaf}}).record), ElementsAre("incomplete-chain@0"));
  const Certificate stranger = make_certificate({.subject = "CN=Stranger", .names = "", .ca = true});
  const Certificate strange = make_certificate({}, &stranger);
  EXPECT_THAT(rules(connect({.certificates = {&strange}, .chain = {&stranger}}).record),
              ElementsAre("unknown-issuer@1"));
  const Certificate not_ca =
      make_certificate({.subject = "CN=Not a CA", .names = "DNS:x.example"}, &authority().middle);
  const Certificate below = make_certificate({}, &not_ca);
  EXPECT_THAT(rules(connect({.certificates = {&below}, .chain = {&not_ca, &authority().middle}}).record),
              ::testing::Contains("not-a-ca@1"));
  const Certificate narrow =
      make_certificate({.subject = "CN=Narrow", .names = "", .ca = true, .constraints = "permitted;DNS:other.example"},
                       &authority().root);
  const Certificate outside = make_certificate({}, &narrow);
  EXPECT_THAT(rules(connect({.certificates = {&outside}, .chain = {&narrow}}).record),
              ::testing::Contains("name-constraints@0"));
}

TEST(TlsSession, ABadSignatureIsToldApart) {
  // Same name as the intermediate, another key.
  const Certificate twin = make_certificate({.subject = "CN=Test Intermediate", .names = "", .ca = true});
  const Certificate forged = make_certificate({.key_identifiers = false}, &twin);
  const auto r = connect({.certificates = {&forged}, .chain = {&authority().middle}}).record;
  EXPECT_FALSE(r.trusted);
  EXPECT_THAT(rules(r), ::testing::Contains("bad-signature@0"));
}

TEST(TlsSession, WeaknessIsAFactAndNotDistrust) {
  const auto key = connect_with({.key = Key::rsa1024});
  EXPECT_THAT(rules(key), ElementsAre("weak-key@0"));
  EXPECT_TRUE(key.trusted);
  EXPECT_EQ(key.chain.at(0).key_bits, 1024);
  const auto signature = connect_with({.key = Key::rsa2048, .sha1 = true});
  EXPECT_THAT(rules(signature), ElementsAre("weak-signature@0"));
  EXPECT_EQ(signature.chain.at(0).signature_algorithm, "ecdsa-with-SHA1");
}

TEST(TlsSession, NamesMatchByRfc9525) {
  const auto matches = [](const std::string& names, const std::string& host, const std::string& cn = "CN=x") {
    const Certificate c = make_certificate({.subject = cn, .names = names});
    return certificate_matches(c.x509.get(), host);
  };
  EXPECT_TRUE(matches("DNS:app.example", "app.example"));
  EXPECT_TRUE(matches("DNS:APP.example", "app.example"));
  EXPECT_TRUE(matches("DNS:app.example", "app.example."));
  EXPECT_TRUE(matches("DNS:*.app.example", "x.app.example"));
  EXPECT_FALSE(matches("DNS:*.app.example", "app.example"));
  EXPECT_FALSE(matches("DNS:*.app.example", "a.b.app.example"));
  EXPECT_FALSE(matches("DNS:a*.app.example", "ab.app.example")) << "partial wildcard";
  EXPECT_FALSE(matches("DNS:other.example", "app.example"));
  EXPECT_FALSE(matches("", "app.example", "CN=app.example")) << "the common name does not count";
  EXPECT_TRUE(matches("IP:127.0.0.1", "127.0.0.1"));
  EXPECT_TRUE(matches("IP:::1", "[::1]"));
  EXPECT_FALSE(matches("DNS:127.0.0.1", "127.0.0.1"));
}

TEST(TlsSession, OldServersAreStillDescribed) {
  const Certificate leaf = make_certificate({.key = Key::rsa2048}, &authority().middle);
  const auto r = connect({.min_version = TLS1_VERSION,
                          .max_version = TLS1_VERSION,
                          .ciphers = "AES128-SHA",
                          .certificates = {&leaf},
                          .chain = {&authority().middle}})
                     .record;
  ASSERT_FALSE(r.failure) << r.failure->detail;
  EXPECT_EQ(r.version, "TLSv1.0");
  EXPECT_EQ(r.suite, "TLS_RSA_WITH_AES_128_CBC_SHA");
  EXPECT_EQ(r.group, "");
  EXPECT_TRUE(r.trusted);
}

TEST(TlsSession, AddressesHaveNoServerName) {
  const auto r = connect_with({.names = "IP:127.0.0.1"}, "127.0.0.1");
  EXPECT_EQ(r.server_name, "");
  EXPECT_TRUE(r.name_matches);
}

TEST(TlsSession, FailuresSayWhy) {
  const auto none = connect({.certificates = {}});
  ASSERT_TRUE(none.record.failure);
  EXPECT_EQ(none.record.failure->code, "tls");
  EXPECT_THAT(none.record.failure->detail, HasSubstr("alert"));
  EXPECT_FALSE(none.stream);
}

TEST(TlsSession, ChainsAreExaminedOnce) {
  const Certificate leaf = make_certificate({}, &authority().middle);
  const ContextPtr server = make_server({.certificates = {&leaf}, .chain = {&authority().middle}});
  ClientContext client(authority().trust);
  for (int i = 0; i < 3; ++i) {
    const auto s =
        run_now(handshake(client, std::make_unique<ServerStream>(server.get()),
                          i == 2 ? "other.example" : "app.example", 443, "127.0.0.1", {}, deadline_in(kSoon)));
    EXPECT_TRUE(s.record.trusted);
    EXPECT_EQ(s.record.name_matches, i != 2) << "the name is not part of what is cached";
    EXPECT_EQ(s.record.alpn, "");
  }
}

TEST(TlsCertificate, ReadsKeysOfEveryKind) {
  const auto type = [](Key key) { return read_certificate(make_certificate({.key = key}).der()).value().key_type; };
  EXPECT_EQ(type(Key::rsa2048), "RSA");
  EXPECT_EQ(type(Key::p384), "EC");
  EXPECT_EQ(type(Key::ed25519), "Ed25519");
  EXPECT_EQ(type(Key::dsa), "DSA");
  const auto self = read_certificate(make_certificate({}).der()).value();
  EXPECT_TRUE(self.self_signed);
}

TEST(TlsCertificate, RefusesWhatIsNone) {
  const Bytes der = make_certificate({}).der();
  Bytes longer = der;
  longer.push_back(0);
  EXPECT_FALSE(read_certificate(longer));
  EXPECT_FALSE(read_certificate(ByteView(der).first(der.size() - 1)));
  EXPECT_FALSE(read_certificate({}));
  const auto huge = read_certificate(Bytes(kMaxCertificateBytes + 1));
  ASSERT_FALSE(huge);
  EXPECT_EQ(huge.error().code, ErrorCode::limit_exceeded);
}

TEST(TlsTrustStore, SaysWhatIsWrongWithAFile) {
  const TempDirectory directory;
  const auto load = [](const std::string& file) { return TrustStore::load({.mozilla = false, .files = {file}}); };
  EXPECT_EQ(load("/nonexistent.pem").error().code, ErrorCode::io);
  const auto empty = load(directory.write("empty.pem", "nothing here\n"));
  ASSERT_FALSE(empty);
  EXPECT_THAT(empty.error().message(), HasSubstr("holds no certificate"));
  const auto broken =
      load(directory.write("broken.pem", "-----BEGIN CERTIFICATE-----\nAAAA!\n-----END CERTIFICATE-----\n"));
  ASSERT_FALSE(broken);
  EXPECT_THAT(broken.error().message(), HasSubstr("certificate 1 cannot be read"));
  const auto two = load(directory.write("two.pem", authority().root.pem() + authority().middle.pem()));
  ASSERT_TRUE(two);
  EXPECT_THAT((*two)->description(), HasSubstr("two.pem (2 certificates)"));
}

TEST(TlsTrustStore, CarriesMozillasSetAndSaysWhichOne) {
  const auto store = TrustStore::load({});
  ASSERT_TRUE(store) << store.error().message();
  EXPECT_THAT((*store)->description(),
              ::testing::MatchesRegex("Mozilla's set of 20[0-9-]{8} \\([0-9]+ certificates, SHA-256 [0-9a-f]{64}\\)"));
  EXPECT_GT((*store)->impl().public_anchors.size(), 100U);
  ASSERT_FALSE((*store)->impl().distrust_after.empty());
  for (const auto& [hash, time] : (*store)->impl().distrust_after) {
    EXPECT_TRUE((*store)->impl().public_anchors.contains(hash)) << "a date for a root that is not in the set";
    EXPECT_GT(time, *parse_rfc3339("2015-01-01T00:00:00Z"));
  }
}

TEST(TlsTrustStore, AnOperatorsOwnAuthorityIsNotPublic) {
  const auto mine = connect_with({});
  EXPECT_TRUE(mine.trusted);
  EXPECT_FALSE(mine.public_trust);
  EXPECT_EQ(mine.anchor, "CN=Test Root");
}

}  // namespace
}  // namespace assay::net::tls::testing

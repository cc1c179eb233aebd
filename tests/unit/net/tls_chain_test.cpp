// Verification of chains: the rules beyond OpenSSL's, order and completeness, and what is remembered.

#include "net/tls/chain.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "base/text.h"
#include "net/tls/certificate.h"
#include "net/tls/session.h"
#include "net/tls/strict_rules.h"
#include "tls_testing.h"
#include "unit/temp_directory.h"

namespace assay::net::tls::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class TlsChain : public ::testing::Test {
 protected:
  static CertificatePtr shared(const Certificate& c) { return share(c.x509.get()); }

  ChainReport verify(const std::vector<const Certificate*>& chain, Time at = now()) {
    std::vector<CertificatePtr> sent;
    for (const auto* c : chain) sent.push_back(shared(*c));
    return *verifier_.verify(sent, at);
  }
  // The rules that a leaf below the intermediate breaks.
  std::vector<std::string> breaches(const CertificateSpec& spec) {
    const Certificate leaf = make_certificate(spec, &middle_);
    return rules(verify({&leaf, &middle_}));
  }
  static std::vector<std::string> rules(const ChainReport& report) {
    std::vector<std::string> found;
    for (const auto& e : report.errors) found.push_back(fmt::format("{}@{}", e.rule, e.depth));
    return found;
  }

  TempDirectory files_;
  Certificate root_ = make_certificate({.subject = "CN=Root", .names = "", .to_day = 3650, .ca = true});
  Certificate middle_ = make_certificate({.subject = "CN=Middle", .names = "", .to_day = 365, .ca = true}, &root_);
  ChainVerifier verifier_{
      TrustStore::load({.mozilla = false, .files = {files_.write("root.pem", root_.pem())}}).value()};
};

TEST_F(TlsChain, ARecordedChainIsNotReadAgain) {
  const Certificate leaf = make_certificate({}, &middle_);
  const auto report = verify({&leaf, &middle_});
  TlsHandshake handshake;
  handshake.chain = report.chain;
  for (auto& record : handshake.chain) record.der.clear();
  const auto known = verifier_.verify(handshake, now());
  ASSERT_TRUE(known);
  EXPECT_TRUE(known->trusted);
  ASSERT_EQ(known->path_records.size(), 3U);
  EXPECT_EQ(known->path_records.back().subject, "CN=Root");
  handshake.chain.pop_back();
  EXPECT_FALSE(verifier_.verify(handshake, now())) << "another chain, which cannot be read";
}

TEST_F(TlsChain, ASoundChainBreaksNoRule) {
  const Certificate leaf = make_certificate({}, &middle_);
  const auto report = verify({&leaf, &middle_});
  EXPECT_THAT(rules(report), IsEmpty());
  EXPECT_THAT(report.notes, IsEmpty());
  EXPECT_TRUE(report.trusted);
  EXPECT_EQ(report.anchor, "CN=Root");
  ASSERT_EQ(report.path.size(), 3U);
  EXPECT_THAT(breaches({.key = Key::rsa2048}), IsEmpty());
}

TEST_F(TlsChain, TheLeafMustBeMadeForServers) {
  EXPECT_THAT(breaches({.purpose = ""}), ElementsAre("no-purpose@0"));
  EXPECT_THAT(breaches({.purpose = "clientAuth"}), ElementsAre("purpose@0"));
  EXPECT_THAT(breaches({.purpose = "anyExtendedKeyUsage"}), ElementsAre("purpose@0"));
  EXPECT_THAT(breaches({.purpose = "clientAuth,serverAuth"}), IsEmpty());
  EXPECT_THAT(breaches({.others = {{NID_key_usage, "critical,keyCertSign"}}}), Contains("purpose@0"));
  const Certificate authority = make_certificate({.ca = true}, &middle_);
  EXPECT_THAT(rules(verify({&authority, &middle_})), Contains("leaf-is-ca@0"));
}

TEST_F(TlsChain, NoWildcardOverARegistrysSuffix) {
  EXPECT_THAT(breaches({.names = "DNS:*.com"}), ElementsAre("wildcard-suffix@0"));
  EXPECT_THAT(breaches({.names = "DNS:app.example,DNS:*.co.uk"}), ElementsAre("wildcard-suffix@0"));
  EXPECT_THAT(breaches({.names = "DNS:*.acme.co.uk"}), IsEmpty());
  EXPECT_THAT(breaches({.names = "DNS:*.herokuapp.com"}), IsEmpty()) << "a provider's own domain";
}

TEST_F(TlsChain, KeysThatNobodyMayUse) {
  EXPECT_THAT(breaches({.key = Key::rsa1024}), ElementsAre("weak-key@0"));
  EXPECT_THAT(breaches({.key = Key::dsa}), Contains("weak-key@0"));
  EXPECT_THAT(breaches({.key = Key::rsa2052}), ElementsAre("profile@0"));
  EXPECT_THAT(breaches({.key = Key::p384}), IsEmpty());
  const Certificate weak =
      make_certificate({.key = Key::rsa1024, .subject = "CN=Weak", .names = "", .ca = true}, &root_);
  const Certificate leaf = make_certificate({}, &weak);
  EXPECT_THAT(rules(verify({&leaf, &weak})), Contains("weak-key@1"));
}

TEST_F(TlsChain, Sha1BelowTheAnchor) {
  const Certificate old = make_certificate({.subject = "CN=Old", .names = "", .ca = true, .sha1 = true}, &root_);
  const Certificate leaf = make_certificate({}, &old);
  const auto report = verify({&leaf, &old});
  EXPECT_THAT(rules(report), ElementsAre("weak-signature@1"));
  EXPECT_EQ(report.errors.front().sha256, to_hex(sha256(old.der())));
  EXPECT_TRUE(report.trusted);
}

TEST_F(TlsChain, SerialNumbersAndVersions) {
  EXPECT_THAT(breaches({.serial = "0"}), ElementsAre("bad-serial@0"));
  EXPECT_THAT(breaches({.serial = "-5"}), ElementsAre("bad-serial@0"));
  EXPECT_THAT(breaches({.serial = "7" + std::string(39, 'F')}), IsEmpty());
  EXPECT_THAT(breaches({.serial = std::string(40, 'F')}), ElementsAre("bad-serial@0")) << "21 octets with the sign";
  EXPECT_THAT(breaches({.version_1 = true}), Contains("old-version@0"));
}

TEST_F(TlsChain, AuthoritiesKeepToTheirLimits) {
  const Certificate last =
      make_certificate({.subject = "CN=Last", .names = "", .ca = true, .path_length = "0"}, &root_);
  const Certificate below = make_certificate({.subject = "CN=Below", .names = "", .ca = true}, &last);
  const Certificate leaf = make_certificate({}, &below);
  const auto report = verify({&leaf, &below, &last});
  EXPECT_THAT(rules(report), Contains("path-length@2"));
  EXPECT_FALSE(report.trusted);
  const Certificate narrow = make_certificate(
      {.subject = "CN=Narrow", .names = "", .ca = true, .constraints = "excluded;DNS:example"}, &root_);
  const Certificate outside = make_certificate({}, &narrow);
  EXPECT_THAT(rules(verify({&outside, &narrow})), ElementsAre("name-constraints@0"));
  EXPECT_THAT(breaches({.key_identifiers = false}), ElementsAre("profile@0"));
}

TEST_F(TlsChain, OrderAndSuperfluousCertificatesAreNoted) {
  const Certificate upper = make_certificate({.subject = "CN=Upper", .names = "", .ca = true}, &root_);
  const Certificate lower = make_certificate({.subject = "CN=Lower", .names = "", .ca = true}, &upper);
  const Certificate leaf = make_certificate({}, &lower);
  EXPECT_THAT(verify({&leaf, &lower, &upper}).notes, IsEmpty());
  const auto reversed = verify({&leaf, &upper, &lower});
  EXPECT_TRUE(reversed.trusted);
  EXPECT_THAT(reversed.notes, ElementsAre("out-of-order"));
  EXPECT_THAT(verify({&leaf, &lower, &upper, &root_}).notes, ElementsAre("root-sent"));
  EXPECT_THAT(verify({&leaf, &middle_, &lower, &upper}).notes, ElementsAre("unused-certificate"));
  EXPECT_THAT(rules(verify({&leaf, &lower})), ElementsAre("unknown-issuer@1"));
  EXPECT_THAT(rules(verify({&leaf})), ElementsAre("incomplete-chain@0"));
}

TEST_F(TlsChain, TimeIsTheCallersAndEndsWhatIsRemembered) {
  const Certificate leaf = make_certificate({.from_day = -10, .to_day = 10}, &middle_);
  const auto today = verify({&leaf, &middle_});
  EXPECT_TRUE(today.trusted);
  EXPECT_NEAR(static_cast<double>((today.changes_at - now()).count()), 10 * 86.4e6, 1e6);
  EXPECT_THAT(rules(verify({&leaf, &middle_}, now() + std::chrono::days(11))), ElementsAre("expired@0"));
}

TEST_F(TlsChain, ARecordedHandshakeGivesTheSame) {
  const Certificate leaf = make_certificate({}, &middle_);
  TlsHandshake handshake;
  handshake.chain.push_back(*read_certificate(leaf.der()));
  EXPECT_FALSE(verifier_.verify(handshake, now())->trusted);
  handshake.completion.emplace().certificates.push_back(*read_certificate(middle_.der()));
  EXPECT_TRUE(verifier_.verify(handshake, now())->trusted);
  handshake.chain.front() = *read_certificate(make_certificate({}, &middle_).der());
  handshake.chain.front().der = "AAAA";
  EXPECT_EQ(verifier_.verify(handshake, now()), nullptr);
}

// 65537^e modulo the product of the small primes, plus a multiple of that product: what the flawed generator makes.
std::vector<unsigned char> flawed_modulus() {
  BN_CTX* context = BN_CTX_new();
  BIGNUM* product = BN_new();
  BN_one(product);
  for (const unsigned prime :
       {3U,  5U,  7U,  11U, 13U, 17U,  19U,  23U,  29U,  31U,  37U,  41U,  43U,  47U,  53U,  59U,  61U,  67U,  71U,
        73U, 79U, 83U, 89U, 97U, 101U, 103U, 107U, 109U, 113U, 127U, 131U, 137U, 139U, 149U, 151U, 157U, 163U, 167U})
    BN_mul_word(product, prime);
  BIGNUM* base = BN_new();
  BIGNUM* exponent = BN_new();
  BIGNUM* n = BN_new();
  BN_set_word(base, 65537);
  BN_set_word(exponent, 123'457);
  BN_mod_exp(n, base, exponent, product, context);
  BN_lshift(product, product, 1800);
  BN_add(n, n, product);
  std::vector<unsigned char> bytes(static_cast<std::size_t>(BN_num_bytes(n)));
  BN_bn2bin(n, bytes.data());
  for (BIGNUM* number : {product, base, exponent, n}) BN_free(number);
  BN_CTX_free(context);
  return bytes;
}

TEST(TlsKeys, KnowsTheRocaFingerprint) {
  EXPECT_TRUE(has_roca_fingerprint(flawed_modulus()));
  auto other = flawed_modulus();
  other.back() ^= 2U;
  EXPECT_FALSE(has_roca_fingerprint(other));
  for (int i = 0; i < 5; ++i) {
    const Certificate sound = make_certificate({.key = Key::rsa2048});
    EXPECT_EQ(key_defect(sound.key.get()), "");
  }
}

std::string defect_of(unsigned long exponent, bool even_modulus = false) {
  const Certificate sound = make_certificate({.key = Key::rsa2048});
  BIGNUM* modulus = nullptr;
  EVP_PKEY_get_bn_param(sound.key.get(), OSSL_PKEY_PARAM_RSA_N, &modulus);
  if (even_modulus) BN_clear_bit(modulus, 0);
  OSSL_PARAM_BLD* builder = OSSL_PARAM_BLD_new();
  BIGNUM* e = BN_new();
  BN_set_word(e, exponent);
  OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, modulus);
  OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e);
  OSSL_PARAM* parameters = OSSL_PARAM_BLD_to_param(builder);
  EVP_PKEY_CTX* context = EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr);
  EVP_PKEY* key = nullptr;
  EVP_PKEY_fromdata_init(context);
  EXPECT_EQ(EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters), 1);
  std::string defect = key_defect(key);
  EVP_PKEY_free(key);
  EVP_PKEY_CTX_free(context);
  OSSL_PARAM_free(parameters);
  OSSL_PARAM_BLD_free(builder);
  BN_free(e);
  BN_free(modulus);
  return defect;
}

TEST(TlsKeys, RefusesUselessExponents) {
  EXPECT_THAT(defect_of(1), HasSubstr("exponent"));
  EXPECT_THAT(defect_of(65'536), HasSubstr("exponent"));
  EXPECT_EQ(defect_of(3), "");
  EXPECT_EQ(defect_of(65'537), "");
  EXPECT_THAT(defect_of(65'537, true), HasSubstr("even"));
}

}  // namespace
}  // namespace assay::net::tls::testing

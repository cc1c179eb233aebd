#include "net/tls/strict_rules.h"

#include <fmt/format.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>

#include "base/bytes.h"
#include "base/domain.h"
#include "base/text.h"

namespace assay::net::tls {

namespace {

using BnPtr = OpenSslPtr<BIGNUM, &BN_free>;

constexpr int kMinimumRsaBits = 2048;
constexpr int kMaxSerialOctets = 20;

BnPtr number_of(const EVP_PKEY* key, const char* parameter) {
  BIGNUM* n = nullptr;
  EVP_PKEY_get_bn_param(key, parameter, &n);
  return BnPtr(n);
}

std::string rsa_defect(const EVP_PKEY* key) {
  const int bits = EVP_PKEY_get_bits(key);
  if (bits < kMinimumRsaBits) return fmt::format("an RSA key of {} bits", bits);
  const auto exponent = number_of(key, OSSL_PKEY_PARAM_RSA_E);
  const auto modulus = number_of(key, OSSL_PKEY_PARAM_RSA_N);
  if (!exponent || !modulus) return "an RSA key that cannot be read";
  if (BN_is_odd(exponent.get()) == 0 || BN_is_one(exponent.get()) == 1)
    return "an RSA key whose public exponent is 1 or even: what it encrypts or signs protects nothing";
  if (BN_is_odd(modulus.get()) == 0) return "an RSA key whose modulus is even";
  std::vector<unsigned char> bytes(static_cast<std::size_t>(BN_num_bytes(modulus.get())));
  BN_bn2bin(modulus.get(), bytes.data());
  if (has_roca_fingerprint(bytes))
    return "an RSA key that the flawed generator of CVE-2017-15361 (ROCA) made: it can be factored";
  return {};
}

class Breaches {
 public:
  Breaches(std::vector<ChainError>& into, int depth, X509* certificate) : into_(into), depth_(depth) {
    Sha256 hash{};
    if (X509_digest(certificate, EVP_sha256(), hash.data(), nullptr) == 1) sha256_ = to_hex(hash);
  }
  void add(std::string_view rule, std::string detail) {
    into_.push_back({.rule = std::string(rule), .depth = depth_, .sha256 = sha256_, .detail = std::move(detail)});
  }

 private:
  std::vector<ChainError>& into_;
  int depth_;
  std::string sha256_;
};

void check_serial(X509* certificate, Breaches& breaches) {
  const ASN1_INTEGER* serial = X509_get0_serialNumber(certificate);
  const BnPtr number(ASN1_INTEGER_to_BN(serial, nullptr));
  if (!number) return breaches.add(chain_rule::kBadSerial, "the serial number cannot be read");
  if (BN_is_zero(number.get()) == 1) return breaches.add(chain_rule::kBadSerial, "the serial number is zero");
  if (BN_is_negative(number.get()) == 1) return breaches.add(chain_rule::kBadSerial, "the serial number is negative");
  // As encoded: a leading zero octet keeps the number positive.
  const int octets = BN_num_bits(number.get()) / 8 + 1;
  if (octets > kMaxSerialOctets)
    breaches.add(chain_rule::kBadSerial, fmt::format("the serial number has {} octets", octets));
}

void check_key(X509* certificate, Breaches& breaches) {
  const EVP_PKEY* key = X509_get0_pubkey(certificate);
  if (key == nullptr) return breaches.add(chain_rule::kWeakKey, "the public key cannot be read");
  auto defect = key_defect(key);
  if (!defect.empty()) return breaches.add(chain_rule::kWeakKey, "the certificate has " + std::move(defect));
  const bool rsa = EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA || EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA_PSS;
  if (rsa && EVP_PKEY_get_bits(key) % 8 != 0)
    breaches.add(chain_rule::kProfile,
                 fmt::format("the RSA key has {} bits, which is no multiple of 8", EVP_PKEY_get_bits(key)));
}

void check_wildcards(X509* leaf, Breaches& breaches) {
  const OpenSslPtr<GENERAL_NAMES, &GENERAL_NAMES_free> names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(leaf, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    int type = 0;
    const auto* value =
        static_cast<const ASN1_STRING*>(GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names.get(), i), &type));
    if (type != GEN_DNS) continue;
    const std::string name = ascii_lower(
        as_text(ByteView(ASN1_STRING_get0_data(value), static_cast<std::size_t>(ASN1_STRING_length(value)))));
    if (!name.starts_with("*.") || !registered_domain(name.substr(2)).empty()) continue;
    return breaches.add(chain_rule::kWildcardSuffix,
                        "the wildcard " + printable(ellipsis(name, 100)) + " covers every domain of a registry");
  }
}

void check_leaf(X509* leaf, Breaches& breaches) {
  // No extension at all reads as all bits set.
  if ((X509_get_extension_flags(leaf) & EXFLAG_XKUSAGE) == 0) {
    breaches.add(chain_rule::kNoPurpose, "the certificate has no extended key usage; serverAuth is required");
  } else if ((X509_get_extended_key_usage(leaf) & XKU_SSL_SERVER) == 0) {
    breaches.add(chain_rule::kPurpose, "the extended key usage does not name serverAuth");
  }
  if (X509_check_ca(leaf) == 1) breaches.add(chain_rule::kLeafIsCa, "the server's certificate is one of an authority");
  check_wildcards(leaf, breaches);
}

}  // namespace

bool has_roca_fingerprint(const std::vector<unsigned char>& modulus) {
  // The odd primes up to 167, whose product the generator's primes are powers of 65537 modulo.
  constexpr std::array<unsigned, 38> kPrimes{3,   5,   7,   11,  13,  17,  19,  23,  29,  31,  37,  41,  43,
                                             47,  53,  59,  61,  67,  71,  73,  79,  83,  89,  97,  101, 103,
                                             107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167};
  constexpr unsigned kGenerator = 65537;
  return std::ranges::all_of(kPrimes, [&](unsigned prime) {
    unsigned rest = 0;
    for (const unsigned char byte : modulus) rest = (rest * 256 + byte) % prime;
    unsigned power = 1;
    do {
      if (power == rest) return true;
      power = power * (kGenerator % prime) % prime;
    } while (power != 1 && power != 0);
    return false;
  });
}

std::string key_defect(const EVP_PKEY* key) {
  switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA:
    case EVP_PKEY_RSA_PSS:
      return rsa_defect(key);
    case EVP_PKEY_DSA:
      return "a DSA key, which no client supports any more";
    default:
      return {};
  }
}

std::vector<ChainError> strict_breaches(const std::vector<CertificatePtr>& path) {
  std::vector<ChainError> found;
  for (std::size_t depth = 0; depth < path.size(); ++depth) {
    X509* certificate = path[depth].get();
    if (depth + 1 == path.size() && X509_self_signed(certificate, 0) == 1) break;
    Breaches breaches(found, static_cast<int>(depth), certificate);
    if (X509_get_version(certificate) != X509_VERSION_3)
      breaches.add(chain_rule::kOldVersion,
                   fmt::format("the certificate is of X.509 version {}", X509_get_version(certificate) + 1));
    check_serial(certificate, breaches);
    check_key(certificate, breaches);
    if (depth == 0) check_leaf(certificate, breaches);
  }
  return found;
}

}  // namespace assay::net::tls

#include "net/tls/certificate.h"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <array>
#include <chrono>
#include <ctime>
#include <memory>

#include "base/text.h"
#include "base/time.h"
#include "net/address.h"

namespace assay::net::tls {

namespace {

constexpr std::size_t kMaxNameBytes = 1024;
constexpr std::size_t kMaxCertificateUrls = 8;  // of each kind

std::string name_text(const X509_NAME* name) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), &BIO_free);
  // The escape flags of RFC 2253, but UTF-8 stays as it is.
  constexpr unsigned long kFlags = XN_FLAG_RFC2253 & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB);
  if (!out || name == nullptr || X509_NAME_print_ex(out.get(), name, 0, kFlags) < 0) return {};
  char* data = nullptr;
  const long n = BIO_get_mem_data(out.get(), &data);
  return ellipsis(valid_utf8(std::string_view(data, static_cast<std::size_t>(n))), kMaxNameBytes);
}

std::string time_text(const ASN1_TIME* t) {
  std::tm utc{};
  if (t == nullptr || ASN1_TIME_to_tm(t, &utc) != 1) return {};
  using namespace std::chrono;
  const year_month_day day{year{utc.tm_year + 1900}, month{static_cast<unsigned>(utc.tm_mon + 1)},
                           std::chrono::day{static_cast<unsigned>(utc.tm_mday)}};
  if (!day.ok()) return {};
  return format_rfc3339(sys_days{day} + hours{utc.tm_hour} + minutes{utc.tm_min} + seconds{utc.tm_sec});
}

std::string serial_text(const X509* certificate) {
  const ASN1_INTEGER* serial = X509_get0_serialNumber(certificate);
  const std::unique_ptr<BIGNUM, decltype(&BN_free)> number(ASN1_INTEGER_to_BN(serial, nullptr), &BN_free);
  if (!number) return {};
  Bytes bytes(static_cast<std::size_t>(BN_num_bytes(number.get())));
  if (bytes.size() > 64) return {};
  BN_bn2bin(number.get(), bytes.data());
  return (BN_is_negative(number.get()) != 0 ? "-" : "") + (bytes.empty() ? "00" : to_hex(bytes));
}

void read_alternative_names(X509* certificate, CertificateRecord& record) {
  const std::unique_ptr<GENERAL_NAMES, decltype(&GENERAL_NAMES_free)> names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)),
      &GENERAL_NAMES_free);
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    if (record.dns_names.size() + record.ip_addresses.size() >= kMaxCertificateNames) return;
    int type = 0;
    const auto* value =
        static_cast<const ASN1_STRING*>(GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names.get(), i), &type));
    if (type != GEN_DNS && type != GEN_IPADD) continue;
    const ByteView bytes(ASN1_STRING_get0_data(value), static_cast<std::size_t>(ASN1_STRING_length(value)));
    if (type == GEN_DNS) {
      record.dns_names.push_back(ellipsis(valid_utf8(as_text(bytes)), kMaxNameBytes));
    } else if (bytes.size() == 4 || bytes.size() == 16) {
      IpAddress address;
      address.v6 = bytes.size() == 16;
      std::copy(bytes.begin(), bytes.end(), address.bytes.begin());
      record.ip_addresses.push_back(address.to_string());
    }
  }
}

// NIST's names where a curve has one, as certificates are talked about.
std::string curve_name(const EVP_PKEY* key) {
  std::array<char, 80> group{};
  std::size_t n = 0;
  if (EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, group.data(), group.size(), &n) != 1) return {};
  std::string name(group.data(), n);
  if (name == "prime256v1") return "P-256";
  if (name == "secp384r1") return "P-384";
  if (name == "secp521r1") return "P-521";
  if (name == "secp224r1") return "P-224";
  if (name == "prime192v1") return "P-192";
  return name;
}

void read_key(const X509* certificate, CertificateRecord& record) {
  const EVP_PKEY* key = X509_get0_pubkey(certificate);
  if (key == nullptr) {
    record.key_type = "unreadable";
    return;
  }
  record.key_bits = EVP_PKEY_get_bits(key);
  switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA:
    case EVP_PKEY_RSA_PSS:
      record.key_type = "RSA";
      break;
    case EVP_PKEY_EC:
      record.key_type = "EC";
      record.curve = curve_name(key);
      break;
    case EVP_PKEY_ED25519:
      record.key_type = "Ed25519";
      break;
    case EVP_PKEY_ED448:
      record.key_type = "Ed448";
      break;
    case EVP_PKEY_DSA:
      record.key_type = "DSA";
      break;
    default: {
      const char* name = EVP_PKEY_get0_type_name(key);
      record.key_type = name != nullptr ? name : "unknown";
    }
  }
}

std::string signature_algorithm(const X509* certificate) {
  const X509_ALGOR* algorithm = nullptr;
  X509_get0_signature(nullptr, &algorithm, certificate);
  const ASN1_OBJECT* object = nullptr;
  X509_ALGOR_get0(&object, nullptr, nullptr, algorithm);
  std::array<char, 128> text{};
  if (object == nullptr || OBJ_obj2txt(text.data(), static_cast<int>(text.size()), object, 0) <= 0) return {};
  return valid_utf8(text.data());
}

std::string_view rule_name(int verify_error, bool only_leaf_sent) {
  using namespace chain_rule;
  switch (verify_error) {
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
      return kSelfSigned;
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return only_leaf_sent ? kIncompleteChain : kUnknownIssuer;
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_CERT_UNTRUSTED:
      return kUnknownIssuer;
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return kExpired;
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return kNotYetValid;
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
    case X509_V_ERR_UNABLE_TO_DECRYPT_CERT_SIGNATURE:
    case X509_V_ERR_SIGNATURE_ALGORITHM_MISMATCH:
      return kBadSignature;
    case X509_V_ERR_INVALID_CA:
    case X509_V_ERR_INVALID_NON_CA:
    case X509_V_ERR_KEYUSAGE_NO_CERTSIGN:
      return kNotACa;
    case X509_V_ERR_PATH_LENGTH_EXCEEDED:
      return kPathLength;
    case X509_V_ERR_PERMITTED_VIOLATION:
    case X509_V_ERR_EXCLUDED_VIOLATION:
    case X509_V_ERR_SUBTREE_MINMAX:
    case X509_V_ERR_UNSUPPORTED_CONSTRAINT_TYPE:
    case X509_V_ERR_UNSUPPORTED_CONSTRAINT_SYNTAX:
    case X509_V_ERR_UNSUPPORTED_NAME_SYNTAX:
      return kNameConstraints;
    case X509_V_ERR_CA_MD_TOO_WEAK:
      return kWeakSignature;
    case X509_V_ERR_EE_KEY_TOO_SMALL:
    case X509_V_ERR_CA_KEY_TOO_SMALL:
      return kWeakKey;
    case X509_V_ERR_INVALID_PURPOSE:
      return kPurpose;
    default:
      return is_profile_error(verify_error) ? kProfile : kOther;
  }
}

void add_url(const GENERAL_NAME* name, std::vector<std::string>& urls) {
  int type = 0;
  const auto* value = static_cast<const ASN1_STRING*>(GENERAL_NAME_get0_value(name, &type));
  if (type != GEN_URI || urls.size() >= kMaxCertificateUrls) return;
  const ByteView bytes(ASN1_STRING_get0_data(value), static_cast<std::size_t>(ASN1_STRING_length(value)));
  if (bytes.size() <= kMaxNameBytes) urls.push_back(valid_utf8(as_text(bytes)));
}

// URLs of the access descriptions of one method (AIA).
void read_access(X509* certificate, int method, std::vector<std::string>& urls) {
  const std::unique_ptr<AUTHORITY_INFO_ACCESS, decltype(&AUTHORITY_INFO_ACCESS_free)> access(
      static_cast<AUTHORITY_INFO_ACCESS*>(X509_get_ext_d2i(certificate, NID_info_access, nullptr, nullptr)),
      &AUTHORITY_INFO_ACCESS_free);
  for (int i = 0; access && i < sk_ACCESS_DESCRIPTION_num(access.get()); ++i) {
    const ACCESS_DESCRIPTION* entry = sk_ACCESS_DESCRIPTION_value(access.get(), i);
    if (OBJ_obj2nid(entry->method) == method) add_url(entry->location, urls);
  }
}

void read_crl_urls(X509* certificate, std::vector<std::string>& urls) {
  const std::unique_ptr<CRL_DIST_POINTS, decltype(&CRL_DIST_POINTS_free)> points(
      static_cast<CRL_DIST_POINTS*>(X509_get_ext_d2i(certificate, NID_crl_distribution_points, nullptr, nullptr)),
      &CRL_DIST_POINTS_free);
  for (int i = 0; points && i < sk_DIST_POINT_num(points.get()); ++i) {
    const DIST_POINT* point = sk_DIST_POINT_value(points.get(), i);
    // Lists of some reasons only, or of another issuer, say nothing of the certificate by themselves.
    if (point->reasons != nullptr || point->CRLissuer != nullptr) continue;
    if (point->distpoint == nullptr || point->distpoint->type != 0) continue;
    const GENERAL_NAMES* names = point->distpoint->name.fullname;
    for (int j = 0; j < sk_GENERAL_NAME_num(names); ++j) add_url(sk_GENERAL_NAME_value(names, j), urls);
  }
}

}  // namespace

CertificateRecord describe_certificate(X509* certificate) {
  CertificateRecord record;
  unsigned char* der = nullptr;
  const int n = i2d_X509(certificate, &der);
  if (n > 0) {
    const ByteView bytes(der, static_cast<std::size_t>(n));
    record.der = to_base64(bytes);
    record.sha256 = to_hex(sha256(bytes));
    OPENSSL_free(der);
  }
  record.subject = name_text(X509_get_subject_name(certificate));
  record.issuer = name_text(X509_get_issuer_name(certificate));
  record.serial = serial_text(certificate);
  record.not_before = time_text(X509_get0_notBefore(certificate));
  record.not_after = time_text(X509_get0_notAfter(certificate));
  read_alternative_names(certificate, record);
  read_key(certificate, record);
  record.signature_algorithm = signature_algorithm(certificate);
  record.is_ca = X509_check_ca(certificate) == 1;
  record.self_signed = X509_self_signed(certificate, 0) == 1;
  unsigned char* spki = nullptr;
  if (const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &spki); size > 0) {
    record.spki_sha256 = to_hex(sha256(ByteView(spki, static_cast<std::size_t>(size))));
    OPENSSL_free(spki);
  }
  read_access(certificate, NID_ad_ca_issuers, record.ca_issuers);
  read_access(certificate, NID_ad_OCSP, record.ocsp_urls);
  read_crl_urls(certificate, record.crl_urls);
  return record;
}

Result<CertificateRecord> read_certificate(ByteView der) {
  const auto broken = [](std::string reason) {
    return fail(ErrorCode::invalid_input, "certificate", std::move(reason), "give one certificate in DER form");
  };
  if (der.size() > kMaxCertificateBytes) {
    return fail(ErrorCode::limit_exceeded, "certificate", fmt::format("is larger than {} bytes", kMaxCertificateBytes));
  }
  const unsigned char* at = der.data();
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(d2i_X509(nullptr, &at, static_cast<long>(der.size())),
                                                                &X509_free);
  if (!certificate) return broken("is not a certificate");
  if (at != der.data() + der.size()) return broken("is followed by other bytes");
  return describe_certificate(certificate.get());
}

bool certificate_matches(X509* certificate, const std::string& host) {
  if (const auto address = parse_address(host)) {
    return X509_check_ip(certificate, address->bytes.data(), address->v6 ? 16 : 4, 0) == 1;
  }
  std::string_view name = host;
  if (name.ends_with('.')) name.remove_suffix(1);
  constexpr unsigned kFlags = X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT;
  return !name.empty() && X509_check_host(certificate, name.data(), name.size(), kFlags, nullptr) == 1;
}

bool is_profile_error(int verify_error) {
  switch (verify_error) {
    case X509_V_ERR_EC_KEY_EXPLICIT_PARAMS:
    case X509_V_ERR_PATHLEN_INVALID_FOR_NON_CA:
    case X509_V_ERR_PATHLEN_WITHOUT_KU_KEY_CERT_SIGN:
    case X509_V_ERR_KU_KEY_CERT_SIGN_INVALID_FOR_NON_CA:
    case X509_V_ERR_ISSUER_NAME_EMPTY:
    case X509_V_ERR_SUBJECT_NAME_EMPTY:
    case X509_V_ERR_MISSING_AUTHORITY_KEY_IDENTIFIER:
    case X509_V_ERR_AUTHORITY_KEY_IDENTIFIER_CRITICAL:
    case X509_V_ERR_MISSING_SUBJECT_KEY_IDENTIFIER:
    case X509_V_ERR_SUBJECT_KEY_IDENTIFIER_CRITICAL:
    case X509_V_ERR_CA_CERT_MISSING_KEY_USAGE:
    case X509_V_ERR_EXTENSIONS_REQUIRE_VERSION_3:
    case X509_V_ERR_EMPTY_SUBJECT_ALT_NAME:
    case X509_V_ERR_EMPTY_SUBJECT_SAN_NOT_CRITICAL:
    case X509_V_ERR_CA_BCONS_NOT_CRITICAL:
    case X509_V_ERR_SIGNATURE_ALGORITHM_INCONSISTENCY:
      return true;
    default:
      return false;
  }
}

std::string rule_of_error(int verify_error, bool only_leaf_sent) {
  return std::string(rule_name(verify_error, only_leaf_sent));
}

}  // namespace assay::net::tls

#pragma once

// Reads certificates into records, and says what OpenSSL's chain errors mean. Certificates are foreign bytes: sizes and
// counts are limited, and a field that cannot be read stays empty.

#include <openssl/types.h>

#include <string>

#include "base/bytes.h"
#include "base/error.h"
#include "model/tls.h"

namespace assay::net::tls {

// The largest certificate that is read, and the most names taken from one.
inline constexpr std::size_t kMaxCertificateBytes = 128U << 10U;
inline constexpr std::size_t kMaxCertificateNames = 1000;

CertificateRecord describe_certificate(X509* certificate);

// `der`: exactly one certificate. Errors: too large, not a certificate, bytes left over.
Result<CertificateRecord> read_certificate(ByteView der);

// RFC 9525: `host` (a normalised name, or an address with or without brackets) against the certificate's subject
// alternative names; wildcards only as the whole leftmost label; the common name is not looked at.
bool certificate_matches(X509* certificate, const std::string& host);

// ChainError::rule for an X509_V_ERR_* code, e.g. "expired". `only_leaf_sent`: the server sent no issuer certificate.
std::string rule_of_error(int verify_error, bool only_leaf_sent);

// Whether the code is about the form of a certificate, which OpenSSL looks at with X509_V_FLAG_X509_STRICT only.
bool is_profile_error(int verify_error);

}  // namespace assay::net::tls

#pragma once

// Certificate revocation lists (RFC 5280 §5) and what they say of one certificate. Lists are foreign bytes of many
// megabytes: they are read in place.

#include <openssl/types.h>

#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "base/time.h"
#include "model/tls.h"

namespace assay::net::tls {

// The largest list that is fetched and read.
inline constexpr std::size_t kMaxCrlBytes = 10U << 20U;

// A list, as views into the bytes it was read from.
struct Crl {
  ByteView signed_part;  // tbsCertList, whole
  ByteView algorithm;    // AlgorithmIdentifier, whole
  ByteView signature;    // bits, without the count of unused ones
  ByteView issuer;       // Name, whole
  Time this_update;
  std::optional<Time> next_update;
  ByteView entries;                     // of revokedCertificates; empty when there are none
  std::vector<std::string> points;      // URIs of issuingDistributionPoint
  bool has_point = false;               // it names a distribution point
  bool user_certificates_only = false;  // issuingDistributionPoint, here and below
  bool ca_certificates_only = false;
  bool partial = false;  // some reasons only, indirect, attribute certificates, or a delta
  bool unknown_critical_extension = false;
};

// Errors: too large, not a list in DER. The views point into `der`.
Result<Crl> read_crl(ByteView der);

// What the list says of `certificate`, issued by `issuer`: status, detail and dates of the source. Good or revoked only
// when the list is the issuer's, covers the certificate, is signed and of its time.
RevocationSource check_crl(const Crl& list, X509* certificate, X509* issuer, Time at);

// The words for a reason code of RFC 5280 §5.3.1.
std::string revocation_reason(int code);

}  // namespace assay::net::tls

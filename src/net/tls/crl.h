#pragma once

// Certificate revocation lists (RFC 5280 §5) and what they say of one certificate. Lists are foreign bytes of many
// megabytes: they are read in place.

#include <openssl/types.h>

#include <cstdint>
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

// A list held against its issuer's certificate once, to be asked about many certificates. Immutable.
class IssuerCrl {
 public:
  // Verifies the signature and puts the entries in order: some tens of milliseconds for a list of kMaxCrlBytes. What
  // `list` was read from must outlive this.
  IssuerCrl(Crl list, X509* issuer);

  // What the list says of `certificate`, described by `record`: status, detail and dates of the source. Good or revoked
  // only when the list is its issuer's, covers the certificate, is signed and of its time.
  RevocationSource check(const X509* certificate, const CertificateRecord& record, Time at) const;

  const std::optional<Time>& next_update() const { return list_.next_update; }

 private:
  std::string unusable_for(const CertificateRecord& record, Time at) const;
  std::optional<ByteView> find(ByteView serial) const;

  Crl list_;
  std::string fault_;                  // why it is no proof for any certificate of the issuer; "" when it is
  std::vector<std::uint32_t> places_;  // of the entries, by serial number
};

// The words for a reason code of RFC 5280 §5.3.1.
std::string revocation_reason(int code);

}  // namespace assay::net::tls

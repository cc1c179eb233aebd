#pragma once

// Whether a chain of certificates verifies for a TLS server: OpenSSL's path building with purpose, strength and strict
// profile set, and the rules of the Web PKI that it lacks (strict_rules.h).

#include <openssl/types.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/time.h"
#include "model/tls.h"
#include "net/tls/openssl_ptr.h"

namespace assay::net::tls {

class TrustStore;

// The same for every server that sends the chain, until `changes_at`.
struct ChainReport {
  std::vector<CertificateRecord> chain;  // as given
  std::vector<ChainError> errors;
  std::vector<std::string> notes;    // of assay::chain_note
  bool trusted = false;              // see is_weakness()
  bool public_trust = false;         // the anchor is of the public Web PKI
  std::string anchor;                // its subject; "" when the path ends at none
  std::vector<CertificatePtr> path;  // as far as it could be built, leaf first; whole, with the anchor, when trusted
  std::vector<CertificateRecord> path_records;  // the same, described
  Time changes_at = Time::max();                // when a certificate of the path begins or ends
};

// The rules whose breach is a finding and does not take the chain's trust away.
bool is_weakness(const ChainError& error);

// Whether one of `errors` is that an issuer's certificate is missing, which fetching it may mend.
bool lacks_issuer(const std::vector<ChainError>& errors);

// One per thread. Verifies a distinct chain once, as long as time does not change the result.
class ChainVerifier {
 public:
  explicit ChainVerifier(std::shared_ptr<const TrustStore> trust) : trust_(std::move(trust)) {}

  // `chain`: at least one certificate, leaf first, then what was sent or found beside it.
  std::shared_ptr<const ChainReport> verify(const std::vector<CertificatePtr>& chain, Time at);
  // The chain that this run recorded of a handshake, with what completed it. Read only when it was not verified before,
  // which goes by the hashes in the records. Null when a certificate cannot be read.
  std::shared_ptr<const ChainReport> verify(const TlsHandshake& handshake, Time at);

  const TrustStore& trust() const { return *trust_; }

 private:
  std::shared_ptr<const ChainReport> known(const Sha256& key, Time at);
  std::shared_ptr<const ChainReport> keep(const Sha256& key, ChainReport report);

  std::shared_ptr<const TrustStore> trust_;
  std::map<Sha256, std::shared_ptr<const ChainReport>> reports_;  // by SHA-256 over those of the certificates
};

}  // namespace assay::net::tls

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
  Time changes_at = Time::max();     // when a certificate of the path begins or ends
};

// The rules whose breach is a finding and does not take the chain's trust away.
bool is_weakness(const ChainError& error);

// What needs the issuer's certificate, and may be mended by fetching it.
bool lacks_issuer(const ChainReport& report);

// One per thread. Verifies a distinct chain once, as long as time does not change the result.
class ChainVerifier {
 public:
  explicit ChainVerifier(std::shared_ptr<const TrustStore> trust) : trust_(std::move(trust)) {}

  // `chain`: at least one certificate, leaf first, then what was sent or found beside it. The reference is good until
  // the next call.
  const ChainReport& verify(const std::vector<CertificatePtr>& chain, Time at);
  // The chain of a recorded handshake with what completed it; the same. Null when a certificate cannot be read.
  const ChainReport* verify(const TlsHandshake& handshake, Time at);

  const TrustStore& trust() const { return *trust_; }

 private:
  std::shared_ptr<const TrustStore> trust_;
  std::map<Sha256, ChainReport> reports_;  // by SHA-256 over those of the certificates
};

}  // namespace assay::net::tls

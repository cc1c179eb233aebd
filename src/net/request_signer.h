#pragma once

// Signs our requests so that a scanned party can tell us from an adversary: HTTP Message Signatures (RFC 9421),
// Ed25519. Covered components: "@method", "@authority", "@target-uri"'s path and query ("@path", "@query"),
// "user-agent"; parameters created, expires, keyid (RFC 7638 thumbprint of the JWK), alg "ed25519", nonce, tag "assay".
// Immutable; thread-safe.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "base/time.h"
#include "base/url.h"
#include "model/exchange.h"

namespace assay::net {

class RequestSigner {
 public:
  // `pem`: a PKCS #8 Ed25519 private key. `directory_url`: where directory() is published; sent as Signature-Agent when
  // not empty. Errors: not PEM, not Ed25519.
  static Result<std::unique_ptr<RequestSigner>> from_pem(std::string_view pem, std::string directory_url = {});
  ~RequestSigner();

  // Signature-Input and Signature (and Signature-Agent) for one request. `nonce` is random when empty.
  std::vector<HttpField> sign(std::string_view method, const Url& url, std::string_view user_agent, Time created,
                              std::string_view nonce = {}) const;

  // The public key as a JWKS (application/http-message-signatures-directory+json).
  Json directory() const;
  const std::string& key_id() const;

 private:
  struct Impl;
  explicit RequestSigner(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Verifies what sign() made, as a receiver would: for tests and for owners (docs/identify-the-scanner.md).
Result<void> verify_signature(const Json& directory, std::string_view method, const Url& url,
                              const std::vector<HttpField>& fields, Time at);

}  // namespace assay::net

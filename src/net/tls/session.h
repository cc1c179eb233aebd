#pragma once

// One real TLS handshake and the stream it gives, by OpenSSL over any Stream. Verification never aborts the handshake:
// it is recorded, and the caller decides.

#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "model/tls.h"
#include "net/address.h"
#include "net/stream.h"
#include "net/task.h"

namespace assay::net::tls {

// Where trust anchors come from.
struct TrustSources {
  bool mozilla = true;             // Mozilla's set as this build carries it (catalog/trust/mozilla.pem)
  bool system = false;             // the machine's CA bundle
  std::vector<std::string> files;  // PEM files of the operator's own authorities
};

// Trust anchors. Immutable; shared between threads.
class TrustStore {
 public:
  // Errors: a file that cannot be read or holds no certificate, no bundle on the machine.
  static Result<std::shared_ptr<const TrustStore>> load(const TrustSources& sources);
  ~TrustStore();

  // For TlsHandshake::trust_store: each source with its number of certificates, Mozilla's with its date and SHA-256.
  const std::string& description() const;
  struct Impl;
  const Impl& impl() const { return *impl_; }

 private:
  explicit TrustStore(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

class ChainVerifier;
class IssuerFiles;

// One SSL_CTX; one per loop, never shared between threads. Caches chain verification by the hash of the chain, and what
// was fetched from certificate authorities.
class ClientContext {
 public:
  explicit ClientContext(std::shared_ptr<const TrustStore> trust);
  ~ClientContext();
  struct Impl;
  Impl& impl() { return *impl_; }
  ChainVerifier& verifier();
  IssuerFiles& issuer_files();

 private:
  std::unique_ptr<Impl> impl_;
};

struct Session {
  TlsHandshake record;             // always filled; `failure` when there was no handshake
  std::unique_ptr<Stream> stream;  // null when the handshake failed
};

// Handshakes over `transport` as a client of `host` (normalised; SNI unless it is an address), offering `alpn`
// (e.g. {"http/1.1"}). Accepts TLS 1.0 and up with old ciphers, so that a bad server can still be described.
Task<Session> handshake(ClientContext& context, std::unique_ptr<Stream> transport, std::string host, int port,
                        std::string address, std::vector<std::string> alpn, Deadline deadline);

}  // namespace assay::net::tls

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

// Trust anchors. Immutable; shared between threads.
class TrustStore {
 public:
  // The machine's CA bundle (Debian: ca-certificates, Mozilla's set). Errors: no bundle found.
  static Result<std::shared_ptr<const TrustStore>> system();
  // The bundle plus the PEM certificates in `extra_pem_files` (a private CA); `system_too` false uses only those.
  static Result<std::shared_ptr<const TrustStore>> with_files(const std::vector<std::string>& extra_pem_files,
                                                              bool system_too);
  ~TrustStore();

  const std::string& description() const;  // for TlsHandshake::trust_store
  struct Impl;
  const Impl& impl() const { return *impl_; }

 private:
  explicit TrustStore(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// One SSL_CTX; one per loop, never shared between threads. Caches chain verification by the hash of the chain.
class ClientContext {
 public:
  explicit ClientContext(std::shared_ptr<const TrustStore> trust);
  ~ClientContext();
  struct Impl;
  Impl& impl() { return *impl_; }

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

#pragma once

// The inside of TrustStore, for verification in chain.cpp only.

#include <openssl/types.h>

#include <map>
#include <memory>
#include <set>
#include <string>

#include "base/bytes.h"
#include "base/time.h"
#include "net/tls/session.h"

namespace assay::net::tls {

struct X509StoreDeleter {
  void operator()(X509_STORE* store) const;
};

struct TrustStore::Impl {
  std::unique_ptr<X509_STORE, X509StoreDeleter> store;  // OpenSSL locks it for look-ups; never changed after loading
  std::string description;
  // Anchors of the public Web PKI, by SHA-256: those of the product's set and of the machine's, not those of files.
  std::set<Sha256> public_anchors;
  // Anchors whose younger certificates are not trusted, by SHA-256.
  std::map<Sha256, Time> distrust_after;
};

}  // namespace assay::net::tls

#pragma once

// The inside of TrustStore, for verification in session.cpp only.

#include <openssl/types.h>

#include <memory>
#include <string>

#include "net/tls/session.h"

namespace assay::net::tls {

struct X509StoreDeleter {
  void operator()(X509_STORE* store) const;
};

struct TrustStore::Impl {
  std::unique_ptr<X509_STORE, X509StoreDeleter> store;  // OpenSSL locks it for look-ups; never changed after loading
  std::string description;
  int certificates = 0;
};

}  // namespace assay::net::tls

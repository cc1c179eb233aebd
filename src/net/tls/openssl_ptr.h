#pragma once

// Owners of OpenSSL's objects.

#include <openssl/x509.h>

#include <memory>

namespace assay::net::tls {

// Shared, because the same certificate is part of a handshake, of a cached report and of a revocation check.
using CertificatePtr = std::shared_ptr<X509>;

inline CertificatePtr adopt(X509* certificate) {
  return {certificate, &X509_free};
}

// Another reference to what somebody else owns.
inline CertificatePtr share(X509* certificate) {
  X509_up_ref(certificate);
  return adopt(certificate);
}

template <class T, void (*kFree)(T*)>
struct OpenSslDeleter {
  void operator()(T* p) const { kFree(p); }
};
template <class T, void (*kFree)(T*)>
using OpenSslPtr = std::unique_ptr<T, OpenSslDeleter<T, kFree>>;

}  // namespace assay::net::tls

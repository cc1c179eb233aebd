#pragma once

// TLS of our own server: 1.2 and 1.3 with the suites and groups of Mozilla's "Intermediate" configuration 5.7, which
// is also what the judges of this program pass.

#include <openssl/ssl.h>

#include <memory>
#include <string>

#include "base/error.h"
#include "net/tls/openssl_ptr.h"

namespace assay::server {

using TlsContext = net::tls::OpenSslPtr<SSL_CTX, SSL_CTX_free>;

// `certificate_file`: PEM with the server's certificate and its chain; `key_file`: PEM, without a passphrase. Errors:
// a file that cannot be read, a key that is not the certificate's, a certificate that has ended.
Result<TlsContext> make_tls_context(const std::string& certificate_file, const std::string& key_file);

}  // namespace assay::server

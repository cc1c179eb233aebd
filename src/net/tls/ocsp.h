#pragma once

// OCSP (RFC 6960): the question about one certificate, and what an answer says of it.

#include <openssl/types.h>

#include <string>

#include "base/bytes.h"
#include "base/error.h"
#include "base/time.h"
#include "model/tls.h"

namespace assay::net::tls {

// The largest answer that is read.
inline constexpr std::size_t kMaxOcspBytes = 64U << 10U;

// The DER of a request without a nonce, as RFC 5019 has it. Errors: OpenSSL cannot make one.
Result<std::string> make_ocsp_request(X509* certificate, X509* issuer);

// What the answer `der` says of `certificate`: status, detail and dates of the source; method and URL are the caller's.
// Good or revoked only when it is signed by the issuer or by whom it delegated, about this certificate and of its time.
RevocationSource check_ocsp(ByteView der, X509* certificate, X509* issuer, Time at);

}  // namespace assay::net::tls

#pragma once

// The rules of the Web PKI that OpenSSL does not apply, for the certificates of one path.
//
// Sources: RFC 5280 §4.1.2 (version, serial), the CA/Browser Forum's Baseline Requirements §6.1.5, §6.1.6 (keys) and
// §7.1 (profiles), x509-limbo's list of what OpenSSL lets pass, and for ROCA: Nemec and others, "The Return of
// Coppersmith's Attack", CCS 2017 (CVE-2017-15361).

#include <openssl/types.h>

#include <string>
#include <vector>

#include "model/tls.h"
#include "net/tls/openssl_ptr.h"

namespace assay::net::tls {

// Every breach, by depth and then in the order of the rules. `path` is leaf first; a self-signed certificate at its end
// is not looked at: it is trusted as it is, or not trusted at all.
std::vector<ChainError> strict_breaches(const std::vector<CertificatePtr>& path);

// Why no key of this kind may be used, for people; "" when it may.
std::string key_defect(const EVP_PKEY* key);

// Whether an RSA modulus (big endian) was made by the flawed generator of Infineon's library: modulo each of 38 small
// primes it is a power of 65537. A random modulus is with a probability of 2^-27 (measured by the finders).
bool has_roca_fingerprint(const std::vector<unsigned char>& modulus);

}  // namespace assay::net::tls

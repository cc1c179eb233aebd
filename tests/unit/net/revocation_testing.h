#pragma once

// Revocation lists and OCSP answers made on the spot, for the tests of what reads them.

#include <openssl/ocsp.h>
#include <openssl/x509v3.h>

#include <string>
#include <vector>

#include "tls_testing.h"

namespace assay::net::tls::testing {

struct ListSpec {
  std::vector<const Certificate*> revoked;
  int from_hour = -1;  // relative to now
  int to_hour = 48;
  bool with_end = true;
  std::vector<std::pair<int, std::string>> extensions;  // as OpenSSL's configuration writes them
};

// Revoked an hour ago for key compromise.
std::string make_list(const ListSpec& spec, const Certificate& issuer);

struct OcspSpec {
  int status = V_OCSP_CERTSTATUS_GOOD;
  int from_hour = -1;
  int to_hour = 48;
  const Certificate* signer = nullptr;  // whom the issuer delegated; the issuer itself when null
};
std::string make_ocsp_answer(const Certificate& about, const Certificate& issuer, const OcspSpec& spec);

}  // namespace assay::net::tls::testing

#pragma once

// A certificate and its issuer, whose list and OCSP answers are in the corpora; and a time at which they hold.

#include <openssl/bio.h>
#include <openssl/pem.h>

#include "base/time.h"
#include "net/tls/openssl_ptr.h"

namespace assay::fuzz {

inline constexpr char kIssuer[] = R"(-----BEGIN CERTIFICATE-----
MIIBaDCCAQ6gAwIBAgIUSYU/4QaUERokBHfSLNjCK2pGAG0wCgYIKoZIzj0EAwIw
EjEQMA4GA1UEAwwHRnV6eiBDQTAeFw0yNjExMjIyMzU5NTVaFw0zNjExMTkyMzU5
NTVaMBIxEDAOBgNVBAMMB0Z1enogQ0EwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC
AAR3u475LmLD5qtUyv264h4Ha8tK1PV6D5suoj7xiun8e6TdaicbOChMBlONKR8N
EqkabQWOpbEy9c8R1H1jwGmSo0IwQDAPBgNVHRMBAf8EBTADAQH/MA4GA1UdDwEB
/wQEAwIBBjAdBgNVHQ4EFgQUhMChhxE0IyvBeFEd4RzXRB41T54wCgYIKoZIzj0E
AwIDSAAwRQIhAIxU8fO86eDizKe3NpBvfaZ7LUjfruyd3BPJoj9Cd8HDAiAbTeYK
iOY3inGJCvQwsl/xd6BwXEeNcHCJV4NCp+1ypQ==
-----END CERTIFICATE-----
)";

inline constexpr char kLeaf[] = R"(-----BEGIN CERTIFICATE-----
MIIBrTCCAVOgAwIBAgICEAEwCgYIKoZIzj0EAwIwEjEQMA4GA1UEAwwHRnV6eiBD
QTAeFw0yNjExMjIyMzU5NTVaFw0yNzAyMjAyMzU5NTVaMBYxFDASBgNVBAMMC2Fw
cC5leGFtcGxlMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEM5slqEUP/Gr9M4OV
d4NTDIdAuvu7l8PI5nOIRgxH/tj3YNH06CzVgZt+JhIVz2zewIhgbacjnaz9PFs5
BQfYWaOBlDCBkTAWBgNVHREEDzANggthcHAuZXhhbXBsZTAMBgNVHRMBAf8EAjAA
MCkGA1UdHwQiMCAwHqAcoBqGGGh0dHA6Ly9jcmwuZXhhbXBsZS8xLmNybDAdBgNV
HQ4EFgQUKsayoHmFVOekgu3BWE/gNqu12XUwHwYDVR0jBBgwFoAUhMChhxE0IyvB
eFEd4RzXRB41T54wCgYIKoZIzj0EAwIDSAAwRQIhAOhTCnHvZzuJNpEfg2WEiRQV
/fSQCXh6T72HjhzIOlX2AiB1eZinn1i6NimYjyVRKhrM+2TrjK+Ys1uZiMp7Ko+i
aw==
-----END CERTIFICATE-----
)";

inline net::tls::CertificatePtr certificate(const char* pem) {
  BIO* in = BIO_new_mem_buf(pem, -1);
  auto read = net::tls::adopt(PEM_read_bio_X509(in, nullptr, nullptr, nullptr));
  BIO_free(in);
  return read;
}

inline Time sample_time() {
  return *parse_rfc3339("2026-11-23T06:00:00Z");
}

}  // namespace assay::fuzz

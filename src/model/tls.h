#pragma once

// What the name look-up and the TLS probes saw: bodies of "dns.resolution", "tls.enumeration" and "tls.handshake".
// There is one enumeration and one handshake record per address of a name.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/exchange.h"

namespace assay {

struct Resolution {
  std::string host;
  std::vector<std::string> addresses;  // every address of the name, as text
  std::vector<std::string> refused;    // those that the egress guard does not allow
  std::optional<Failure> failure;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Resolution, host, addresses, refused, failure)

// A probe's three-valued answer. Only an alert (or a ServerHello that chose otherwise) refuses.
namespace support {
inline constexpr std::string_view kAccepted = "accepted";
inline constexpr std::string_view kRefused = "refused";
inline constexpr std::string_view kUnknown = "unknown";
}  // namespace support

struct TlsCodePoint {
  int code = 0;      // IANA value, e.g. 0xC02F or 0x001D
  std::string name;  // IANA name, e.g. "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "x25519"
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(TlsCodePoint, code, name)

struct TlsVersionResult {
  std::string version;               // "SSLv3" | "TLSv1.0" | "TLSv1.1" | "TLSv1.2" | "TLSv1.3"
  std::string support;               // one of assay::support
  std::string reason;                // what was seen: "alert protocol_version", "timeout", "connection reset", …
  std::vector<TlsCodePoint> suites;  // accepted; complete only when `suites_complete`
  bool suites_complete = false;      // enumeration ended with a refusal
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(TlsVersionResult, version, support, reason, suites, suites_complete)

struct TlsEnumeration {
  std::string host;
  int port = 0;
  std::string address;
  std::string mode;  // "policy" (versions only) or "full" (suites and groups too)
  std::vector<TlsVersionResult> versions;
  std::vector<TlsCodePoint> groups;
  bool groups_complete = false;
  int connections = 0;             // TCP connections it took
  std::vector<std::string> notes;  // "speaks plain HTTP", "needs a key share", "intolerant of large hellos", …
  std::optional<Failure> failure;  // nothing could be asked at all
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(TlsEnumeration, host, port, address, mode, versions, groups,
                                                groups_complete, connections, notes, failure)

struct CertificateRecord {
  std::string der;      // base64
  std::string sha256;   // hex, of the DER
  std::string subject;  // RFC 2253
  std::string issuer;
  std::string serial;      // hex
  std::string not_before;  // RFC 3339
  std::string not_after;
  std::vector<std::string> dns_names;
  std::vector<std::string> ip_addresses;
  std::string key_type;  // "RSA" | "EC" | "Ed25519" | "Ed448" | "DSA" | other
  int key_bits = 0;
  std::string curve;                // for EC: "P-256", …
  std::string signature_algorithm;  // OpenSSL's long name, e.g. "sha256WithRSAEncryption"
  bool is_ca = false;
  bool self_signed = false;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(CertificateRecord, der, sha256, subject, issuer, serial, not_before,
                                                not_after, dns_names, ip_addresses, key_type, key_bits, curve,
                                                signature_algorithm, is_ca, self_signed)

struct ChainError {
  std::string
      rule;       // stable: "self-signed", "unknown-issuer", "incomplete-chain", "expired", "not-yet-valid",
                  // "bad-signature", "not-a-ca", "name-constraints", "weak-signature", "weak-key", "purpose", "other"
  int depth = 0;  // 0 is the leaf
  std::string sha256;  // of the certificate it is about; "" when unknown
  std::string detail;  // OpenSSL's words
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(ChainError, rule, depth, sha256, detail)

struct TlsHandshake {
  std::string host;
  int port = 0;
  std::string address;
  std::string server_name;  // SNI sent; "" for IP hosts
  std::string version;
  std::string suite;
  std::string group;
  std::string alpn;
  std::vector<CertificateRecord> chain;  // as sent, leaf first
  bool trusted = false;                  // a path to a trust anchor verifies at the time of the evidence
  std::vector<ChainError> chain_errors;
  bool name_matches = false;       // RFC 6125/9525 against `host`
  std::string trust_store;         // where the anchors came from, for people
  std::optional<Failure> failure;  // no handshake, or none that got as far as a certificate
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(TlsHandshake, host, port, address, server_name, version, suite, group,
                                                alpn, chain, trusted, chain_errors, name_matches, trust_store, failure)

}  // namespace assay

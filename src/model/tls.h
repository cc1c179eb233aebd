#pragma once

// What the name look-up and the TLS probes saw: bodies of "dns.resolution", "tls.enumeration", "tls.handshake" and
// "tls.revocation". There is one enumeration and one handshake record per address of a name.

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
  std::string spki_sha256;              // hex, of the SubjectPublicKeyInfo
  std::vector<std::string> ca_issuers;  // URLs the certificate names (AIA caIssuers, AIA OCSP, CRL distribution
  std::vector<std::string> ocsp_urls;   // points); at most 8 each
  std::vector<std::string> crl_urls;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(CertificateRecord, der, sha256, subject, issuer, serial, not_before,
                                                not_after, dns_names, ip_addresses, key_type, key_bits, curve,
                                                signature_algorithm, is_ca, self_signed, spki_sha256, ca_issuers,
                                                ocsp_urls, crl_urls)

// The rules of verification (RFC 5280, RFC 9525, the CA/Browser Forum's Baseline Requirements). Stable.
namespace chain_rule {
// No trust without these.
inline constexpr std::string_view kSelfSigned = "self-signed";
inline constexpr std::string_view kUnknownIssuer = "unknown-issuer";
inline constexpr std::string_view kIncompleteChain = "incomplete-chain";  // the issuer was not sent
inline constexpr std::string_view kExpired = "expired";
inline constexpr std::string_view kNotYetValid = "not-yet-valid";
inline constexpr std::string_view kBadSignature = "bad-signature";
inline constexpr std::string_view kNotACa = "not-a-ca";
inline constexpr std::string_view kPathLength = "path-length";
inline constexpr std::string_view kNameConstraints = "name-constraints";
inline constexpr std::string_view kPurpose = "purpose";                  // made for something else than TLS servers
inline constexpr std::string_view kDistrusted = "distrusted-authority";  // issued after the authority lost its trust
inline constexpr std::string_view kOther = "other";
// What many clients let pass, and the rules do not.
inline constexpr std::string_view kWeakSignature = "weak-signature";
inline constexpr std::string_view kWeakKey = "weak-key";      // short, DSA, a useless exponent, ROCA
inline constexpr std::string_view kNoPurpose = "no-purpose";  // no extended key usage
inline constexpr std::string_view kLeafIsCa = "leaf-is-ca";
inline constexpr std::string_view kOldVersion = "old-version";          // not X.509 v3
inline constexpr std::string_view kBadSerial = "bad-serial";            // zero, negative or longer than 20 octets
inline constexpr std::string_view kWildcardSuffix = "wildcard-suffix";  // a wildcard over a registry's whole suffix
inline constexpr std::string_view kProfile = "profile";                 // other breaches of RFC 5280's profile
}  // namespace chain_rule

struct ChainError {
  std::string rule;    // one of assay::chain_rule
  int depth = 0;       // in the path that was built; 0 is the leaf
  std::string sha256;  // of the certificate it is about; "" when unknown
  std::string detail;  // for people
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(ChainError, rule, depth, sha256, detail)

// What is odd about the certificates as sent, without making the chain fail.
namespace chain_note {
inline constexpr std::string_view kOutOfOrder = "out-of-order";
inline constexpr std::string_view kRootSent = "root-sent";
inline constexpr std::string_view kUnused = "unused-certificate";  // sent, and no part of the path
}  // namespace chain_note

// What the caIssuers URLs of the certificates gave for a chain whose issuers were not all sent.
struct ChainCompletion {
  std::vector<std::string> urls;                // asked, in order
  std::vector<CertificateRecord> certificates;  // got
  bool trusted = false;                         // with them, the chain verifies
  std::optional<Failure> failure;               // of the last URL asked
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(ChainCompletion, urls, certificates, trusted, failure)

// Signed certificate timestamps (RFC 6962) by the way they came.
struct ScTimestamps {
  int embedded = 0;
  int tls = 0;
  int ocsp = 0;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(ScTimestamps, embedded, tls, ocsp)

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
  std::vector<std::string> chain_notes;       // of assay::chain_note
  std::string anchor;                         // subject of the trust anchor that the path ends at; "" without one
  bool public_trust = false;                  // that anchor is of the public Web PKI, not of the operator's own files
  std::optional<ChainCompletion> completion;  // when a certificate names where its missing issuer lies
  bool name_matches = false;                  // RFC 6125/9525 against `host`
  std::string trust_store;                    // where the anchors came from, for people
  std::optional<ScTimestamps> timestamps;     // absent when they were not looked for
  std::string stapled_ocsp;                   // base64; "" when none was sent, or more than 64 kB
  std::optional<Failure> failure;             // no handshake, or none that got as far as a certificate
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(TlsHandshake, host, port, address, server_name, version, suite, group,
                                                alpn, chain, trusted, chain_errors, chain_notes, anchor, public_trust,
                                                completion, name_matches, trust_store, timestamps, stapled_ocsp,
                                                failure)

namespace revocation_status {
inline constexpr std::string_view kGood = "good";
inline constexpr std::string_view kRevoked = "revoked";
inline constexpr std::string_view kUnknown = "unknown";
}  // namespace revocation_status

// What one source said of a certificate.
struct RevocationSource {
  std::string method;       // "ocsp-staple" | "crl" | "ocsp"
  std::string url;          // "" for a staple
  std::string status;       // one of assay::revocation_status; good only when signature and dates hold
  std::string detail;       // why unknown, or the reason of the revocation
  std::string this_update;  // RFC 3339, of the list or answer
  std::string next_update;
  std::string revoked_at;
  std::optional<Failure> failure;  // nothing came
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(RevocationSource, method, url, status, detail, this_update, next_update,
                                                revoked_at, failure)

// Whether one certificate of a verified path is revoked. Kind "tls.revocation", subject the origin.
struct Revocation {
  std::string certificate;  // SHA-256
  std::string subject;
  std::string issuer;
  std::string serial;  // hex
  int depth = 0;       // in the path; 0 is the leaf
  std::string status;  // one of assay::revocation_status: the first source that knows
  std::string exempt;  // why nothing was asked: "short-lived" (at most seven days), "no-source" (it names none)
  std::vector<RevocationSource> sources;  // in the order asked
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Revocation, certificate, subject, issuer, serial, depth, status, exempt,
                                                sources)

}  // namespace assay

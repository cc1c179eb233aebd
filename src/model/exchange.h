#pragma once

// One HTTP request and what came of it: the body of every "http.*" evidence.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace assay {

struct HttpField {
  std::string name;   // as received
  std::string value;  // outer white space removed; obs-fold joined by one space
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(HttpField, name, value)

// Why a request was made.
namespace purpose {
inline constexpr std::string_view kDescriptor = "descriptor";  // initial validation: the descriptor itself
inline constexpr std::string_view kValidation = "validation";  // initial validation: the base URL
inline constexpr std::string_view kFront = "front";            // https origin "/"
inline constexpr std::string_view kPlain = "plain-http";       // http://host/ of an https origin, port 80
inline constexpr std::string_view kTrace = "trace";            // TRACE on the origin
inline constexpr std::string_view kOptions = "options";        // OPTIONS on the origin: which methods it says it allows
inline constexpr std::string_view kMissing = "missing-path";   // a random path that cannot exist: the control
inline constexpr std::string_view kPage = "page";              // an endpoint without credentials
inline constexpr std::string_view kAuthn = "authn";
inline constexpr std::string_view kAuthz = "authz";
inline constexpr std::string_view kLifecycle = "lifecycle";
inline constexpr std::string_view kCaIssuers = "ca-issuers";        // a missing issuer of the app's certificate
inline constexpr std::string_view kCrl = "crl";                     // the revocation list that a certificate names
inline constexpr std::string_view kOcsp = "ocsp";                   // the responder that a certificate names
inline constexpr std::string_view kTakeover = "takeover";           // "/" of a host that may be unclaimed
inline constexpr std::string_view kTakeoverPath = "takeover-path";  // the same, a random path
inline constexpr std::string_view kTakeoverControl = "takeover-control";  // a claimed name of the same provider
inline constexpr std::string_view kBucketListing = "bucket-listing";      // a storage bucket, asked what it holds
}  // namespace purpose

// What a request carried to prove who it is; the value itself is never recorded.
namespace credential {
inline constexpr std::string_view kNone = "none";
inline constexpr std::string_view kForgedHs256 = "forged-hs256";       // well-formed, signed with a key nobody has
inline constexpr std::string_view kEmptyKeyHs256 = "empty-key-hs256";  // signed with the empty key
inline constexpr std::string_view kAlgNone = "alg-none";               // unsigned, alg=none
inline constexpr std::string_view kForgedRs256 =
    "forged-rs256";                                           // RS256, unknown kid, a signature that no key verifies
inline constexpr std::string_view kExpired = "expired";       // lab tenant's key, exp in the past
inline constexpr std::string_view kWrongQsh = "wrong-qsh";    // lab tenant's key, query hash of another URL
inline constexpr std::string_view kTampered = "tampered";     // the user's token with one claim changed
inline constexpr std::string_view kUserJwt = "user-jwt";      // the low-privilege user's token as given
inline constexpr std::string_view kTenantJwt = "tenant-jwt";  // lab tenant's key, everything right
}  // namespace credential

struct HttpRequestRecord {
  std::string method;
  std::string url;                // tokens in the query are replaced by "REDACTED"
  std::vector<HttpField> fields;  // Authorization values are replaced by "JWT REDACTED"
  std::string purpose;            // one of assay::purpose
  std::string credential;         // one of assay::credential
  std::string body;               // as sent, with secrets replaced; at most 4 kB
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(HttpRequestRecord, method, url, fields, purpose, credential, body)

struct HttpResponseRecord {
  int status = 0;
  std::string version;  // as sent, e.g. "HTTP/1.1"
  std::string reason;
  std::vector<HttpField> fields;       // in order, repeated ones kept apart
  std::string body;                    // the first 64 kB, decoded, as valid UTF-8
  std::uint64_t body_bytes = 0;        // bytes of body read (after decoding), before the cut
  std::string body_sha256;             // of the bytes read
  bool truncated = false;              // `body` or what was read is less than the whole
  bool complete = true;                // the message ended as its framing says
  std::vector<std::string> anomalies;  // stable codes of what a strict reader would refuse, e.g. "bare-lf"
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(HttpResponseRecord, status, version, reason, fields, body, body_bytes,
                                                body_sha256, truncated, complete, anomalies)

// Why there is no answer.
struct Failure {
  std::string code;    // to_string(ErrorCode)
  std::string detail;  // for people
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Failure, code, detail)

struct HttpExchange {
  std::string origin;        // of the URL asked
  std::string endpoint;      // SurfaceEndpoint::id it was made for; "" for origin-wide requests
  std::string address;       // "127.0.0.1:443" connected to; "" when none
  bool tls_trusted = false;  // https with a chain and name that verify
  HttpRequestRecord request;
  std::optional<HttpResponseRecord> response;  // exactly one of response and failure
  std::optional<Failure> failure;
  int hop = 0;           // 0 for the first request, then one more per redirect followed
  std::string previous;  // evidence id of the hop before; "" for hop 0
  std::int64_t duration_ms = 0;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(HttpExchange, origin, endpoint, address, tls_trusted, request, response,
                                                failure, hop, previous, duration_ms)

// Whether every field arrived. When not, a field that is missing in the record may still have been sent.
bool fields_complete(const HttpResponseRecord& response);

// Values of every field called `name` (case-insensitive), in order.
std::vector<std::string> field_values(const std::vector<HttpField>& fields, std::string_view name);
// The first of them.
std::optional<std::string> field_value(const std::vector<HttpField>& fields, std::string_view name);

}  // namespace assay

#pragma once

// Evidence: immutable, timestamped facts about an app. The JSON form is public and versioned (docs/evidence.md):
// one object per line, {"schema":"assay-evidence/1","id",…}.

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "base/time.h"

namespace assay {

// The kinds of evidence. A requirement file names those it needs; the planner derives the probes from them.
namespace kind {
inline constexpr std::string_view kSurface = "surface";                   // model/surface.h
inline constexpr std::string_view kResolution = "dns.resolution";         // model/tls.h: Resolution
inline constexpr std::string_view kHosts = "surface.hosts";               // model/dns.h: HostInventory
inline constexpr std::string_view kDnsHost = "dns.host";                  // model/dns.h: DnsHost
inline constexpr std::string_view kDnsZone = "dns.zone";                  // model/dns.h: DnsZone
inline constexpr std::string_view kRegistration = "registration.domain";  // model/dns.h: Registration
inline constexpr std::string_view kTlsEnumeration = "tls.enumeration";    // model/tls.h: TlsEnumeration
inline constexpr std::string_view kTlsHandshake = "tls.handshake";        // model/tls.h: TlsHandshake
inline constexpr std::string_view kTlsRevocation = "tls.revocation";      // model/tls.h: Revocation
inline constexpr std::string_view kHttpDescriptor =
    "http.descriptor";  // model/exchange.h: HttpExchange, this and below
inline constexpr std::string_view kHttpOrigin =
    "http.origin";                                            // per origin: front page, plain http, TRACE, missing path
inline constexpr std::string_view kHttpPage = "http.page";    // an endpoint asked without credentials
inline constexpr std::string_view kHttpAuthn = "http.authn";  // an endpoint asked with bad tokens
inline constexpr std::string_view kHttpAuthz = "http.authz";  // an admin endpoint asked with a user's token
inline constexpr std::string_view kHttpLifecycle =
    "http.lifecycle";  // a lifecycle callback asked unsigned or wrongly signed
inline constexpr std::string_view kHttpTakeover =
    "http.takeover";  // a host asked for what its provider shows of names that nobody has claimed; subject the host
inline constexpr std::string_view kSecretSweep = "secret.sweep";  // model/secret.h: SecretSweep

// All of the above.
inline constexpr std::array kAll{kSurface,      kResolution,     kHosts,        kDnsHost,       kDnsZone,
                                 kRegistration, kTlsEnumeration, kTlsHandshake, kTlsRevocation, kHttpDescriptor,
                                 kHttpOrigin,   kHttpPage,       kHttpAuthn,    kHttpAuthz,     kHttpLifecycle,
                                 kHttpTakeover, kSecretSweep};
}  // namespace kind

struct Evidence {
  std::string id;             // the content hash; see evidence_id()
  std::string kind;           // one of assay::kind
  int schema = 1;             // version of the body's form
  std::string subject;        // an app key, an origin, an endpoint id or a host
  Time time;                  // when it was seen, UTC
  std::string probe;          // which code collected it, e.g. "http"
  std::string probe_version;  // changes when what the probe records changes
  Json body;
};

// The content hash that names a record: "ev-" and the first 32 hex digits of SHA-256 over the canonical JSON of
// kind, schema, subject, time, probe, probe_version and body.
std::string evidence_id(const Evidence& e);

// Completes `e` with its id.
Evidence make_evidence(std::string_view kind, std::string subject, Time time, std::string_view probe, Json body);

Json to_json_line(const Evidence& e);
// Errors: not an object, another schema, missing fields, or an id that does not match the content (altered evidence).
Result<Evidence> evidence_from_json(const Json& j);

}  // namespace assay

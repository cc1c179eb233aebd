#pragma once

// What the DNS says of certificates: CAA records (RFC 8659), by which authorities may issue, and TLSA records (RFC
// 6698), of what a server may show.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/dns.h"
#include "model/tls.h"

namespace assay::judge {

// The CAA records that hold for a name.
struct IssueRules {
  std::string owner;                 // the name, or the closest above it that has CAA records
  std::vector<std::string> issuers;  // who may issue, in lower case; empty: nobody may
};

// The rules for a certificate of `name`, which is `host.host` or a name above it; a name that begins with "*." asks for
// the rules of wildcards. nullopt when there are none, when none restricts who issues (§4.2, §4.3), or when a name on
// the way up was not asked or gave no answer.
std::optional<IssueRules> issue_rules(const DnsHost& host, std::string_view name);

// `known`: entries "identifier=organisation", the latter the beginning of the organisation in issuers' names. The
// identifiers of the authority that issued `certificate`; empty when it is not known.
std::vector<std::string> identifiers_of_issuer(const CertificateRecord& certificate,
                                               const std::vector<std::string>& known);

// The TLSA records for HTTPS on port 443 of the host, as the resolver validated them; empty otherwise.
std::vector<std::string> validated_tlsa(const DnsHost& host);

enum class TlsaMatch {
  agrees,   // a record names a certificate of the chain, in the place that its usage says
  differs,  // no record does
  open,     // no record does; of one it cannot be said: an anchor that was not sent, SHA-512, an unknown number
};
// `records`: TLSA data as text, at least one; `chain`: as sent, leaf first, at least one.
TlsaMatch match_tlsa(const std::vector<std::string>& records, const std::vector<CertificateRecord>& chain);

}  // namespace assay::judge

#pragma once

// What the DNS probe and the look into the registries saw: bodies of "surface.hosts", "dns.host", "dns.zone" and
// "registration.domain". Names are in lower case, A-labels, without the dot at the end.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/exchange.h"

namespace assay {

// Whose a host is.
namespace host_class {
inline constexpr std::string_view kOwn = "own";  // on the app's own registrable domain
inline constexpr std::string_view kProvider =
    "provider";  // the app's, directly under a provider's suffix: x.herokuapp.com
inline constexpr std::string_view kThirdParty = "third-party";
}  // namespace host_class

// Where a host was named.
namespace host_source {
inline constexpr std::string_view kDescriptor = "descriptor";  // `where` is a JSON pointer
inline constexpr std::string_view kRedirect = "redirect";      // `where` is the evidence id, here and below
inline constexpr std::string_view kCsp = "csp";                // Content-Security-Policy of the app's own page
inline constexpr std::string_view kLink = "link";              // a page of the app links to it
inline constexpr std::string_view kScript = "script";  // a page of the app runs code from it, or a style sheet or frame
}  // namespace host_source

struct HostMention {
  std::string source;  // one of assay::host_source
  std::string where;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(HostMention, source, where)

struct NamedHost {
  std::string host;
  std::string host_class;          // one of assay::host_class
  std::string registrable_domain;  // with the private section of the public suffix list: who controls it
  std::string registered_domain;   // with the ICANN section only: whom a registry knows; "" for addresses and suffixes
  std::vector<HostMention> named_by;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(NamedHost, host, host_class, registrable_domain, registered_domain,
                                                named_by)

// Every host that the app names, sorted by name. Recorded once a scan, after the pages were read.
struct HostInventory {
  std::vector<NamedHost> hosts;
  std::uint64_t left_out = 0;  // beyond the number that is kept
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(HostInventory, hosts, left_out)

struct DnsRecord {
  std::string name;
  std::string type;  // mnemonic: "A", "CNAME"; "TYPE65280" when it has none
  std::uint32_t ttl = 0;
  std::string data;  // presentation form (RFC 1035 §5.1, RFC 3597 for unknown types): "10 mx.example", "192.0.2.1"
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(DnsRecord, name, type, ttl, data)

// The hosts and domains that a record lets take, or send, the mail of its owner: the exchanger of an MX (RFC 5321 §5;
// the null MX of RFC 7505 has none), and what an SPF policy in a TXT (RFC 7208) takes in by "include", "redirect", "a"
// and "mx". Of names that macros make, the labels behind the last macro. In lower case, without repeats; at most ten of
// one record, as many as a policy may have (§4.6.4). Names of other characters than letters, digits, "-", "_" and "."
// are left out. Empty for other records.
std::vector<std::string> mail_targets(const DnsRecord& record);

// One question to one server and its answer.
struct DnsAnswer {
  std::string name;
  std::string type;
  std::string server;                // "resolver", or the name of the name server
  std::string address;               // asked, e.g. "192.0.2.53:53"
  std::string transport;             // "udp" | "tcp"
  bool recursion = false;            // RD was set
  bool checking_disabled = false;    // CD was set
  std::string rcode;                 // "NOERROR", "NXDOMAIN", "SERVFAIL", "REFUSED", …; "" when there is no answer
  bool authoritative = false;        // AA
  bool authenticated = false;        // AD
  std::vector<int> extended_errors;  // RFC 8914 info codes
  std::vector<DnsRecord> answer;     // in order; at most 100 in a section
  std::vector<DnsRecord> authority;
  std::vector<DnsRecord> additional;  // without OPT: the addresses that a referral comes with
  std::uint64_t left_out = 0;         // records beyond 100 in a section, or 64 kB of text in all
  std::optional<Failure> failure;     // no answer that could be read; `rcode` is then empty
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(DnsAnswer, name, type, server, address, transport, recursion,
                                                checking_disabled, rcode, authoritative, authenticated, extended_errors,
                                                answer, authority, additional, left_out, failure)

// How a chain of CNAMEs (RFC 1034 §3.6.2, RFC 6672 for DNAME) ends.
namespace chain_end {
inline constexpr std::string_view kAddresses = "addresses";
inline constexpr std::string_view kNxdomain = "nxdomain";  // the last name does not exist
inline constexpr std::string_view kNoData = "nodata";      // it exists and has no address
inline constexpr std::string_view kLoop = "loop";
inline constexpr std::string_view kTooLong = "too-long";  // more than 16 links
inline constexpr std::string_view kBogus = "bogus";       // DNSSEC does not validate: CD=1 answers, without it SERVFAIL
inline constexpr std::string_view kServfail = "servfail";
inline constexpr std::string_view kRefused = "refused";
inline constexpr std::string_view kUnknown = "unknown";  // no answer
}  // namespace chain_end

// What the DNS says of one host of the app, through the resolver.
struct DnsHost {
  std::string host;
  std::vector<std::string> chain;      // the host, then the target of each link in turn
  std::string end;                     // one of assay::chain_end
  std::vector<std::string> addresses;  // at the end of the chain
  // For end "nxdomain": the last name asked at the servers of its own zone. True when one of them said NXDOMAIN with AA
  // and its SOA; false when they contradict; absent when none answered.
  std::optional<bool> nxdomain_confirmed;
  bool wildcard = false;           // a random sibling of the host has the same chain or addresses
  bool resolver_rewrites = false;  // a random name that cannot exist got an address: NXDOMAIN cannot be seen from here
  std::vector<DnsAnswer> answers;  // A, AAAA (with CD=1 repeats), MX, TXT, CAA of the host; the proofs of the above
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(DnsHost, host, chain, end, addresses, nxdomain_confirmed, wildcard,
                                                resolver_rewrites, answers)

// What one address of a name server made of a question for the SOA of a zone.
namespace server_state {
inline constexpr std::string_view kAuthoritative = "authoritative";  // answered with AA
inline constexpr std::string_view kRefused = "refused";              // REFUSED
inline constexpr std::string_view kServfail = "servfail";            // SERVFAIL, also when asked again
inline constexpr std::string_view kReferral = "referral";            // answered without AA: upward or sideways
inline constexpr std::string_view kDenied = "denied";    // says with AA, for a zone above, that this one is not there
inline constexpr std::string_view kSilent = "silent";    // no answer over UDP and TCP
inline constexpr std::string_view kUnclear = "unclear";  // an answer that says none of these, e.g. FORMERR
inline constexpr std::string_view kUnreachable = "unreachable";  // the scanner has no route: no IPv6 there
inline constexpr std::string_view kForbidden = "forbidden";      // the egress guard refuses the address
}  // namespace server_state

struct NameServerAddress {
  std::string address;
  std::string state;  // one of assay::server_state
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(NameServerAddress, address, state)

struct NameServer {
  std::string name;
  std::string registered_domain;             // of its name, ICANN section
  std::string resolution;                    // one of assay::chain_end for its own name
  std::vector<NameServerAddress> addresses;  // asked directly, RD=0
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(NameServer, name, registered_domain, resolution, addresses)

namespace zone_state {
inline constexpr std::string_view kSound = "sound";             // every reachable server is authoritative
inline constexpr std::string_view kPartlyLame = "partly-lame";  // some are, some deny the zone
inline constexpr std::string_view kLame = "lame";      // every reachable server denies the zone; none is silent
inline constexpr std::string_view kAbsent = "absent";  // the parent says NXDOMAIN, with AA
inline constexpr std::string_view kUndelegated = "undelegated";  // the parent has the name, and no NS set for it
inline constexpr std::string_view kUnknown = "unknown";          // anything less certain
}  // namespace zone_state

// The delegation of one zone, as its parent and its own servers tell it. Kind "dns.zone", subject the zone.
struct DnsZone {
  std::string zone;
  std::string parent;
  std::string state;                // one of assay::zone_state
  std::vector<NameServer> servers;  // the NS set that the parent gives
  bool delegation_signed = false;   // the parent has a DS
  std::vector<DnsRecord> mail;      // MX and TXT of the zone that have mail_targets()
  std::vector<DnsAnswer> answers;   // the parent's and the servers' own: the proofs
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(DnsZone, zone, parent, state, servers, delegation_signed, mail, answers)

namespace registration_state {
inline constexpr std::string_view kRegistered = "registered";
inline constexpr std::string_view kFree = "free";  // the authoritative registry has no such name and says no reason
inline constexpr std::string_view kHold = "hold";  // client or server hold: out of the zone
inline constexpr std::string_view kRedemption = "redemption";
inline constexpr std::string_view kPendingDelete = "pending-delete";
inline constexpr std::string_view kReserved = "reserved";    // nobody can register it: reserved, blocked
inline constexpr std::string_view kThrottled = "throttled";  // the registry limits us
inline constexpr std::string_view kUnknown = "unknown";      // no registry to ask, no answer, or none that can be read
}  // namespace registration_state

// One look into a registry. Kind "registration.domain", subject the domain; two of them when the first said "free".
struct Registration {
  std::string domain;
  std::string protocol;               // "rdap" | "whois"; "" when there is no registry to ask
  std::string server;                 // base URL or host asked
  std::string state;                  // one of assay::registration_state
  std::vector<std::string> statuses;  // RDAP values (EPP ones mapped by RFC 8056), lower case
  std::string registered;             // RFC 3339; "" when not told
  std::string expires;
  std::string registrar_expires;
  std::string registrar;
  std::string
      parent_says;  // the parent zone's own servers on the name at the same time: "nxdomain", "delegated", "nodata", ""
  std::string excerpt;  // what the state was read from, at most 2 kB, without people's data
  std::optional<Failure> failure;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Registration, domain, protocol, server, state, statuses, registered,
                                                expires, registrar_expires, registrar, parent_says, excerpt, failure)

}  // namespace assay

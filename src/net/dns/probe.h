#pragma once

// What the DNS says of the hosts that an app names. Each probe records its evidence and returns what it recorded.

#include <string>
#include <vector>

#include "model/dns.h"
#include "net/dns/client.h"
#include "net/gate.h"
#include "net/task.h"

namespace assay::net::dns {

// The longest chain of CNAMEs that is followed.
inline constexpr std::size_t kChainLimit = 16;

// Kind "dns.host", subject `host` (a normalised name; an address has no DNS, and must not be passed). Asks the resolver
// for A and AAAA along the whole chain of CNAMEs, link by link where it fails, and with CD=1 what fails; for MX and
// TXT of the host; for CAA of it and the names above, up to the closest that has some or the registered domain; for
// TLSA of its port 443 where its addresses are validated by DNSSEC; for a random sibling and for a name that cannot
// exist. An NXDOMAIN is confirmed at the servers of the zone that the last name is in.
Task<DnsHost> probe_host(Client& client, ScanContext& scan, std::string host);

// Kind "dns.zone", subject `zone` (a normalised name of two labels or more). The delegation as the parent's own servers
// give it, and what each address of each name server makes of a question for the zone's SOA.
Task<DnsZone> probe_zone(Client& client, ScanContext& scan, std::string zone);

// probe_zone() for the registered domain of `hosts`, which they all share, and for each zone cut from there down to
// each of them; every zone once, parents first. Below a zone that is not there or does not work nothing can be found.
// Empty for hosts that have no registered domain.
Task<std::vector<DnsZone>> probe_zones(Client& client, ScanContext& scan, std::vector<std::string> hosts);

}  // namespace assay::net::dns

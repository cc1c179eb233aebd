#pragma once

// Zones and their own servers, found through the operator's resolver and asked directly.

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/dns/client.h"
#include "net/gate.h"
#include "net/task.h"

namespace assay::net::dns {

// The owner of the SOA in `answer` when it speaks for `name`: the name itself or one above ("" otherwise; the SOA of a
// CNAME's target does not).
std::string zone_by_soa(const DnsAnswer& answer, std::string_view name);

// The zone that `name` is in (or whose apex it is), by the SOA that the resolver gives for it or for a name above;
// "" when the resolver fails on the way.
Task<std::string> enclosing_zone(Client& client, ScanContext& scan, std::string name);

struct OwnWord {
  Server server;
  Answer answer;
};
// Asks the zone's own servers in turn, beginning anywhere, until `says` takes an answer: at most kServersTried
// addresses. What was asked goes to `asked`. nullopt when none had such an answer.
inline constexpr int kServersTried = 6;
Task<std::optional<OwnWord>> ask_zone(Client& client, ScanContext& scan, std::string zone, std::string name, Type type,
                                      std::function<bool(const DnsAnswer&)> says, std::vector<Answer>& asked);

}  // namespace assay::net::dns

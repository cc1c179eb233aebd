#pragma once

// Where a name leads: its chain of CNAMEs and DNAMEs and the addresses at the end, through the operator's resolver.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/dns.h"
#include "net/dns/client.h"
#include "net/gate.h"
#include "net/task.h"

namespace assay::net::dns {

struct Chain {
  std::vector<std::string> names;      // the one asked for, then the target of each link in turn
  std::string end;                     // one of assay::chain_end
  std::vector<std::string> addresses;  // IPv4 first; of a bogus chain, those that CD=1 shows
  std::vector<Answer> answers;         // in the order they were asked for
};

// Asks for A along the chain and for AAAA at its end. Where the resolver fails, CD=1 tells bogus from broken, and the
// chain is walked link by link.
Task<Chain> follow_chain(Client& client, ScanContext& scan, std::string name);

// Appends to `names` the links that `records` have from its last name on. What ends the walk: a loop, the limit of
// kChainLimit links, or simply no further link (nullopt).
std::optional<std::string_view> walk_links(const std::vector<DnsRecord>& records, std::vector<std::string>& names);

// The data of the records in `records` of this name and type.
std::vector<std::string> data_of(const std::vector<DnsRecord>& records, std::string_view name, std::string_view type);

}  // namespace assay::net::dns

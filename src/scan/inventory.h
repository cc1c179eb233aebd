#pragma once

// Which hosts an app names: in its descriptor, and in what its own servers answered (redirects, policies, pages).

#include <set>
#include <string>
#include <vector>

#include "model/dns.h"
#include "model/evidence.h"
#include "model/surface.h"

namespace assay::scan {

// The most hosts that an inventory keeps; the app's own come first, then those that its pages run code from.
inline constexpr std::size_t kMaxHosts = 200;

// The registrable domains of the app's own origins: what is below one of them is the app's. Pure.
std::set<std::string> own_domains(const Surface& surface);

// Pure. `evidence`: of the scan so far; only exchanges with the app's own hosts are read. Addresses are left out: there
// is nothing to ask the DNS or a registry about them.
HostInventory gather_hosts(const Surface& surface, const std::vector<Evidence>& evidence);

}  // namespace assay::scan

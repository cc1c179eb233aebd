#include "judge/addresses.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace assay::judge {

std::string address_only(const std::string& address) {
  if (address.starts_with('[')) return address.substr(1, address.find(']') - 1);
  if (std::ranges::count(address, ':') == 1) return address.substr(0, address.find(':'));
  return address;
}

void require_all_addresses(Ruling& ruling, const EvidenceView& view, const std::vector<std::string>& looked_at) {
  const auto& host = view.origin().host;
  std::vector<std::string> known;
  known.reserve(looked_at.size());
  for (const auto& address : looked_at) known.push_back(address_only(address));
  for (const auto& r : view.all().resolutions()) {
    if (r.value.host != host) continue;
    ruling.rests_on(r.id);
    if (r.value.failure)
      ruling.unknown(unknown_of(*r.value.failure, "The name " + printable(host) + " was not resolved"));
    for (const auto& address : r.value.addresses) {
      if (std::ranges::find(known, address_only(address)) != known.end()) continue;
      const bool refused = std::ranges::find(r.value.refused, address) != r.value.refused.end();
      if (refused) {
        ruling.unknown(
            {"egress-refused", fmt::format("{} also has the address {}, which the scanner may not connect to.",
                                           printable(host), printable(address))});
      } else {
        ruling.unknown({"address-not-probed", fmt::format("{} also has the address {}, which was not looked at.",
                                                          printable(host), printable(address))});
      }
    }
  }
}

}  // namespace assay::judge

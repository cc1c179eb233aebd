#pragma once

// The addresses of a TLS subject: a name is as good as its worst address, so a judge has to know which were looked at.

#include <string>
#include <vector>

#include "judge/ruling.h"
#include "model/evidence_view.h"

namespace assay::judge {

// Records on `ruling` every address of the origin's host that the name look-up found and that is not among `looked_at`,
// and every look-up that failed. Look-ups that were not recorded count as nothing known to be missing.
void require_all_addresses(Ruling& ruling, const EvidenceView& view, const SurfaceOrigin& origin,
                           const std::vector<std::string>& looked_at);

// "192.0.2.1" of "192.0.2.1:443", "2001:db8::1" of "[2001:db8::1]:443"; bare addresses as they are.
std::string address_only(const std::string& address);

}  // namespace assay::judge

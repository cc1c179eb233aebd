#pragma once

// Whether a domain that a record depends on is held by anybody, from everything that was seen of it.

#include <string>
#include <string_view>
#include <vector>

#include "model/evidence_view.h"

namespace assay::judge {

enum class Hold {
  held,    // registered, delegated, or a name under it exists
  free,    // Freedom::proven
  unseen,  // anything less
};

struct DomainHold {
  Hold hold = Hold::unseen;
  std::string why;                    // for people
  std::vector<std::string> evidence;  // that it rests on
};

// `domain`: a registered domain (ICANN section of the public suffix list).
DomainHold domain_hold(const EvidenceSet& evidence, std::string_view domain);

// What the looks into the registry prove of one domain being free. A look finds it free when the registry has no such
// name and the parent zone's own servers say NXDOMAIN at the same time. One such look is not enough: registries answer
// "no such name" for moments, and throttled servers always.
enum class Freedom {
  not_said,        // the registry did not call it free at last
  parent_unclear,  // it did, and the parent zone did not say NXDOMAIN
  once,            // found free, at the only look
  contradicted,    // found free, and the registry said otherwise at the look before
  proven,          // found free at both of the last two looks
};
// `looks`: at one domain, in order of time.
Freedom freedom_of(const std::vector<const Observed<Registration>*>& looks);

}  // namespace assay::judge

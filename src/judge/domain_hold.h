#pragma once

// Whether a domain that a record depends on is held by anybody, from everything that was seen of it.

#include <string>
#include <string_view>
#include <vector>

#include "model/evidence_view.h"

namespace assay::judge {

enum class Hold {
  held,    // registered, delegated, or a name under it exists
  free,    // the registry and the parent zone said so at both of the last two sightings
  unseen,  // anything less
};

struct DomainHold {
  Hold hold = Hold::unseen;
  std::string why;                    // for people
  std::vector<std::string> evidence;  // that it rests on
};

// `domain`: a registered domain (ICANN section of the public suffix list). One sighting of a free domain is not enough:
// registries answer "no such name" for moments, and throttled servers always.
DomainHold domain_hold(const EvidenceSet& evidence, std::string_view domain);

// "example.com" and "www.example.com" are under "example.com".
bool is_under(std::string_view name, std::string_view domain);

}  // namespace assay::judge

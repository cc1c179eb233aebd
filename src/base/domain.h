#pragma once

// Registrable domains by the public suffix list, as this build carries it (catalog/public_suffix_list.dat).
// Thread-safe.

#include <string>
#include <string_view>

namespace assay {

struct DomainParts {
  std::string public_suffix;       // "com", "co.uk", "herokuapp.com"; empty for addresses and single labels
  std::string registrable_domain;  // suffix plus one label; empty when the host is itself a suffix or an address
  bool suffix_is_private = false;  // the suffix is one that a provider hands out to its tenants (PSL private section)
};

// `host` is normalised (base/url.h). Unlisted top-level names follow the rule "*".
DomainParts split_domain(std::string_view host);

// True for `domain` itself and every name below it: "example.com" and "www.example.com" are under "example.com". Both
// are normalised hosts (no escapes); nothing is under "".
bool is_under(std::string_view name, std::string_view domain);

// True when both hosts have the same registrable domain, or are equal.
bool same_site(std::string_view host_a, std::string_view host_b);

// The name of `host` that a registry knows, by the ICANN section of the list alone: "herokuapp.com" for
// x.herokuapp.com, whose registrable domain is its own. Empty for addresses, single labels and suffixes of registries.
std::string registered_domain(std::string_view host);

}  // namespace assay

#include "model/registries.h"

#include <utility>

namespace assay {

namespace {

// The value of the entry of the most labels that `domain` ends in: the domain itself, then without its first label, and
// so on; "" stands for the root.
template <class Map>
const typename Map::mapped_type* longest_match(const Map& entries, std::string_view domain) {
  for (;;) {
    if (const auto at = entries.find(domain); at != entries.end()) return &at->second;
    if (domain.empty()) return nullptr;
    const auto dot = domain.find('.');
    domain = dot == std::string_view::npos ? std::string_view() : domain.substr(dot + 1);
  }
}

}  // namespace

Registries::Registries(std::map<std::string, std::string, std::less<>> rdap,
                       std::map<std::string, std::size_t, std::less<>> whois, std::vector<WhoisServer> servers,
                       WhoisCommons commons)
    : rdap_(std::move(rdap)), whois_(std::move(whois)), servers_(std::move(servers)), commons_(std::move(commons)) {}

const std::string* Registries::rdap(std::string_view domain) const {
  return longest_match(rdap_, domain);
}

const WhoisServer* Registries::whois(std::string_view domain) const {
  const auto* index = longest_match(whois_, domain);
  return index != nullptr && *index < servers_.size() ? &servers_[*index] : nullptr;
}

}  // namespace assay

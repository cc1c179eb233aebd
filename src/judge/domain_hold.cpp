#include "judge/domain_hold.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/domain.h"
#include "base/text.h"

namespace assay::judge {

namespace {

template <std::size_t N>
bool one_of(const std::string& word, const std::array<std::string_view, N>& words) {
  return std::ranges::find(words, word) != words.end();
}

bool says_held(const Registration& r) {
  constexpr std::array kHeld = {registration_state::kRegistered, registration_state::kHold,
                                registration_state::kRedemption, registration_state::kPendingDelete,
                                registration_state::kReserved};
  return r.parent_says == "delegated" || one_of(r.state, kHeld);
}

std::string shown(const Registration& r) {
  return fmt::format("{} says of {}: {}; the parent zone says: {}", r.server, r.domain, r.state,
                     r.parent_says.empty() ? "nothing" : r.parent_says);
}

std::optional<DomainHold> by_registry(const EvidenceSet& all, std::string_view domain) {
  std::vector<const Observed<Registration>*> seen;
  for (const auto& r : all.registrations())
    if (r.value.domain == domain) seen.push_back(&r);
  if (seen.empty()) return std::nullopt;
  DomainHold hold;
  for (const auto* r : seen) hold.evidence.push_back(r->id);
  const auto& last = *seen.back();
  if (says_held(last.value)) {
    hold.hold = Hold::held;
  } else if (freedom_of(seen) == Freedom::proven) {
    hold.hold = Hold::free;
    hold.why = shown(seen[seen.size() - 2]->value) + "\n";
  }
  hold.why += printable(ellipsis(shown(last.value), 300));
  return hold;
}

// A name of the chain that exists: its domain is then delegated.
bool exists_under(const DnsHost& host, std::string_view domain) {
  const bool last_exists = host.end == chain_end::kAddresses || host.end == chain_end::kNoData;
  for (std::size_t i = 0; i < host.chain.size(); ++i)
    if (is_under(host.chain[i], domain) && (last_exists || i + 1 < host.chain.size())) return true;
  // A denial by the domain's own servers says as much.
  for (const auto& answer : host.answers) {
    if (!answer.authoritative || !is_under(answer.name, domain)) continue;
    for (const auto& record : answer.authority)
      if (record.type == "SOA" && is_under(record.name, domain)) return true;
  }
  return false;
}

bool delegated(const DnsZone& zone, std::string_view domain) {
  constexpr std::array kThere = {zone_state::kSound, zone_state::kPartlyLame, zone_state::kLame};
  if (is_under(zone.zone, domain) && one_of(zone.state, kThere)) return true;
  return std::ranges::any_of(zone.servers, [&](const NameServer& s) {
    return is_under(s.name, domain) && s.resolution == chain_end::kAddresses;
  });
}

}  // namespace

Freedom freedom_of(const std::vector<const Observed<Registration>*>& looks) {
  const auto parent_denies = [](const Registration& r) { return r.parent_says == "nxdomain"; };
  if (looks.empty() || looks.back()->value.state != registration_state::kFree) return Freedom::not_said;
  if (!parent_denies(looks.back()->value)) return Freedom::parent_unclear;
  if (looks.size() < 2) return Freedom::once;
  const auto& before = looks[looks.size() - 2]->value;
  if (before.state != registration_state::kFree) return Freedom::contradicted;
  return parent_denies(before) ? Freedom::proven : Freedom::parent_unclear;
}

DomainHold domain_hold(const EvidenceSet& evidence, std::string_view domain) {
  auto registry = by_registry(evidence, domain);
  if (registry && registry->hold != Hold::unseen) return *registry;
  for (const auto& zone : evidence.dns_zones())
    if (delegated(zone.value, domain)) return {Hold::held, fmt::format("{} is delegated", domain), {zone.id}};
  // A resolver that invents addresses proves nothing of what exists.
  for (const auto& host : evidence.dns_hosts())
    if (!host.value.resolver_rewrites && exists_under(host.value, domain))
      return {Hold::held, fmt::format("names under {} exist", domain), {host.id}};
  if (registry) return *registry;
  return {Hold::unseen, fmt::format("No registry was asked about {}", domain), {}};
}

}  // namespace assay::judge

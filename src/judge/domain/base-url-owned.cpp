// base-url-owned: the base URL is a usable https URL on a name that is the app's own.
//
// Not its own are: addresses, names that only exist locally, names that a provider gives to single machines (parameter
// raw_hosting), tunnels to a developer's machine (parameter tunnels), and names directly under a suffix that a provider
// hands out to its tenants (private section of the public suffix list). A name of its own in front of a tunnel, or of a
// name that is made of an address, is a warning: what stands behind it passes to the next one all the same.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/domain.h"
#include "base/text.h"
#include "base/url.h"
#include "judge/judge.h"
#include "judge/ruling.h"

namespace assay::judge {

namespace {

constexpr std::string_view kOwnName =
    "Serve the app from a name under a domain that is registered to its owner, and put that into baseUrl.";

std::optional<std::string> suffix_of(const std::string& host, const Requirement& requirement, std::string_view list) {
  for (const auto& suffix : requirement.parameter(list, std::vector<std::string>{}))
    if (is_under(host, suffix)) return suffix;
  return std::nullopt;
}

// RFC 6761, RFC 6762, RFC 8375, ICANN's reservation of "internal", and single labels.
bool is_local_name(std::string_view host) {
  constexpr std::array<std::string_view, 9> kLocal = {"localhost", "local",     "internal", "test",       "example",
                                                      "invalid",   "home.arpa", "lan",      "localdomain"};
  return host.find('.') == std::string_view::npos ||
         std::ranges::any_of(kLocal, [&](std::string_view s) { return is_under(host, s); });
}

void judge_host(Ruling& ruling, const SurfaceOrigin& origin, const Requirement& requirement,
                const Observed<Surface>& surface) {
  const auto& host = origin.host;
  const auto proof = "baseUrl: " + printable(ellipsis(surface.value.base_url_written, 200));
  const auto miss = [&](std::string locator, std::string title, std::string remedy) {
    ruling.miss({std::move(locator), std::move(title), proof, std::move(remedy), {surface.id}, {}});
  };
  if (origin.host_is_ip)
    return miss("ip-address", "The base URL names an address in place of a host name", std::string(kOwnName));
  if (is_local_name(host))
    return miss("local-name", fmt::format("{} is no name of the public DNS", host), std::string(kOwnName));
  if (const auto tunnel = suffix_of(host, requirement, "tunnels"))
    return miss("tunnel", fmt::format("{} is a tunnel ({}), whose name anybody may hold tomorrow", host, *tunnel),
                std::string(kOwnName));
  if (const auto raw = suffix_of(host, requirement, "raw_hosting"))
    return miss("raw-hosting", fmt::format("{} is a name that a provider gives to a machine ({})", host, *raw),
                std::string(kOwnName));
  if (origin.suffix_is_private)
    return miss("shared-host",
                fmt::format("{} lies under {}, which a provider hands out to its tenants", host, origin.public_suffix),
                fmt::format("{} Point it at the provider with a CNAME record.", kOwnName));
  if (origin.registrable_domain.empty())
    return miss("public-suffix", fmt::format("{} is a public suffix, which nobody owns alone", host),
                std::string(kOwnName));
}

// The runs of digits in "ec2-192-0-2-1.compute-1.amazonaws.com", or in an address.
std::vector<std::string> numbers_of(std::string_view text) {
  std::vector<std::string> numbers(1);
  for (const char c : text) {
    if (c >= '0' && c <= '9') {
      numbers.back() += c;
    } else if (!numbers.back().empty()) {
      numbers.emplace_back();
    }
  }
  if (numbers.back().empty()) numbers.pop_back();
  return numbers;
}

// The name spells the address out, forwards or backwards: whoever gets the address gets the name.
bool spells(std::string_view name, const std::string& address) {
  auto octets = numbers_of(address);
  if (octets.size() != 4) return false;
  const auto in_name = numbers_of(name);
  const bool forwards = !std::ranges::search(in_name, octets).empty();
  std::ranges::reverse(octets);
  return forwards || !std::ranges::search(in_name, octets).empty();
}

// Where the name leads, when the scan asked the DNS.
void judge_chain(Ruling& ruling, const EvidenceView& view, const std::string& host, const Requirement& requirement) {
  for (const auto& seen : view.all().dns_hosts()) {
    if (seen.value.host != host || seen.value.chain.size() < 2) continue;
    ruling.rests_on(seen.id);
    const auto proof = printable(ellipsis(join(seen.value.chain, " -> "), 300));
    for (std::size_t i = 1; i < seen.value.chain.size(); ++i) {
      const auto& target = seen.value.chain[i];
      if (const auto tunnel = suffix_of(target, requirement, "tunnels"))
        ruling.warn({"cname-tunnel",
                     fmt::format("{} leads to a tunnel ({})", host, *tunnel),
                     proof,
                     "Serve the app from a machine or platform of its own.",
                     {seen.id},
                     {}});
      const auto raw = suffix_of(target, requirement, "raw_hosting");
      if (raw && std::ranges::any_of(seen.value.addresses, [&](const auto& a) { return spells(target, a); }))
        ruling.warn({"cname-machine",
                     fmt::format("{} leads to a name that is made of an address ({})", host, *raw),
                     proof,
                     "Reserve the address and point an A record at it, or use the name of a load balancer.",
                     {seen.id},
                     {}});
    }
  }
}

}  // namespace

Verdict base_url_owned(const EvidenceView& view, const Requirement& requirement) {
  Ruling ruling(view, requirement);
  const auto& surface = view.surface();
  const auto& s = surface.value;
  const auto proof = "baseUrl: " + printable(ellipsis(s.base_url_written, 200));
  const auto url = parse_url(s.base_url);
  if (s.base_url.empty() || !url) {
    std::string why = proof;
    for (const auto& note : s.notes)
      if (note.code.starts_with("base-url")) why += "\n" + printable(note.detail);
    ruling.miss({"unusable",
                 "The base URL is no usable URL",
                 why,
                 "Write an absolute https URL with a host name into baseUrl.",
                 {surface.id},
                 {}});
    return ruling.decide({});
  }
  const auto origin = std::ranges::find(s.origins, url->origin(), &SurfaceOrigin::origin);
  if (origin == s.origins.end())
    return ruling.inconclusive("no-origin", "The surface does not describe the host of the base URL.");
  if (url->scheme != "https")
    ruling.miss({"scheme",
                 fmt::format("The base URL uses {} in place of https", url->scheme),
                 proof,
                 "Serve the app over https and change baseUrl.",
                 {surface.id},
                 {}});
  judge_host(ruling, *origin, requirement, surface);
  judge_chain(ruling, view, origin->host, requirement);
  return ruling.decide(
      fmt::format("{} is https on a name of the app's own domain {}.", origin->origin, origin->registrable_domain));
}

}  // namespace assay::judge

// base-url-owned: the base URL is a usable https URL on a name that is the app's own.
//
// Not its own are: addresses, names that only exist locally, names that a provider gives to single machines (parameter
// raw_hosting), tunnels to a developer's machine (parameter tunnels), and names directly under a suffix that a provider
// hands out to its tenants (private section of the public suffix list).

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "base/url.h"
#include "judge/judge.h"
#include "judge/ruling.h"

namespace assay::judge {

namespace {

constexpr std::string_view kOwnName =
    "Serve the app from a name under a domain that is registered to its owner, and put that into baseUrl.";

// Suffix by labels: "x.ngrok.io" and "ngrok.io" end in "ngrok.io", "notngrok.io" does not.
bool under(std::string_view host, std::string_view suffix) {
  if (!host.ends_with(suffix) || suffix.empty()) return false;
  return host.size() == suffix.size() || host[host.size() - suffix.size() - 1] == '.';
}

std::optional<std::string> suffix_of(const std::string& host, const Requirement& requirement, std::string_view list) {
  for (const auto& suffix : requirement.parameter(list, std::vector<std::string>{}))
    if (under(host, suffix)) return suffix;
  return std::nullopt;
}

// RFC 6761, RFC 6762, RFC 8375, ICANN's reservation of "internal", and single labels.
bool is_local_name(std::string_view host) {
  constexpr std::array<std::string_view, 9> kLocal = {"localhost", "local",     "internal", "test",       "example",
                                                      "invalid",   "home.arpa", "lan",      "localdomain"};
  return host.find('.') == std::string_view::npos ||
         std::ranges::any_of(kLocal, [&](std::string_view s) { return under(host, s); });
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
  return ruling.decide(
      fmt::format("{} is https on a name of the app's own domain {}.", origin->origin, origin->registrable_domain));
}

}  // namespace assay::judge

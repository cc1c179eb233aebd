// tls-version: every address of the host refuses protocol versions below the minimum (parameter "minimum").
//
// Proof of a miss: a ServerHello in the old version. Proof of a refusal: an alert, or a ServerHello of another version.
// Silence and resets prove nothing, and neither does a server that accepted no version at all.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "judge/addresses.h"
#include "judge/judge.h"
#include "judge/ruling.h"

namespace assay::judge {

namespace {

constexpr std::array<std::string_view, 5> kVersions = {"SSLv3", "TLSv1.0", "TLSv1.1", "TLSv1.2",
                                                       "TLSv1.3"};  // oldest first

// Position in kVersions; its size for an unknown name.
std::size_t rank_of(std::string_view version) {
  return static_cast<std::size_t>(std::ranges::find(kVersions, version) - kVersions.begin());
}

std::string where(const TlsEnumeration& e) {
  return fmt::format("{} ({})", printable(e.host), printable(e.address));
}

void report_accepted(Ruling& ruling, const Observed<TlsEnumeration>& e, const TlsVersionResult& v,
                     std::string_view minimum) {
  std::string proof = fmt::format("{} answered a ClientHello of {} with a ServerHello", where(e.value), v.version);
  if (!v.suites.empty()) proof += " and " + v.suites.front().name;
  ruling.miss(
      {v.version,
       fmt::format("The server accepts {}, older than {}", v.version, minimum),
       proof,
       fmt::format("Turn {} off on every address of the host: allow TLSv1.2 and TLSv1.3 only (\"ssl_protocols TLSv1.2 "
                   "TLSv1.3;\" in nginx, the security policy of a managed load balancer).",
                   v.version),
       {e.id},
       {}});
}

void judge_address(Ruling& ruling, const Observed<TlsEnumeration>& e, std::string_view minimum) {
  if (e.value.failure)
    return ruling.unknown(unknown_of(*e.value.failure, "TLS with " + where(e.value) + " could not be tried"));
  bool accepts_any = false;
  for (std::size_t rank = 0; rank < kVersions.size(); ++rank) {
    const auto v = std::ranges::find(e.value.versions, kVersions.at(rank), &TlsVersionResult::version);
    const bool listed = v != e.value.versions.end();
    const bool accepted = listed && v->support == support::kAccepted;
    accepts_any = accepts_any || accepted;
    if (rank >= rank_of(minimum)) continue;
    if (accepted) {
      report_accepted(ruling, e, *v, minimum);
    } else if (!listed) {
      ruling.unknown(
          {std::string(kNotProbed), fmt::format("{} was not asked for {}.", where(e.value), kVersions.at(rank))});
    } else if (v->support != support::kRefused) {
      ruling.unknown(
          {"no-clear-answer", fmt::format("{} neither accepted nor refused {}: {}.", where(e.value), v->version,
                                          v->reason.empty() ? "unknown" : printable(ellipsis(v->reason, 100)))});
    }
  }
  if (!accepts_any) {
    std::string note = e.value.notes.empty() ? "" : ": " + printable(ellipsis(join(e.value.notes, ", "), 150));
    ruling.unknown({"no-version-accepted", fmt::format("{} accepted no version of TLS{}.", where(e.value), note)});
  }
}

}  // namespace

Verdict tls_version(const EvidenceView& view, const Requirement& requirement) {
  Ruling ruling(view, requirement);
  const auto& origin = view.origin();
  if (origin.scheme != "https") {
    ruling.miss({"no-tls",
                 "The app names this origin without TLS",
                 fmt::format("{} is named at {} of the descriptor", origin.origin,
                             origin.named_by.empty() ? "the base URL" : printable(origin.named_by)),
                 "Serve it over https and change the URL.",
                 {view.surface().id},
                 {}});
    return ruling.decide({});
  }
  const auto minimum = requirement.parameter<std::string>("minimum", "TLSv1.2");
  if (rank_of(minimum) == kVersions.size())
    return ruling.inconclusive(
        "bad-parameter", fmt::format("The parameter minimum is {}, which is no version of TLS.", printable(minimum)));
  const auto looked_at =
      judge_every_address(ruling, view, view.enumerations(), "TLS was not looked at on this origin.",
                          [&](const Observed<TlsEnumeration>& e) { judge_address(ruling, e, minimum); });
  return ruling.decide(fmt::format("{} accepts {} or newer and refuses every older version on {}.", origin.host,
                                   minimum, plural(looked_at, "address", "addresses")));
}

}  // namespace assay::judge

#pragma once

// The addresses of a TLS subject: a name is as good as its worst address, so a judge has to know which were looked at.

#include <string>
#include <string_view>
#include <vector>

#include "judge/ruling.h"
#include "model/evidence_view.h"

namespace assay::judge {

// Records on `ruling` every address of the subject's host that the name look-up found and that is not among
// `looked_at`, and every look-up that failed. Look-ups that were not recorded count as nothing known to be missing.
void require_all_addresses(Ruling& ruling, const EvidenceView& view, const std::vector<std::string>& looked_at);

// Calls `judge` on each record of the subject (handshakes or enumerations, one for an address) and lets the verdict
// rest on it; says with `nothing_seen` that there was none, and which addresses were left out. How many were looked at.
template <class T, class JudgeAddress>
std::size_t judge_every_address(Ruling& ruling, const EvidenceView& view, const std::vector<const Observed<T>*>& seen,
                                std::string_view nothing_seen, const JudgeAddress& judge) {
  std::vector<std::string> looked_at;
  for (const auto* record : seen) {
    ruling.rests_on(record->id);
    judge(*record);
    looked_at.push_back(record->value.address);
  }
  if (looked_at.empty()) ruling.unknown({std::string(kNotProbed), std::string(nothing_seen)});
  require_all_addresses(ruling, view, looked_at);
  return looked_at.size();
}

// "192.0.2.1" of "192.0.2.1:443", "2001:db8::1" of "[2001:db8::1]:443"; bare addresses as they are.
std::string address_only(const std::string& address);

}  // namespace assay::judge

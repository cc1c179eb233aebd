#include "model/scan_record.h"

#include <algorithm>
#include <tuple>

namespace assay {

std::vector<const Finding*> findings_of(const ScanRecord& record) {
  std::vector<const Finding*> all;
  for (const auto& v : record.verdicts)
    for (const auto& f : v.findings) all.push_back(&f);
  std::ranges::sort(all, [](const Finding* a, const Finding* b) {
    if (a->severity != b->severity) return a->severity > b->severity;
    return std::tie(a->requirement, a->subject, a->locator, a->fingerprint) <
           std::tie(b->requirement, b->subject, b->locator, b->fingerprint);
  });
  return all;
}

OutcomeCounts count_outcomes(const ScanRecord& record) {
  OutcomeCounts counts;
  for (const auto& v : record.verdicts) {
    switch (v.outcome) {
      case Outcome::pass:
        ++counts.pass;
        break;
      case Outcome::fail:
        ++counts.fail;
        break;
      case Outcome::inconclusive:
        ++counts.inconclusive;
        break;
      case Outcome::not_applicable:
        ++counts.not_applicable;
        break;
    }
  }
  return counts;
}

}  // namespace assay

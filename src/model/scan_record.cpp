#include "model/scan_record.h"

#include <algorithm>
#include <tuple>

#include "model/evidence_view.h"

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

bool OwnSubjects::lost(std::string_view subject) const {
  const bool is_url = subject.find("://") != std::string_view::npos;  // else a host, a domain or the app
  return (is_url || hosts) && !names.contains(std::string(subject));
}

std::optional<OwnSubjects> own_subjects(const ScanRecord& record) {
  if (!record.complete) return std::nullopt;
  std::vector<Evidence> naming;
  for (const auto& e : record.evidence)
    if (e.kind == kind::kSurface || e.kind == kind::kHosts || e.kind == kind::kRegistration) naming.push_back(e);
  const EvidenceSet evidence(naming);
  const auto* surface = evidence.surface();
  if (surface == nullptr || surface->value.urls_left_out > 0) return std::nullopt;
  if (evidence.subjects(SubjectKind::origin).empty()) return std::nullopt;
  OwnSubjects own;
  own.hosts = evidence.hosts() != nullptr && evidence.hosts()->value.left_out == 0;
  for (const auto k :
       {SubjectKind::app, SubjectKind::origin, SubjectKind::endpoint, SubjectKind::host, SubjectKind::domain})
    for (auto& subject : evidence.subjects(k)) own.names.insert(std::move(subject));
  return own;
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
        counts.in_part += fails_in_part(v) ? 1 : 0;
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

#include "judge/judge.h"

#include <algorithm>
#include <tuple>

#include "judge/ruling.h"

namespace assay::judge {

namespace {

// A finding of the requirement's own severity has its score; one of another severity is not what the vector describes.
void complete(Verdict& verdict, const Requirement& requirement) {
  verdict.requirement = requirement.id;
  for (auto& f : verdict.findings) {
    f.requirement = requirement.id;
    if (f.subject.empty()) f.subject = verdict.subject;
    if (f.severity == Severity::none) f.severity = requirement.severity;
    if (f.cvss.vector.empty() && f.severity == requirement.severity) f.cvss = requirement.cvss;
    if (f.fingerprint.empty()) f.fingerprint = fingerprint_of(f.requirement, f.subject, f.locator);
  }
}

Verdict without_subject(const EvidenceSet& evidence, const Requirement& requirement) {
  const auto* surface = evidence.surface();
  const EvidenceView view(evidence, surface == nullptr ? std::string() : surface->value.app_key);
  Ruling ruling(view, requirement);
  if (surface == nullptr) return ruling.inconclusive("no-surface", "No evidence says what the app can be reached by.");
  ruling.rests_on(surface->id);
  return ruling.inconclusive("no-subject",
                             "The app names nothing of its own that this requirement could be judged on.");
}

}  // namespace

Judge find(std::string_view name) {
  const auto entries = registry();
  const auto at = std::ranges::lower_bound(entries, name, {}, &Entry::name);
  return at == entries.end() || at->name != name ? nullptr : at->judge;
}

std::vector<Verdict> judge_all(const EvidenceSet& evidence, const std::vector<Requirement>& requirements) {
  std::vector<Verdict> verdicts;
  for (const auto& requirement : requirements) {
    const Judge judge = find(requirement.judge);
    if (judge == nullptr) continue;
    const auto subjects = evidence.subjects(requirement.subject);
    if (subjects.empty()) verdicts.push_back(without_subject(evidence, requirement));
    for (const auto& subject : subjects) {
      auto verdict = judge(EvidenceView(evidence, subject), requirement);
      complete(verdict, requirement);
      verdicts.push_back(std::move(verdict));
    }
  }
  std::ranges::sort(verdicts, [](const Verdict& a, const Verdict& b) {
    return std::tie(a.requirement, a.subject) < std::tie(b.requirement, b.subject);
  });
  return verdicts;
}

}  // namespace assay::judge

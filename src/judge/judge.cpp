#include "judge/judge.h"

#include <fmt/format.h>

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

// Why there is nothing to call the judge on.
Verdict without_subject(const EvidenceSet& evidence, const Requirement& requirement, const Entry& entry) {
  const auto* surface = evidence.surface();
  const EvidenceView view(evidence, surface == nullptr ? std::string() : surface->value.app_key);
  Ruling ruling(view, requirement);
  if (surface == nullptr) return ruling.inconclusive("no-surface", "No evidence says what the app can be reached by.");
  if (entry.subject != requirement.subject)
    return ruling.inconclusive(
        "wrong-subject", fmt::format("The catalogue asks for a verdict on each {}, but the judge {} looks at each {}.",
                                     to_string(requirement.subject), entry.name, to_string(entry.subject)));
  return ruling.inconclusive("no-subject",
                             "The app names nothing of its own that this requirement could be judged on.");
}

}  // namespace

const Entry* find(std::string_view name) {
  const auto entries = registry();
  const auto at = std::ranges::lower_bound(entries, name, {}, &Entry::name);
  return at == entries.end() || at->name != name ? nullptr : &*at;
}

std::vector<Verdict> judge_all(const EvidenceSet& evidence, const std::vector<Requirement>& requirements) {
  std::vector<Verdict> verdicts;
  for (const auto& requirement : requirements) {
    const auto* entry = find(requirement.judge);
    if (entry == nullptr) continue;
    const auto subjects =
        entry->subject == requirement.subject ? evidence.subjects(entry->subject) : std::vector<std::string>();
    if (subjects.empty()) verdicts.push_back(without_subject(evidence, requirement, *entry));
    for (const auto& subject : subjects) {
      auto verdict = entry->judge(EvidenceView(evidence, subject), requirement);
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

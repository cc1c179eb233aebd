#include "ledger/compare.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace assay::ledger {

namespace {

// One present finding: its row after this scan, and how it stands.
std::pair<FindingState, Standing> seen(const Finding& finding, Time when, const Known& known) {
  const auto at = known.findings.find(finding.fingerprint);
  if (at == known.findings.end()) {
    FindingState state{.finding = finding, .first_seen = when, .last_seen = when};
    const auto pass = known.later_passes.find({finding.requirement, finding.subject});
    if (pass == known.later_passes.end()) return {std::move(state), Standing::fresh};
    state.status = FindingStatus::fixed;
    state.closed_at = pass->second;
    return {std::move(state), Standing::fixed};
  }
  FindingState state = at->second;
  const bool closed_since = state.closed_at && *state.closed_at > when;
  if (when >= state.last_seen) state.finding = finding;
  state.first_seen = std::min(state.first_seen, when);
  state.last_seen = std::max(state.last_seen, when);
  if (state.status == FindingStatus::open) return {std::move(state), Standing::still_there};
  if (closed_since) {
    const auto standing = state.status == FindingStatus::fixed ? Standing::fixed : Standing::gone;
    return {std::move(state), standing};
  }
  state.status = FindingStatus::open;
  state.closed_at.reset();
  ++state.reopened;
  return {std::move(state), Standing::fresh};
}

// Requirement and subject pairs that every verdict of the scan passes.
std::map<Pair, bool> passed_pairs(const ScanRecord& record) {
  std::map<Pair, bool> passed;
  for (const auto& v : record.verdicts) {
    const auto [at, first] = passed.try_emplace({v.requirement, v.subject}, true);
    at->second = at->second && v.outcome == Outcome::pass;
  }
  return passed;
}

void close_unseen(const ScanRecord& record, const Known& known, Changes& changes) {
  const auto passed = passed_pairs(record);
  const auto own = own_subjects(record);
  for (const auto& [fingerprint, known_state] : known.findings) {
    if (known_state.status != FindingStatus::open || known_state.last_seen > record.started ||
        changes.comparison.standing.contains(fingerprint))
      continue;
    const auto& finding = known_state.finding;
    const auto at = passed.find({finding.requirement, finding.subject});
    const bool fixed = at != passed.end() && at->second;
    if (!fixed && !(own && own->lost(finding.subject))) continue;
    (fixed ? changes.comparison.fixed : changes.comparison.gone).push_back(finding);
    FindingState state = known_state;
    state.status = fixed ? FindingStatus::fixed : FindingStatus::gone;
    state.closed_at = record.started;
    changes.states.push_back(std::move(state));
  }
  for (auto* list : {&changes.comparison.fixed, &changes.comparison.gone})
    std::ranges::sort(*list, [](const Finding& a, const Finding& b) {
      return std::tie(a.requirement, a.subject, a.locator) < std::tie(b.requirement, b.subject, b.locator);
    });
}

}  // namespace

Changes compare(const ScanRecord& record, const Known& known) {
  Changes changes;
  for (const auto& v : record.verdicts) {
    if (v.outcome != Outcome::fail && v.outcome != Outcome::pass) continue;
    for (const auto& f : v.findings) {
      if (changes.comparison.standing.contains(f.fingerprint)) continue;
      auto [state, standing] = seen(f, record.started, known);
      changes.comparison.standing.emplace(f.fingerprint, standing);
      changes.states.push_back(std::move(state));
    }
  }
  for (const auto& [fingerprint, standing] : changes.comparison.standing) changes.present.push_back(fingerprint);
  if (record.complete) close_unseen(record, known, changes);
  return changes;
}

}  // namespace assay::ledger

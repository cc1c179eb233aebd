#include "ledger/compare.h"

#include <algorithm>
#include <tuple>

namespace assay::ledger {

namespace {

// One present finding: its row after this scan, and how it stands.
std::pair<FindingState, Standing> seen(const Finding& finding, Time when, const Known& known) {
  const auto at = known.findings.find(finding.fingerprint);
  if (at == known.findings.end()) {
    FindingState state{.finding = finding, .first_seen = when, .last_seen = when};
    const auto pass = known.later_passes.find({finding.requirement, finding.subject});
    if (pass == known.later_passes.end()) return {std::move(state), Standing::fresh};
    state.open = false;
    state.fixed_at = pass->second;
    return {std::move(state), Standing::fixed};
  }
  FindingState state = at->second;
  const bool was_open = state.open;
  const bool fixed_since = !was_open && state.fixed_at && *state.fixed_at > when;
  if (when >= state.last_seen) state.finding = finding;
  state.first_seen = std::min(state.first_seen, when);
  state.last_seen = std::max(state.last_seen, when);
  if (fixed_since) return {std::move(state), Standing::fixed};
  if (was_open) return {std::move(state), Standing::still_there};
  state.open = true;
  state.fixed_at.reset();
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

void close_passed(const ScanRecord& record, const Known& known, Changes& changes) {
  const auto passed = passed_pairs(record);
  for (const auto& [fingerprint, known_state] : known.findings) {
    if (!known_state.open || changes.comparison.standing.contains(fingerprint)) continue;
    const auto at = passed.find({known_state.finding.requirement, known_state.finding.subject});
    if (at == passed.end() || !at->second || known_state.last_seen > record.started) continue;
    FindingState state = known_state;
    state.open = false;
    state.fixed_at = record.started;
    changes.comparison.fixed.push_back(state.finding);
    changes.states.push_back(std::move(state));
  }
  std::ranges::sort(changes.comparison.fixed, [](const Finding& a, const Finding& b) {
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
  if (record.complete) close_passed(record, known, changes);
  return changes;
}

}  // namespace assay::ledger

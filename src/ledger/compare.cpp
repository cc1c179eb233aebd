#include "ledger/compare.h"

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

namespace assay::ledger {

namespace {

void count(int& looks) {
  if (looks < std::numeric_limits<int>::max()) ++looks;
}

void suspect(KnownFinding& k) {
  k.status = FindingStatus::suspected;
  k.fails_in_row = k.passes_in_row = 0;
  k.closed_at.reset();
}

void count_fail(KnownFinding& k, Time when, LooksNeeded needed) {
  if (!is_present(k.status)) suspect(k);
  k.last_look = when;
  k.passes_in_row = 0;
  count(k.fails_in_row);
  if (k.status != FindingStatus::suspected || k.fails_in_row < needed.open) return;
  k.status = FindingStatus::open;
  if (k.opened_at) count(k.reopened);
  k.opened_at = when;
}

void close(KnownFinding& k, FindingStatus status, Time when) {
  k.status = status;
  k.closed_at = when;
}

// Of a suspected or open finding.
void count_pass(KnownFinding& k, Time when, LooksNeeded needed) {
  k.last_look = when;
  k.fails_in_row = 0;
  count(k.passes_in_row);
  if (k.status == FindingStatus::suspected) return close(k, FindingStatus::unconfirmed, when);
  if (k.passes_in_row >= needed.close) close(k, FindingStatus::fixed, when);
}

enum class PairVerdict { pass, unclear, fail };  // of several verdicts, the last of these counts

// What all verdicts of the scan on one requirement and subject come to.
std::map<Pair, PairVerdict> pair_verdicts(const ScanRecord& record) {
  std::map<Pair, PairVerdict> pairs;
  for (const auto& v : record.verdicts) {
    const auto said = v.outcome == Outcome::pass   ? PairVerdict::pass
                      : v.outcome == Outcome::fail ? PairVerdict::fail
                                                   : PairVerdict::unclear;
    const auto [at, first] = pairs.try_emplace({v.requirement, v.subject}, said);
    if (!first) at->second = std::max(at->second, said);
  }
  return pairs;
}

class Comparer {
 public:
  Comparer(const ScanRecord& record, const Known& known, const LooksPolicy& looks)
      : record_(record), known_(known), looks_(looks) {}

  Changes run() {
    for (const auto& v : record_.verdicts)
      if (v.outcome == Outcome::fail || v.outcome == Outcome::pass)
        for (const auto& f : v.findings)
          if (!changes_.comparison.standing.contains(f.fingerprint)) see(f);
    for (const auto& [fingerprint, standing] : changes_.comparison.standing) changes_.present.push_back(fingerprint);
    if (record_.complete) look_at_unseen();
    return std::move(changes_);
  }

 private:
  LooksNeeded needed(const std::string& requirement) const { return looks_ ? looks_(requirement) : LooksNeeded{}; }

  void see(const Finding& finding) {
    const auto at = known_.findings.find(finding.fingerprint);
    auto [state, standing] = at == known_.findings.end() ? first_seen(finding) : seen_again(at->second, finding);
    changes_.comparison.standing.emplace(finding.fingerprint, standing);
    changes_.states.push_back(std::move(state));
  }

  std::pair<KnownFinding, Standing> first_seen(const Finding& finding) {
    const Time when = record_.started;
    KnownFinding k{.finding = finding, .first_seen = when, .last_seen = when, .last_look = when};
    if (record_.complete) count_fail(k, when, needed(finding.requirement));
    // Looks of newer scans that were recorded before this one.
    if (const auto later = known_.later.find({finding.requirement, finding.subject}); later != known_.later.end())
      for (const auto& look : later->second) {
        if (!is_present(k.status)) break;
        if (look.passed) count_pass(k, look.started, needed(finding.requirement));
        if (!look.passed) k.passes_in_row = 0;
      }
    if (k.status == FindingStatus::open) changes_.effect.opened.push_back(k);
    if (k.status == FindingStatus::suspected) changes_.effect.undecided.push_back(k);
    return {k, is_present(k.status) ? Standing::fresh : Standing::fixed};
  }

  std::pair<KnownFinding, Standing> seen_again(const KnownFinding& before, const Finding& finding) {
    const Time when = record_.started;
    KnownFinding k = before;
    if (when >= k.last_seen) k.finding = finding;
    k.first_seen = std::min(k.first_seen, when);
    k.last_seen = std::max(k.last_seen, when);
    if (when < before.last_look) {
      if (is_present(k.status)) return {k, Standing::still_there};
      return {k, k.status == FindingStatus::gone ? Standing::gone : Standing::fixed};
    }
    if (record_.complete) {
      count_fail(k, when, needed(finding.requirement));
    } else if (!is_present(k.status)) {
      suspect(k);
    }
    tell_seen(before, k);
    return {k, is_present(before.status) ? Standing::still_there : Standing::fresh};
  }

  void tell_seen(const KnownFinding& before, const KnownFinding& k) {
    auto& effect = changes_.effect;
    if (k.status == FindingStatus::suspected) {
      if (record_.complete || before.status != k.status) effect.undecided.push_back(k);
    } else if (before.status != FindingStatus::open) {
      (before.opened_at ? effect.reopened : effect.opened).push_back(k);
    } else if (before.finding.severity != k.finding.severity) {
      effect.changed.push_back({k, before.finding.severity});
    }
  }

  void look_at_unseen() {
    const auto pairs = pair_verdicts(record_);
    const auto own = own_subjects(record_);
    for (const auto& [fingerprint, before] : known_.findings) {
      if (!is_present(before.status) || std::max(before.last_seen, before.last_look) > record_.started ||
          changes_.comparison.standing.contains(fingerprint))
        continue;
      const auto at = pairs.find({before.finding.requirement, before.finding.subject});
      const auto said = at == pairs.end() ? PairVerdict::unclear : at->second;
      if (said != PairVerdict::unclear || (own && own->lost(before.finding.subject))) look_at(before, said);
    }
    for (auto* list : {&changes_.comparison.fixed, &changes_.comparison.gone})
      std::ranges::sort(*list, [](const Finding& a, const Finding& b) {
        return std::tie(a.requirement, a.subject, a.locator) < std::tie(b.requirement, b.subject, b.locator);
      });
  }

  // A finding that this scan did not see, on a pair that it passed, failed for another reason, or that is gone.
  void look_at(const KnownFinding& before, PairVerdict said) {
    KnownFinding k = before;
    if (said == PairVerdict::pass) {
      count_pass(k, record_.started, needed(k.finding.requirement));
    } else if (said == PairVerdict::fail) {
      if (k.passes_in_row == 0) return;  // one miss may have hidden another
      k.passes_in_row = 0;
      k.last_look = record_.started;
    } else {
      close(k, FindingStatus::gone, record_.started);
      k.last_look = record_.started;
    }
    auto& effect = changes_.effect;
    if (k.status == FindingStatus::open && said == PairVerdict::pass) effect.undecided.push_back(k);
    if (before.status == FindingStatus::open && k.status == FindingStatus::fixed) {
      changes_.comparison.fixed.push_back(k.finding);
      effect.fixed.push_back(k);
    }
    if (before.status == FindingStatus::open && k.status == FindingStatus::gone) {
      changes_.comparison.gone.push_back(k.finding);
      effect.gone.push_back(k);
    }
    changes_.states.push_back(std::move(k));
  }

  const ScanRecord& record_;
  const Known& known_;
  const LooksPolicy& looks_;
  Changes changes_;
};

}  // namespace

Changes compare(const ScanRecord& record, const Known& known, const LooksPolicy& looks) {
  return Comparer(record, known, looks).run();
}

}  // namespace assay::ledger

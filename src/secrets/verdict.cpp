#include "secrets/verdict.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <tuple>
#include <utility>

#include "secrets/suppression.h"

namespace assay::secrets {
namespace {

constexpr double kHigh = 0.7;
constexpr double kMedium = 0.4;
constexpr double kLowest = 0.35;

// Of candidates for the same bytes the one of the most specific rule stays; then the one that stands there in
// plain, the surer, the one whose context word
// is longer, the longer, the first.
void drop_overlapped(const RuleTable& table, std::vector<Candidate>& candidates) {
  const auto order = [&](const Candidate& c) {
    const auto fixed = static_cast<int>(table.compiled[c.rule].fixed);
    const auto length = static_cast<double>(c.hit.end - c.hit.begin);
    return std::tuple(-static_cast<int>(c.rank), -fixed, c.hit.encodings.size(), -c.hit.score,
                      -static_cast<int>(c.word_size), -length, c.hit.begin, c.rule);
  };
  std::ranges::sort(candidates, [&](const auto& a, const auto& b) { return order(a) < order(b); });
  std::map<std::size_t, std::size_t> taken;  // begin → end; none overlaps another
  std::vector<Candidate> kept;
  for (auto& candidate : candidates) {
    const auto& hit = candidate.hit;
    const auto after = taken.lower_bound(hit.end);
    if (after != taken.begin() && std::prev(after)->second > hit.begin) continue;
    taken.emplace_hint(after, hit.begin, hit.end);
    kept.push_back(std::move(candidate));
  }
  candidates = std::move(kept);
}

std::size_t lines_between(std::string_view text, std::size_t a, std::size_t b) {
  const auto between = text.substr(std::min(a, b), std::max(a, b) - std::min(a, b));
  return static_cast<std::size_t>(std::ranges::count(between, '\n'));
}

bool has_companion(std::string_view text, const Candidate& candidate, const SecretCompanion& wanted,
                   const std::vector<Candidate>& all) {
  return std::ranges::any_of(all, [&](const Candidate& other) {
    return other.hit.rule->id == wanted.rule &&
           lines_between(text, candidate.hit.begin, other.hit.begin) <= wanted.within_lines;
  });
}

void judge_companions(std::string_view text, std::vector<Candidate>& candidates) {
  std::vector<bool> alone(candidates.size());
  for (std::size_t i = 0; i < candidates.size(); ++i)
    for (const auto& wanted : candidates[i].hit.rule->companions) {
      const bool near = has_companion(text, candidates[i], wanted, candidates);
      if (near) candidates[i].hit.reasons.push_back("companion-near");
      if (near) candidates[i].hit.score = std::max(candidates[i].hit.score, 0.9);
      if (!near && wanted.required) alone[i] = true;
    }
  std::size_t i = 0;
  std::erase_if(candidates, [&](const Candidate&) { return alone[i++]; });
}

// What the place says: people put dead secrets into tests and samples, and real ones, too.
void weigh_place(const PlaceFacts& facts, Hit& hit) {
  const auto lower_to = [&](double most, const char* reason) {
    if (hit.score > most) hit.score = most;
    hit.reasons.emplace_back(reason);
  };
  if (facts.test) lower_to(kLowest, "test-path");
  if (facts.sample) lower_to(kLowest, "sample-path");
  if (facts.documentation) lower_to(kMedium, "documentation");
}

void settle(const RuleTable& table, const PlaceFacts& facts, Candidate& candidate) {
  auto& hit = candidate.hit;
  if (auto reason = reason_to_suppress(table, facts, candidate); !reason.empty()) hit.suppressed = std::move(reason);
  if (hit.suppressed.empty() && hit.rule->public_by_design) hit.suppressed = "public-by-design";
  weigh_place(facts, hit);
  hit.confidence = hit.score >= kHigh ? Confidence::high : hit.score >= kMedium ? Confidence::medium : Confidence::low;
}

}  // namespace

void decide(const RuleTable& table, std::string_view text, const PlaceFacts& facts,
            std::vector<Candidate>& candidates) {
  drop_overlapped(table, candidates);
  std::ranges::sort(candidates, {}, [](const Candidate& c) { return std::tuple(c.hit.begin, c.hit.end, c.rule); });
  judge_companions(text, candidates);
  for (auto& candidate : candidates) settle(table, facts, candidate);
}

}  // namespace assay::secrets

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
constexpr double kWithCompanion = 0.9;

// Of candidates for the same bytes the one of the most specific rule stays; then the one that stands there in plain,
// the surer, the one whose context word is longer, the longer, the first. One that is too weak to be a finding
// displaces none, so that findings are the same when such are not looked for.
void drop_overlapped(const RuleTable& table, std::vector<Candidate>& candidates) {
  const auto order = [&](const Candidate& c) {
    const auto fixed = static_cast<int>(table.compiled[c.rule].fixed());
    const auto length = static_cast<double>(c.hit.end - c.hit.begin);
    return std::tuple(!c.hit.suppressed.empty(), -static_cast<int>(c.rank), -fixed, c.hit.encodings.size(),
                      -c.hit.score, -static_cast<int>(c.word_size), -length, c.hit.begin, c.rule);
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

using Places = std::map<std::string_view, std::vector<std::size_t>>;  // rule → where its candidates begin, ascending

// Whether the candidate of rule `wanted` that is nearest on either side is near enough.
bool has_companion(std::string_view text, std::size_t begin, const SecretCompanion& wanted, const Places& places) {
  const auto found = places.find(wanted.rule);
  if (found == places.end()) return false;
  const auto behind = std::ranges::lower_bound(found->second, begin);
  const auto near = [&](std::size_t other) { return lines_between(text, begin, other) <= wanted.within_lines; };
  return (behind != found->second.end() && near(*behind)) ||
         (behind != found->second.begin() && near(*std::prev(behind)));
}

// Before candidates are weighed against each other: one that lacks its companion must not displace another.
void judge_companions(std::string_view text, std::vector<Candidate>& candidates) {
  Places places;
  for (const auto& c : candidates) places[c.hit.rule->id].push_back(c.hit.begin);
  for (auto& [rule, begins] : places) std::ranges::sort(begins);
  std::erase_if(candidates, [&](Candidate& c) {
    for (const auto& wanted : c.hit.rule->companions) {
      const bool near = has_companion(text, c.hit.begin, wanted, places);
      if (!near && wanted.required) return true;
      if (!near) continue;
      c.hit.reasons.emplace_back("companion-near");
      c.hit.score = std::max(c.hit.score, kWithCompanion);
    }
    return false;
  });
}

// What the place says: people put dead secrets into tests and samples, and real ones, too.
void weigh_place(const PlaceFacts& facts, bool document_comment, Hit& hit) {
  const auto lower_to = [&](double most, const char* reason) {
    if (hit.score > most) hit.score = most;
    hit.reasons.emplace_back(reason);
  };
  if (facts.test) lower_to(kLowest, "test-path");
  if (facts.sample) lower_to(kLowest, "sample-path");
  if (facts.documentation) lower_to(document_comment ? kLowest : kMedium, "documentation");
}

void settle(const RuleTable& table, const PlaceFacts& facts, Candidate& candidate) {
  auto& hit = candidate.hit;
  auto here = facts;
  const bool comment = in_document_comment(facts, candidate);
  here.documentation = here.documentation || comment;
  if (auto reason = reason_to_suppress(table, here, candidate); !reason.empty()) hit.suppressed = std::move(reason);
  if (hit.suppressed.empty() && hit.rule->public_by_design) hit.suppressed = kPublicByDesign;
  weigh_place(here, comment, hit);
  hit.confidence = hit.score >= kHigh ? Confidence::high : hit.score >= kMedium ? Confidence::medium : Confidence::low;
}

}  // namespace

void decide(const RuleTable& table, std::string_view text, const PlaceFacts& facts,
            std::vector<Candidate>& candidates) {
  judge_companions(text, candidates);
  drop_overlapped(table, candidates);
  std::ranges::sort(candidates, {}, [](const Candidate& c) { return std::tuple(c.hit.begin, c.hit.end, c.rule); });
  for (auto& candidate : candidates) settle(table, facts, candidate);
}

}  // namespace assay::secrets

// CVSS 4.0: FIRST, "Common Vulnerability Scoring System version 4.0: Specification Document", §8. A vector belongs to a
// macrovector, which has a published score; the vector's own score lies below it by the mean, over the equivalence
// classes, of how far the vector is from the worst of its class. Everything is integers over one denominator, so that a
// tie at the second decimal is seen as one and rounds up.

#include <algorithm>
#include <array>
#include <optional>
#include <span>

#include "base/text.h"
#include "model/cvss40_table.h"
#include "model/cvss_metrics.h"

namespace assay::cvss {

namespace {

constexpr std::array<MetricSpec, 32> kSpecs{{
    {"AV", "N,A,L,P", true}, {"AC", "L,H", true},   {"AT", "N,P", true},   {"PR", "N,L,H", true},
    {"UI", "N,P,A", true},   {"VC", "H,L,N", true}, {"VI", "H,L,N", true}, {"VA", "H,L,N", true},
    {"SC", "H,L,N", true},   {"SI", "H,L,N", true}, {"SA", "H,L,N", true}, {"E", "X,A,P,U"},
    {"CR", "X,H,M,L"},       {"IR", "X,H,M,L"},     {"AR", "X,H,M,L"},     {"MAV", "X,N,A,L,P"},
    {"MAC", "X,L,H"},        {"MAT", "X,N,P"},      {"MPR", "X,N,L,H"},    {"MUI", "X,N,P,A"},
    {"MVC", "X,H,L,N"},      {"MVI", "X,H,L,N"},    {"MVA", "X,H,L,N"},    {"MSC", "X,H,L,N"},
    {"MSI", "X,S,H,L,N"},    {"MSA", "X,S,H,L,N"},  {"S", "X,N,P"},        {"AU", "X,N,Y"},
    {"R", "X,A,U,I"},        {"V", "X,D,C"},        {"RE", "X,L,M,H"},     {"U", "X,Clear,Green,Amber,Red"},
}};

// The effective metrics, each as its distance in steps from the most severe value.
struct Steps {
  int av, pr, ui, ac, at, vc, vi, va, sc, si, sa, cr, ir, ar, e;
};

int step(std::string_view value, std::string_view most_severe_first) {
  return static_cast<int>(most_severe_first.find(value));
}

Steps effective(const Metrics& m) {
  constexpr std::string_view kImpact = "HLN";
  constexpr std::string_view kSubsequent = "SHLN";  // "S" (safety) only for integrity and availability
  constexpr std::string_view kRequirement = "HML";
  return Steps{.av = step(m.modified("MAV"), "NALP"),
               .pr = step(m.modified("MPR"), "NLH"),
               .ui = step(m.modified("MUI"), "NPA"),
               .ac = step(m.modified("MAC"), "LH"),
               .at = step(m.modified("MAT"), "NP"),
               .vc = step(m.modified("MVC"), kImpact),
               .vi = step(m.modified("MVI"), kImpact),
               .va = step(m.modified("MVA"), kImpact),
               .sc = step(m.modified("MSC"), kSubsequent),
               .si = step(m.modified("MSI"), kSubsequent),
               .sa = step(m.modified("MSA"), kSubsequent),
               .cr = step(m.get("CR", "H"), kRequirement),
               .ir = step(m.get("IR", "H"), kRequirement),
               .ar = step(m.get("AR", "H"), kRequirement),
               .e = step(m.get("E", "A"), "APU")};
}

// Tables 24 to 30 of the specification.
Macrovector macrovector(const Steps& s) {
  Macrovector m;
  const int easy = (s.av == 0 ? 1 : 0) + (s.pr == 0 ? 1 : 0) + (s.ui == 0 ? 1 : 0);
  m.eq1 = easy == 3 ? 0 : (easy > 0 && s.av != 3) ? 1 : 2;
  m.eq2 = s.ac == 0 && s.at == 0 ? 0 : 1;
  m.eq3 = s.vc == 0 && s.vi == 0 ? 0 : (s.vc == 0 || s.vi == 0 || s.va == 0) ? 1 : 2;
  m.eq4 = s.si == 0 || s.sa == 0 ? 0 : (s.sc == 1 || s.si == 1 || s.sa == 1) ? 1 : 2;
  m.eq5 = s.e;
  m.eq6 = (s.cr == 0 && s.vc == 0) || (s.ir == 0 && s.vi == 0) || (s.ar == 0 && s.va == 0) ? 0 : 1;
  return m;
}

// The sum of the steps from a most severe vector of a class to ours; nothing when ours is more severe in some metric.
template <std::size_t N>
std::optional<int> distance(const std::array<int, N>& ours, const std::array<int, N>& most_severe) {
  int sum = 0;
  for (std::size_t i = 0; i < N; ++i) {
    if (ours[i] < most_severe[i]) return std::nullopt;
    sum += ours[i] - most_severe[i];
  }
  return sum;
}

template <std::size_t N>
int first_distance(const std::array<int, N>& ours, std::span<const std::array<int, N>> most_severe) {
  for (const auto& candidate : most_severe)
    if (const auto d = distance(ours, candidate)) return *d;
  return 0;
}

// How far a vector is inside its class: `steps` of the `depth` steps that the class has (specification §8.2, "maximal
// scoring differences" and "highest severity vectors").
struct Depth {
  int steps = 0;
  int depth = 1;
};

Depth depth_eq1(const Steps& s, int level) {
  using Row = std::array<int, 3>;  // AV, PR, UI
  static constexpr std::array<Row, 1> kLevel0{{{0, 0, 0}}};
  static constexpr std::array<Row, 3> kLevel1{{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
  static constexpr std::array<Row, 2> kLevel2{{{3, 0, 0}, {1, 1, 1}}};
  const Row ours{s.av, s.pr, s.ui};
  switch (level) {
    case 0:
      return {first_distance<3>(ours, kLevel0), 1};
    case 1:
      return {first_distance<3>(ours, kLevel1), 4};
    default:
      return {first_distance<3>(ours, kLevel2), 5};
  }
}

Depth depth_eq2(const Steps& s, int level) {
  using Row = std::array<int, 2>;  // AC, AT
  static constexpr std::array<Row, 1> kLevel0{{{0, 0}}};
  static constexpr std::array<Row, 2> kLevel1{{{1, 0}, {0, 1}}};
  const Row ours{s.ac, s.at};
  return level == 0 ? Depth{first_distance<2>(ours, kLevel0), 1} : Depth{first_distance<2>(ours, kLevel1), 2};
}

Depth depth_eq3_eq6(const Steps& s, int eq3, int eq6) {
  using Row = std::array<int, 6>;  // VC, VI, VA, CR, IR, AR
  static constexpr std::array<Row, 1> kLevel00{{{0, 0, 0, 0, 0, 0}}};
  static constexpr std::array<Row, 2> kLevel01{{{0, 0, 1, 1, 1, 0}, {0, 0, 0, 1, 1, 1}}};
  static constexpr std::array<Row, 2> kLevel10{{{1, 0, 0, 0, 0, 0}, {0, 1, 0, 0, 0, 0}}};
  static constexpr std::array<Row, 5> kLevel11{
      {{1, 0, 1, 0, 1, 0}, {1, 0, 0, 0, 1, 1}, {0, 1, 0, 1, 0, 1}, {0, 1, 1, 1, 0, 0}, {1, 1, 0, 0, 0, 1}}};
  static constexpr std::array<Row, 1> kLevel21{{{1, 1, 1, 0, 0, 0}}};
  const Row ours{s.vc, s.vi, s.va, s.cr, s.ir, s.ar};
  if (eq3 == 0)
    return eq6 == 0 ? Depth{first_distance<6>(ours, kLevel00), 7} : Depth{first_distance<6>(ours, kLevel01), 6};
  if (eq3 == 1) return {eq6 == 0 ? first_distance<6>(ours, kLevel10) : first_distance<6>(ours, kLevel11), 8};
  return {first_distance<6>(ours, kLevel21), 10};
}

Depth depth_eq4(const Steps& s, int level) {
  using Row = std::array<int, 3>;  // SC, SI, SA
  static constexpr std::array<std::array<Row, 1>, 3> kLevels{{{{{1, 0, 0}}}, {{{1, 1, 1}}}, {{{2, 2, 2}}}}};
  const Row ours{s.sc, s.si, s.sa};
  return {first_distance<3>(ours, kLevels[static_cast<std::size_t>(level)]), 6 - level};
}

// The score of the macrovector one level down in eq3 and eq6, which are taken together; 0 when there is none.
int below_eq3_eq6(Macrovector m) {
  if (m.eq3 == 0 && m.eq6 == 0) {
    Macrovector by_impact = m;
    ++by_impact.eq3;
    ++m.eq6;
    return std::max(macrovector_tenths(by_impact), macrovector_tenths(m));
  }
  if (m.eq6 == 0) {
    ++m.eq6;
  } else {
    ++m.eq3;
  }
  return macrovector_tenths(m);
}

}  // namespace

Result<int> score40(std::string_view vector, std::string_view body) {
  const auto metrics = Metrics::parse(vector, body, kSpecs);
  if (!metrics) return std::unexpected(metrics.error());
  const Steps s = effective(*metrics);
  if (s.vc == 2 && s.vi == 2 && s.va == 2 && s.sc == 3 && s.si == 3 && s.sa == 3) return 0;  // no impact at all

  const Macrovector m = macrovector(s);
  const int top = macrovector_tenths(m);
  const auto below = [&m](int Macrovector::* level) {
    Macrovector lower = m;
    ++(lower.*level);
    return macrovector_tenths(lower);
  };
  // In units of 1/840 of a tenth: 840 is divisible by every depth. eq5 has one value per level, so its share is
  // nothing, but it counts in the mean.
  constexpr int kUnit = 840;
  int sum = 0;
  int classes = 0;
  const auto add = [&](int lower, Depth d) {
    if (lower == 0) return;
    sum += (top - lower) * d.steps * (kUnit / d.depth);
    ++classes;
  };
  add(below(&Macrovector::eq1), depth_eq1(s, m.eq1));
  add(below(&Macrovector::eq2), depth_eq2(s, m.eq2));
  add(below_eq3_eq6(m), depth_eq3_eq6(s, m.eq3, m.eq6));
  add(below(&Macrovector::eq4), depth_eq4(s, m.eq4));
  add(below(&Macrovector::eq5), Depth{});
  if (classes == 0) return top;

  const int denominator = kUnit * classes;
  const int numerator = std::max(top * denominator - sum, 0);
  return std::min((2 * numerator + denominator) / (2 * denominator), 100);
}

}  // namespace assay::cvss

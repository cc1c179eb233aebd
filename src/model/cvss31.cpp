// CVSS 3.1: FIRST, "Common Vulnerability Scoring System version 3.1: Specification Document", §7 (equations) and
// appendix A (Roundup). All arithmetic is on integers in units of 10^-18, so no result depends on floating point: every
// product of metric weights is exact, and only the power in the changed-scope impact is cut, below 10^-16.

#include <algorithm>
#include <array>
#include <cstdint>

#include "model/cvss_metrics.h"

namespace assay::cvss {

namespace {

__extension__ typedef __int128 Fixed;  // in units of 1/kOne; magnitudes stay below 200, products below 2^127

constexpr Fixed kOne = 1'000'000'000'000'000'000;

constexpr Fixed hundredths(std::int64_t n) {
  return n * (kOne / 100);
}
constexpr Fixed tenthousandths(std::int64_t n) {
  return n * (kOne / 10'000);
}
constexpr Fixed mul(Fixed a, Fixed b) {
  return a * b / kOne;
}

constexpr Fixed power(Fixed base, int exponent) {
  Fixed result = kOne;
  for (int i = 0; i < exponent; ++i) result = mul(result, base);
  return result;
}

// The smallest number of tenths that is not below `x`, where `x` is first taken to five decimals (appendix A).
constexpr int roundup(Fixed x) {
  constexpr Fixed kUnit = kOne / 100'000;
  const auto five_decimals = static_cast<std::int64_t>((x + kUnit / 2) / kUnit);
  return static_cast<int>((five_decimals + 9'999) / 10'000);
}

constexpr std::array<MetricSpec, 22> kSpecs{{
    {"AV", "N,A,L,P", true}, {"AC", "L,H", true},  {"PR", "N,L,H", true}, {"UI", "N,R", true}, {"S", "U,C", true},
    {"C", "H,L,N", true},    {"I", "H,L,N", true}, {"A", "H,L,N", true},  {"E", "X,H,F,P,U"},  {"RL", "X,U,W,T,O"},
    {"RC", "X,C,R,U"},       {"CR", "X,H,M,L"},    {"IR", "X,H,M,L"},     {"AR", "X,H,M,L"},   {"MAV", "X,N,A,L,P"},
    {"MAC", "X,L,H"},        {"MPR", "X,N,L,H"},   {"MUI", "X,N,R"},      {"MS", "X,U,C"},     {"MC", "X,H,L,N"},
    {"MI", "X,H,L,N"},       {"MA", "X,H,L,N"},
}};

constexpr std::array<std::string_view, 11> kEnvironmental{"CR",  "IR", "AR", "MAV", "MAC", "MPR",
                                                          "MUI", "MS", "MC", "MI",  "MA"};

// Weights in hundredths (§7.4).
Fixed attack_vector(std::string_view v) {
  return hundredths(v == "N" ? 85 : v == "A" ? 62 : v == "L" ? 55 : 20);
}
Fixed attack_complexity(std::string_view v) {
  return hundredths(v == "L" ? 77 : 44);
}
Fixed user_interaction(std::string_view v) {
  return hundredths(v == "N" ? 85 : 62);
}
Fixed impact_weight(std::string_view v) {
  return hundredths(v == "H" ? 56 : v == "L" ? 22 : 0);
}
Fixed privileges(std::string_view v, bool scope_changed) {
  if (v == "N") return hundredths(85);
  if (v == "L") return hundredths(scope_changed ? 68 : 62);
  return hundredths(scope_changed ? 50 : 27);
}
Fixed security_requirement(std::string_view v) {
  return hundredths(v == "H" ? 150 : v == "L" ? 50 : 100);
}
Fixed exploit_maturity(std::string_view v) {
  return hundredths(v == "U" ? 91 : v == "P" ? 94 : v == "F" ? 97 : 100);
}
Fixed remediation_level(std::string_view v) {
  return hundredths(v == "O" ? 95 : v == "T" ? 96 : v == "W" ? 97 : 100);
}
Fixed report_confidence(std::string_view v) {
  return hundredths(v == "U" ? 92 : v == "R" ? 96 : 100);
}

Fixed exploitability(std::string_view av, std::string_view ac, std::string_view pr, std::string_view ui, bool changed) {
  const Fixed weights =
      mul(mul(attack_vector(av), attack_complexity(ac)), mul(privileges(pr, changed), user_interaction(ui)));
  return mul(hundredths(822), weights);
}

// Roundup(min(impact + exploitability, 10)), with the factor 1.08 when the scope changes; 0 without impact.
int combine(Fixed impact, Fixed exploit, bool changed) {
  if (impact <= 0) return 0;
  Fixed sum = impact + exploit;
  if (changed) sum = mul(hundredths(108), sum);
  return roundup(std::min(sum, 10 * kOne));
}

int base_score(const Metrics& m) {
  const bool changed = m.get("S") == "C";
  const Fixed iss = kOne - mul(mul(kOne - impact_weight(m.get("C")), kOne - impact_weight(m.get("I"))),
                               kOne - impact_weight(m.get("A")));
  const Fixed impact =
      changed ? mul(hundredths(752), iss - tenthousandths(290)) - mul(hundredths(325), power(iss - hundredths(2), 15))
              : mul(hundredths(642), iss);
  return combine(impact, exploitability(m.get("AV"), m.get("AC"), m.get("PR"), m.get("UI"), changed), changed);
}

int environmental_score(const Metrics& m) {
  const bool changed = m.modified("MS") == "C";
  const auto remaining = [&m](std::string_view requirement, std::string_view impact) {
    return kOne - mul(security_requirement(m.get(requirement)), impact_weight(m.modified(impact)));
  };
  const Fixed miss = std::min(kOne - mul(mul(remaining("CR", "MC"), remaining("IR", "MI")), remaining("AR", "MA")),
                              tenthousandths(9150));
  const Fixed impact = changed ? mul(hundredths(752), miss - tenthousandths(290)) -
                                     mul(hundredths(325), power(mul(miss, tenthousandths(9731)) - hundredths(2), 13))
                               : mul(hundredths(642), miss);
  return combine(impact,
                 exploitability(m.modified("MAV"), m.modified("MAC"), m.modified("MPR"), m.modified("MUI"), changed),
                 changed);
}

}  // namespace

Result<int> score31(std::string_view vector, std::string_view body) {
  const auto metrics = Metrics::parse(vector, body, kSpecs);
  if (!metrics) return std::unexpected(metrics.error());
  const auto& m = *metrics;
  const bool environmental = std::ranges::any_of(kEnvironmental, [&m](auto name) { return m.defined(name); });
  const int score = environmental ? environmental_score(m) : base_score(m);
  const Fixed temporal =
      mul(mul(exploit_maturity(m.get("E")), remediation_level(m.get("RL"))), report_confidence(m.get("RC")));
  return roundup(mul(score * (kOne / 10), temporal));
}

}  // namespace assay::cvss

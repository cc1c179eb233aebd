#pragma once

// What a judge of certificates knows by heart: the rules in words, how long certificates may live, when one should have
// been renewed.

#include <optional>
#include <string_view>

#include "base/time.h"
#include "model/verdict.h"

namespace assay::judge {

// One rule of assay::chain_rule, or one of the judge's own, for people.
struct CertificateRule {
  std::string_view id;  // the locator of the finding
  std::string_view title;
  std::string_view remedy;
  std::optional<Severity> severity;  // where it is not the requirement's own
};

// Unknown ids give "untrusted".
CertificateRule certificate_rule(std::string_view id);

// The longest life of a publicly trusted server certificate issued at `issued`, both ends included: Baseline
// Requirements §6.3.2 (398 days since 2020-09-01, 200 since 2026-03-15, 100 from 2027-03-15, 47 from 2029-03-15; what
// was issued before 2020-09-01 had 825 days).
std::chrono::days longest_lifetime(Time issued);

// How long before its end a certificate that lives for `lifetime` should have been renewed: `fixed` for 90 days and
// more; below, the last third, but two days at least and never more than half of its life.
Duration renewal_horizon(Duration lifetime, std::chrono::days fixed);

// How many certificate timestamps browsers want (Chrome's CT policy): 2 up to 180 days of life, else 3.
int wanted_timestamps(Duration lifetime);

}  // namespace assay::judge

#pragma once

// Verdicts and findings: what a judge says.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "model/requirement.h"

namespace assay {

enum class Outcome { pass, fail, inconclusive, not_applicable };
std::string_view to_string(Outcome o);  // "pass", "fail", "inconclusive", "not-applicable"
std::optional<Outcome> outcome_from_string(std::string_view s);

// One proven miss.
struct Finding {
  std::string requirement;
  std::string subject;
  std::string locator;      // stable: a URL path template, a header or cookie name, a TLS version; never a line number
  std::string title;        // one line
  std::string proof;        // what was seen, for people; secrets redacted; may have several lines
  std::string remediation;  // how to mend this very miss
  Severity severity = Severity::medium;
  Cvss cvss;                          // of the requirement; no vector when this miss weighs less than that
  std::vector<std::string> evidence;  // ids that it rests on
  std::string fingerprint;            // survives re-scans: fingerprint_of()
};

// "fp1-" and 40 hex digits of SHA-256 over the length-prefixed requirement, subject and locator. Never severity,
// text, time or address.
std::string fingerprint_of(std::string_view requirement, std::string_view subject, std::string_view locator);

struct Verdict {
  std::string requirement;
  std::string subject;
  Outcome outcome = Outcome::inconclusive;
  std::string reason;                 // one sentence: what was seen, or why nothing can be said
  std::string reason_code;            // stable, for `inconclusive` and `not-applicable`, e.g. "timeout", "not-probed"
  std::vector<std::string> evidence;  // ids
  std::vector<Finding> findings;      // at least one when `fail`; warnings may accompany `pass`
};

// How a finding stands against what was known before.
enum class Standing { unknown, fresh, still_there, fixed, gone };
std::string_view to_string(Standing s);  // "unknown", "new", "still-there", "fixed", "gone"

Json to_json(const Finding& f);
Json to_json(const Verdict& v);
Result<Finding> finding_from_json(const Json& j);
Result<Verdict> verdict_from_json(const Json& j);

}  // namespace assay

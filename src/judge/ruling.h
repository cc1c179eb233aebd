#pragma once

// What a judge gathers while it looks at the evidence, and the one rule that makes a verdict of it: a proven miss
// fails; otherwise anything that could not be seen makes it inconclusive; otherwise it passes. A judge that saw nothing
// must say so with unknown(): there is no pass without evidence.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/evidence_view.h"
#include "model/requirement.h"
#include "model/verdict.h"

namespace assay::judge {

// One proven miss (or a warning), before it becomes a Finding.
struct Miss {
  std::string locator;      // stable: see Finding::locator
  std::string title;        // one line
  std::string proof;        // what was seen
  std::string remediation;  // how to mend this very miss
  std::vector<std::string> evidence;
  std::optional<Severity> severity;  // where it is not the requirement's own
};

// Why something cannot be said.
struct Unknown {
  std::string code;    // stable
  std::string reason;  // one sentence
};

class Ruling {
 public:
  // Rests on the surface from the start: it is what names the subject.
  Ruling(const EvidenceView& view, const Requirement& requirement);

  // Evidence that was looked at; named by the verdict. Repeats are dropped.
  void rests_on(const std::string& evidence_id);
  void rests_on(const std::vector<std::string>& evidence_ids);

  // Misses with the same locator become one finding: proofs are joined, the more severe wins.
  void miss(Miss m);
  // A finding that does not fail the verdict; low unless it says otherwise.
  void warn(Miss m);
  // The first one is what the verdict says.
  void unknown(Unknown u);

  bool missed() const { return !misses_.empty(); }
  bool uncertain() const { return !unknowns_.empty(); }

  // The verdict; `pass_reason` is what it says when it passes.
  Verdict decide(std::string pass_reason) const;
  Verdict not_applicable(std::string code, std::string reason) const;
  // For the case that there is nothing else to say.
  Verdict inconclusive(std::string code, std::string reason);

 private:
  Verdict verdict(Outcome outcome, std::string reason, std::string code) const;
  Finding finding_of(const Miss& m) const;

  const Requirement* requirement_;
  std::string subject_;
  std::vector<std::string> evidence_;
  std::vector<Miss> misses_;
  std::vector<Miss> warnings_;
  std::vector<Unknown> unknowns_;
};

// For people: "GET https://app/page", "HTTP/1.1 200 OK".
std::string request_line(const HttpExchange& exchange);
std::string status_line(const HttpResponseRecord& response);

// Every exchange, of any kind, whose URL is on the origin that the view is of.
std::vector<const Observed<HttpExchange>*> exchanges_on_origin(const EvidenceView& view);

// Why the exchange holds no usable answer: it failed, or the server answered 408, 429 or 5xx. nullopt when it does.
std::optional<Unknown> unanswered(const HttpExchange& exchange);
Unknown unknown_of(const Failure& failure, std::string_view what);

// The code of "nobody looked": the probe did not run, or was not allowed to.
inline constexpr std::string_view kNotProbed = "not-probed";

}  // namespace assay::judge

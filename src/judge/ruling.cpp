#include "judge/ruling.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace assay::judge {

namespace {

constexpr std::size_t kMaxDetail = 200;  // bytes of a foreign text inside a reason

void add_once(std::vector<std::string>& ids, const std::string& id) {
  if (!id.empty() && std::ranges::find(ids, id) == ids.end()) ids.push_back(id);
}

void merge(std::vector<Miss>& into, Miss m) {
  const auto same = std::ranges::find(into, m.locator, &Miss::locator);
  if (same == into.end()) {
    into.push_back(std::move(m));
    return;
  }
  if (same->proof.find(m.proof) == std::string::npos) same->proof += "\n" + m.proof;
  for (const auto& id : m.evidence) add_once(same->evidence, id);
  if (!m.severity) {
    same->severity.reset();
  } else if (same->severity) {
    same->severity = std::max(*same->severity, *m.severity);
  }
}

}  // namespace

Ruling::Ruling(const EvidenceView& view, const Requirement& requirement)
    : requirement_(&requirement), subject_(view.subject()) {
  if (const auto* surface = view.all().surface()) rests_on(surface->id);
}

void Ruling::rests_on(const std::string& evidence_id) {
  add_once(evidence_, evidence_id);
}

void Ruling::rests_on(const std::vector<std::string>& evidence_ids) {
  for (const auto& id : evidence_ids) add_once(evidence_, id);
}

void Ruling::miss(Miss m) {
  merge(misses_, std::move(m));
}

void Ruling::warn(Miss m) {
  if (!m.severity) m.severity = Severity::low;
  merge(warnings_, std::move(m));
}

void Ruling::unknown(Unknown u) {
  unknowns_.push_back(std::move(u));
}

Verdict Ruling::decide(std::string pass_reason) const {
  if (!misses_.empty()) {
    std::string reason = misses_.front().title;
    if (misses_.size() > 1) reason += fmt::format(" (and {} more)", misses_.size() - 1);
    return verdict(Outcome::fail, reason + ".", "");
  }
  if (!unknowns_.empty()) return verdict(Outcome::inconclusive, unknowns_.front().reason, unknowns_.front().code);
  return verdict(Outcome::pass, std::move(pass_reason), "");
}

Verdict Ruling::not_applicable(std::string code, std::string reason) const {
  return verdict(Outcome::not_applicable, std::move(reason), std::move(code));
}

Verdict Ruling::inconclusive(std::string code, std::string reason) {
  unknown({std::move(code), std::move(reason)});
  return decide({});
}

Verdict Ruling::verdict(Outcome outcome, std::string reason, std::string code) const {
  Verdict v;
  v.requirement = requirement_->id;
  v.subject = subject_;
  v.outcome = outcome;
  v.reason = std::move(reason);
  v.reason_code = std::move(code);
  v.evidence = evidence_;
  if (outcome != Outcome::not_applicable) {
    for (const auto* list : {&misses_, &warnings_})
      for (const auto& m : *list) v.findings.push_back(finding_of(m));
    for (const auto& f : v.findings)
      for (const auto& id : f.evidence) add_once(v.evidence, id);
  }
  return v;
}

Finding Ruling::finding_of(const Miss& m) const {
  Finding f;
  f.requirement = requirement_->id;
  f.subject = subject_;
  f.locator = m.locator;
  f.title = m.title;
  f.proof = m.proof;
  f.remediation = m.remediation;
  f.evidence = m.evidence;
  f.severity = m.severity.value_or(requirement_->severity);
  return f;
}

std::string request_line(const HttpExchange& exchange) {
  return printable(ellipsis(exchange.request.method + " " + exchange.request.url, kMaxDetail));
}

std::string status_line(const HttpResponseRecord& response) {
  const std::string_view version = response.version.empty() ? "HTTP" : std::string_view(response.version);
  const auto line = fmt::format("{} {} {}", version, response.status, response.reason);
  return printable(ellipsis(trim(line), kMaxDetail));
}

std::vector<const Observed<HttpExchange>*> exchanges_on_origin(const EvidenceView& view) {
  std::vector<const Observed<HttpExchange>*> out;
  for (const auto& e : view.all().exchanges())
    if (e.value.origin == view.subject()) out.push_back(&e);
  return out;
}

Unknown unknown_of(const Failure& failure, std::string_view what) {
  std::string reason = fmt::format("{}: {}", what, failure.code);
  if (!failure.detail.empty()) reason += " (" + printable(ellipsis(failure.detail, kMaxDetail)) + ")";
  return {failure.code.empty() ? "no-answer" : failure.code, reason + "."};
}

std::optional<Unknown> unanswered(const HttpExchange& exchange) {
  const auto what = request_line(exchange);
  if (exchange.failure) return unknown_of(*exchange.failure, what + " got no answer");
  if (!exchange.response) return Unknown{"no-answer", what + " has no recorded answer."};
  const auto& response = *exchange.response;
  const auto answered = what + " was answered " + status_line(response);
  if (response.status == 503) return Unknown{"service-unavailable", answered + ": the server is not serving now."};
  if (response.status == 429) return Unknown{"rate-limited", answered + ": the server asked for fewer requests."};
  if (response.status == 408) return Unknown{"timeout", answered + "."};
  if (response.status >= 500) return Unknown{"server-error", answered + ", which neither serves nor refuses."};
  return std::nullopt;
}

}  // namespace assay::judge

#include "model/requirement.h"

#include "base/text.h"

namespace assay {

std::string_view to_string(Severity s) {
  switch (s) {
    case Severity::none:
      return "none";
    case Severity::low:
      return "low";
    case Severity::medium:
      return "medium";
    case Severity::high:
      return "high";
    case Severity::critical:
      return "critical";
  }
  return "none";
}

std::optional<Severity> severity_from_string(std::string_view s) {
  for (const auto level : {Severity::none, Severity::low, Severity::medium, Severity::high, Severity::critical})
    if (to_string(level) == s) return level;
  return std::nullopt;
}

Severity severity_of_score(double score) {
  if (score >= 9.0) return Severity::critical;
  if (score >= 7.0) return Severity::high;
  if (score >= 4.0) return Severity::medium;
  return score > 0.0 ? Severity::low : Severity::none;
}

std::string_view to_string(SubjectKind k) {
  switch (k) {
    case SubjectKind::app:
      return "app";
    case SubjectKind::origin:
      return "origin";
    case SubjectKind::endpoint:
      return "endpoint";
    case SubjectKind::host:
      return "host";
    case SubjectKind::domain:
      return "domain";
  }
  return "app";
}

std::optional<SubjectKind> subject_kind_from_string(std::string_view s) {
  for (const auto k :
       {SubjectKind::app, SubjectKind::origin, SubjectKind::endpoint, SubjectKind::host, SubjectKind::domain})
    if (to_string(k) == s) return k;
  return std::nullopt;
}

std::string Requirement::not_verified_reason() const {
  if (verified()) return {};
  std::vector<std::string> ways;
  for (const auto& way : planned) {
    if (way == "net") ways.emplace_back("network evidence");
    if (way == "src") ways.emplace_back("source evidence");
    if (way == "cfg") ways.emplace_back("a connected configuration or account");
    if (way == "log") ways.emplace_back("logs");
  }
  if (attestation) ways.emplace_back("a person's attestation");
  return "not yet verified by this version; to be verified from " + join(ways, " and ");
}

}  // namespace assay

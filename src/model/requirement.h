#pragma once

// Requirements and profiles: the catalogue as plain values. Immutable once loaded; safe to share between threads.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/json.h"

namespace assay {

class TakeoverFacts;

enum class Severity { none, low, medium, high, critical };
std::string_view to_string(Severity s);  // "none" … "critical"
std::optional<Severity> severity_from_string(std::string_view s);
Severity severity_of_score(double cvss_score);  // CVSS 3.1 §5 and 4.0 §6: 9.0, 7.0, 4.0, 0.1

// What one verdict of a requirement is about.
enum class SubjectKind { app, origin, endpoint, host, domain };
std::string_view to_string(SubjectKind k);
std::optional<SubjectKind> subject_kind_from_string(std::string_view s);

struct RequirementSource {
  std::string document;              // "ecoscanner" | "marketplace-guidelines" | "backend-checklist"
  std::string row;                   // as the document names it, e.g. "Connect 3"
  std::optional<double> cvss_score;  // the figure the document prints, when it prints one
  std::optional<Severity> severity;  // the severity it prints, where that is not the score's own
};

// How a miss is scored: computed from the vector, never typed.
struct Cvss {
  std::string vector;  // "CVSS:3.1/…" or "CVSS:4.0/…"
  double score = 0.0;  // one decimal
};

struct Attestation {
  std::vector<std::string> questions;
  int valid_days = 365;
};

// What a parameter means, for people.
struct ParameterInfo {
  std::string unit;  // "seconds", "days", "bits", …; empty when it has none
  std::string description;
};

struct Requirement {
  std::string id;
  std::string title;
  std::vector<RequirementSource> sources;
  Cvss cvss;
  Severity severity = Severity::medium;      // of the score, unless the source fixes it
  std::map<std::string, Cvss> cvss_of_kind;  // kind of app → its own score, where the sources score kinds differently
  std::vector<std::string> kinds;            // of app: "connect", "forge", "service", "source"
  SubjectKind subject = SubjectKind::app;
  std::string judge;  // name of the judge; empty when it is attested or not yet verified
  std::optional<Attestation> attestation;
  std::vector<std::string> planned;               // ways of verifying that no judge has yet: "net", "src", "cfg", "log"
  std::vector<std::string> needs;                 // kinds of evidence (model/evidence.h)
  std::shared_ptr<const TakeoverFacts> takeover;  // set when the file asks for these facts (model/takeover.h)
  Json parameters = Json::object();               // name → value: defaults, overridden by the profile
  std::map<std::string, ParameterInfo> parameter_info;  // the same names
  std::string what, why, how;                           // detail, plain text, our own words
  std::string remediation;
  std::vector<std::string> references;  // URLs

  bool verified() const { return !judge.empty(); }
  // Why no verdict on it is given, for people; empty when it is verified.
  std::string not_verified_reason() const;

  // The parameter as T; `fallback` when it is absent or of another type.
  template <class T>
  T parameter(std::string_view name, T fallback) const {
    const auto at = parameters.find(name);
    if (at == parameters.end()) return fallback;
    try {
      return at->get<T>();
    } catch (const Json::exception&) {
      return fallback;
    }
  }
};

struct Profile {
  std::string id;  // "marketplace-connect"
  std::string title;
  std::vector<std::string> kinds;            // of app that choose it by default
  std::map<std::string, Json> requirements;  // id → parameters that override the defaults
};

}  // namespace assay

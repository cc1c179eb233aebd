// SARIF 2.1.0 (OASIS). One run an app. Dynamic findings have no source file: their location is the subject's URL, which
// is stable, with a first line so that consumers that need a region accept it.

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "base/url.h"
#include "model/evidence_view.h"
#include "report/formats.h"

namespace assay::report {

namespace {

std::string_view level_of(Severity s) {
  if (s >= Severity::high) return "error";
  return s == Severity::medium ? "warning" : "note";
}

Json rule_json(const Requirement& r) {
  std::set<std::string> tags = {"security"};
  for (const auto& source : r.sources) tags.insert(source.document);
  Json rule{{"id", r.id},
            {"name", r.id},
            {"shortDescription", {{"text", r.title}}},
            {"fullDescription", {{"text", r.what.empty() ? r.title : r.what}}},
            {"help", {{"text", r.remediation.empty() ? r.title : r.remediation}}},
            {"defaultConfiguration", {{"level", level_of(r.severity)}}},
            {"properties",
             {{"tags", tags}, {"security-severity", fmt::format("{:.1f}", r.cvss.score)}, {"cvss", r.cvss.vector}}}};
  if (!r.references.empty()) rule["helpUri"] = r.references.front();
  return rule;
}

// A URI for the artifact: the subject when it is a URL (template braces escaped), else a relative reference by its
// name.
std::string location_uri(const std::string& subject) {
  if (const auto url = parse_url(subject)) return replace_all(replace_all(url->to_string(), "{", "%7B"), "}", "%7D");
  return "app/" + percent_encode(subject);
}

// The exchange that proves a finding, as SARIF shows it; an empty object when the proof is no exchange.
void add_exchange(Json& result, const EvidenceSet& evidence, const Finding& f) {
  for (const auto& e : evidence.exchanges()) {
    if (std::ranges::find(f.evidence, e.id) == f.evidence.end()) continue;
    const auto& request = e.value.request;
    result["webRequest"] = {
        {"protocol", "HTTP"}, {"version", "1.1"}, {"target", request.url}, {"method", request.method}};
    for (const auto& field : request.fields) result["webRequest"]["headers"][field.name] = field.value;
    if (const auto& response = e.value.response) {
      result["webResponse"] = {
          {"protocol", "HTTP"}, {"statusCode", response->status}, {"reasonPhrase", response->reason}};
      for (const auto& field : response->fields) result["webResponse"]["headers"][field.name] = field.value;
    } else {
      result["webResponse"] = {{"noResponseReceived", true}};
    }
    return;
  }
}

// Where a secret stands. Of an archive, the file that a consumer has is the outermost one.
Json place_json(const SecretPlace& p) {
  Json region{{"startLine", std::max<std::uint64_t>(p.line, 1)}};
  if (p.column > 0) region["startColumn"] = p.column;
  Json location;
  if (parse_url(p.path)) {
    location["artifactLocation"] = {{"uri", location_uri(p.path)}};
  } else {
    const auto inside = p.path.find("!/");
    if (inside != std::string::npos) region = {{"startLine", 1}};
    std::vector<std::string> parts;
    for (const auto part : split(std::string_view(p.path).substr(0, inside), '/'))
      parts.push_back(percent_encode(part));
    location["artifactLocation"] = {{"uri", join(parts, "/")}, {"uriBaseId", "%SRCROOT%"}};
  }
  location["region"] = std::move(region);
  return Json{{"physicalLocation", std::move(location)},
              {"logicalLocations", Json::array({{{"fullyQualifiedName", printable(p.path)}}})}};
}

// The places of the secret that a finding is about; none when it is about something else.
Json secret_locations(const EvidenceSet& evidence, const Finding& f) {
  Json locations = Json::array();
  for (const auto& sweep : evidence.sweeps()) {
    if (std::ranges::find(f.evidence, sweep.id) == f.evidence.end()) continue;
    for (const auto& s : sweep.value.sightings)
      if (s.suppressed.empty() && secret_locator(s) == f.locator)
        for (const auto& p : s.places) locations.push_back(place_json(p));
  }
  return locations;
}

Json result_json(const ScanRecord& r, const EvidenceSet& evidence, const Finding& f,
                 const std::map<std::string, std::size_t>& rule_index) {
  Json result{
      {"ruleId", f.requirement},
      {"ruleIndex", rule_index.at(f.requirement)},
      {"level", level_of(f.severity)},
      {"message", {{"text", fmt::format("{}\n{}\n\nFix: {}", f.title, f.proof, f.remediation)}}},
      {"locations",
       Json::array({{{"physicalLocation",
                      {{"artifactLocation", {{"uri", location_uri(f.subject)}}}, {"region", {{"startLine", 1}}}}},
                     {"logicalLocations", Json::array({{{"fullyQualifiedName", f.subject},
                                                        {"name", f.locator.empty() ? f.subject : f.locator}}})}}})},
      {"partialFingerprints", {{"assay/v1", f.fingerprint}}},
      {"properties", {{"evidence", f.evidence}}}};
  if (!f.cvss.vector.empty()) result["properties"]["security-severity"] = fmt::format("{:.1f}", f.cvss.score);
  if (const auto at = r.standing.find(f.fingerprint); at != r.standing.end())
    result["baselineState"] = at->second == Standing::fresh ? "new" : "unchanged";
  if (const auto at = r.ignored.find(f.fingerprint); at != r.ignored.end())
    result["suppressions"] =
        Json::array({{{"kind", "external"}, {"status", "accepted"}, {"justification", at->second}}});
  add_exchange(result, evidence, f);
  if (auto places = secret_locations(evidence, f); !places.empty()) result["locations"] = std::move(places);
  return result;
}

// A finding of before that is fixed (kind "pass"), or whose subject the app no longer names (kind "notApplicable").
Json closed_json(const Finding& f, std::string_view kind, std::string_view what,
                 const std::map<std::string, std::size_t>& rule_index) {
  return Json{
      {"ruleId", f.requirement},
      {"ruleIndex", rule_index.at(f.requirement)},
      {"level", "none"},
      {"kind", kind},
      {"message", {{"text", fmt::format("{}: {}", what, f.title)}}},
      {"locations",
       Json::array({{{"physicalLocation",
                      {{"artifactLocation", {{"uri", location_uri(f.subject)}}}, {"region", {{"startLine", 1}}}}}}})},
      {"partialFingerprints", {{"assay/v1", f.fingerprint}}},
      {"baselineState", "absent"}};
}

Json run_json(const ScanRecord& r, const catalog::Catalog& catalog) {
  std::set<std::string> named;
  for (const auto* f : findings_of(r)) named.insert(f->requirement);
  for (const auto* list : {&r.fixed, &r.gone})
    for (const auto& f : *list) named.insert(f.requirement);
  Json rules = Json::array();
  std::map<std::string, std::size_t> rule_index;
  for (const auto& id : named) {
    rule_index[id] = rules.size();
    const auto* requirement = catalog.find(id);
    rules.push_back(requirement != nullptr ? rule_json(*requirement) : Json{{"id", id}});
  }
  const EvidenceSet evidence(r.evidence);
  Json results = Json::array();
  for (const auto* f : findings_of(r)) results.push_back(result_json(r, evidence, *f, rule_index));
  for (const auto& f : r.fixed) results.push_back(closed_json(f, "pass", "Fixed", rule_index));
  for (const auto& f : r.gone)
    results.push_back(closed_json(f, "notApplicable", "No longer named by the app", rule_index));
  Json notifications = Json::array();
  for (const auto& g : group_by_reason(r, Outcome::inconclusive))
    notifications.push_back(
        {{"level", "warning"},
         {"message",
          {{"text", fmt::format("{} is inconclusive for {}: {}", g.requirement, join(g.subjects, ", "), g.reason)}}}});
  return Json{{"columnKind", "unicodeCodePoints"},
              {"tool", {{"driver", {{"name", "assay"}, {"semanticVersion", ASSAY_VERSION}, {"rules", rules}}}}},
              {"automationDetails", {{"id", "assay/" + percent_encode(r.app.key) + "/"}}},
              {"invocations", Json::array({{{"executionSuccessful", r.complete},
                                            {"startTimeUtc", format_rfc3339(r.started)},
                                            {"endTimeUtc", format_rfc3339(r.finished)},
                                            {"toolExecutionNotifications", notifications}}})},
              {"results", results}};
}

Json document_json(Json runs) {
  return Json{
      {"$schema", "https://json.schemastore.org/sarif-2.1.0.json"}, {"version", "2.1.0"}, {"runs", std::move(runs)}};
}

}  // namespace

std::string sarif_head() {
  std::string head = dump_json(document_json(Json::array()));
  head.resize(head.rfind(']'));
  return head;
}

std::string sarif_tail() {
  return "]}\n";
}

std::string sarif_run(const ScanRecord& record, const catalog::Catalog& catalog) {
  return dump_json(run_json(record, catalog));
}

std::string render_sarif(const Records& records, const catalog::Catalog& catalog) {
  Json runs = Json::array();
  for (const auto& r : records) runs.push_back(run_json(r, catalog));
  return dump_json(document_json(std::move(runs)), 2) + "\n";
}

}  // namespace assay::report

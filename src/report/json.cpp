// "assay-report/1": stable; its JSON Schema is docs/report.schema.json.

#include "model/evidence_view.h"
#include "report/formats.h"

namespace assay::report {

namespace {

Json scan_json(const ScanRecord& r) {
  const auto counts = count_outcomes(r);
  return Json{{"id", r.id},
              {"started", format_rfc3339(r.started)},
              {"finished", format_rfc3339(r.finished)},
              {"complete", r.complete},
              {"incomplete_reason", r.incomplete_reason},
              {"profiles", r.profiles},
              {"allowed_networks", r.allowed_networks},
              {"compared", r.compared},
              {"counts",
               {{"pass", counts.pass},
                {"fail", counts.fail},
                {"inconclusive", counts.inconclusive},
                {"not-applicable", counts.not_applicable}}},
              {"statistics",
               {{"http_requests", r.statistics.http_requests},
                {"tls_connections", r.statistics.tls_connections},
                {"dns_queries", r.statistics.dns_queries},
                {"bytes_received", r.statistics.bytes_received},
                {"bytes_sent", r.statistics.bytes_sent}}}};
}

Json verdict_json(const ScanRecord& r, const Verdict& v) {
  Json j = to_json(v);
  for (auto& finding : j["findings"]) {
    const auto fingerprint = finding["fingerprint"].get<std::string>();
    if (const auto at = r.standing.find(fingerprint); at != r.standing.end())
      finding["standing"] = to_string(at->second);
    if (const auto at = r.ignored.find(fingerprint); at != r.ignored.end()) finding["ignored"] = at->second;
  }
  return j;
}

Json report_json(const ScanRecord& r, const Options& options) {
  Json j{{"schema", "assay-report/1"},
         {"tool", {{"name", "assay"}, {"version", ASSAY_VERSION}}},
         {"scan", scan_json(r)},
         {"app",
          {{"key", r.app.key},
           {"name", r.app.name},
           {"kind", r.app.kind},
           {"target", r.app.target},
           {"release", r.release}}},
         {"notes", Json::array()},
         {"verdicts", Json::array()},
         {"not_verified", Json::array()},
         {"fixed", Json::array()},
         {"gone", Json::array()}};
  for (const auto& note : r.notes) j["notes"].push_back(note);
  for (const auto& v : r.verdicts) j["verdicts"].push_back(verdict_json(r, v));
  for (const auto& n : r.not_verified)
    j["not_verified"].push_back({{"requirement", n.requirement}, {"reason", n.reason}});
  for (const auto& f : r.fixed) j["fixed"].push_back(to_json(f));
  for (const auto& f : r.gone) j["gone"].push_back(to_json(f));
  if (options.show_suppressed) {
    j["suppressed"] = Json::array();
    const EvidenceSet evidence(r.evidence);
    for (const auto& sweep : evidence.sweeps())
      for (const auto& s : sweep.value.sightings)
        if (!s.suppressed.empty()) j["suppressed"].push_back(s);
  }
  return j;
}

}  // namespace

std::string render_json(const Records& records, const Options& options) {
  if (records.size() == 1) return dump_json(report_json(records.front(), options), 2) + "\n";
  Json all = Json::array();
  for (const auto& r : records) all.push_back(report_json(r, options));
  return dump_json(all, 2) + "\n";
}

}  // namespace assay::report

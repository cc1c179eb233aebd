// Findings with their proof and history, and the question whether one is fixed.

#include "ledger/findings.h"

#include <array>

#include "base/text.h"
#include "ledger/dispositions.h"
#include "ledger/jobs.h"
#include "server/api/api.h"
#include "server/api/form.h"
#include "server/api/rows.h"

namespace assay::server::api {

namespace {

using ledger::FindingRecord;
using ledger::Work;

Result<FindingRecord> find(Work& work, const Call& call) {
  const std::string key = call.text("app"), fingerprint = call.text("fingerprint");
  auto finding = ledger::get_finding(work, key, fingerprint, call.scope());
  if (!finding) return std::unexpected(finding.error());
  if (!*finding) {
    return fail(ErrorCode::not_found, fingerprint, "is no finding of " + printable(key) + " that you may see",
                "GET /api/v1/findings lists them");
  }
  return std::move(**finding);
}

Json detail_json(const FindingRecord& record, const std::vector<ledger::Sighting>& sightings,
                 const std::vector<Disposition>& dispositions) {
  const Finding& finding = record.known.finding;
  Json json = finding_json(record);
  json["proof"] = finding.proof;
  json["remediation"] = finding.remediation;
  json["cvss"] = {{"vector", finding.cvss.vector}, {"score", finding.cvss.score}};
  json["evidence"] = finding.evidence;
  json["sightings"] = array_of(sightings, [](const ledger::Sighting& s) {
    return Json{{"scan", s.scan_id}, {"started_at", format_rfc3339(s.started)}, {"complete", s.complete}};
  });
  if (!sightings.empty()) json["scan"] = sightings.front().scan_id;
  json["dispositions"] = Json::array();
  for (auto at = dispositions.rbegin(); at != dispositions.rend(); ++at) json["dispositions"].push_back(to_json(*at));
  return json;
}

Result<Response> list_findings(const Call& call) {
  const auto page =
      call.services.ledger.read([&](Work& work) { return ledger::list_findings(work, call.list(), call.scope()); });
  if (!page) return std::unexpected(page.error());
  return ok(page_json(*page, finding_json));
}

Result<Response> get_finding(const Call& call) {
  const auto json = call.services.ledger.read([&](Work& work) -> Result<Json> {
    const auto finding = find(work, call);
    if (!finding) return std::unexpected(finding.error());
    const auto& fingerprint = finding->known.finding.fingerprint;
    const auto sightings = ledger::sightings_of(work, finding->app_key, fingerprint);
    if (!sightings) return std::unexpected(sightings.error());
    const auto dispositions = ledger::dispositions_of(work, finding->app_key, fingerprint);
    if (!dispositions) return std::unexpected(dispositions.error());
    return detail_json(*finding, *sightings, *dispositions);
  });
  if (!json) return std::unexpected(json.error());
  return ok(*json);
}

Result<Response> verify_finding(const Call& call) {
  return call.write([&](Work& work) -> Result<Response> {
    const auto finding = find(work, call);
    if (!finding) return std::unexpected(finding.error());
    const auto job = ledger::enqueue_job(work, {.app_key = finding->app_key,
                                                .group = "",
                                                .origin = JobOrigin::verify,
                                                .only = {finding->known.finding.requirement},
                                                .requested_by = call.request.actor.email,
                                                .ready = std::nullopt});
    if (!job) return std::unexpected(job.error());
    return accepted_job(*job);
  });
}

constexpr std::array kOperations{
    Operation{"listFindings", Permission::read, list_findings},
    Operation{"getFinding", Permission::read, get_finding},
    Operation{"verifyFinding", Permission::request_scans, verify_finding},
};

}  // namespace

Json finding_json(const FindingRecord& record) {
  const Finding& finding = record.known.finding;
  Json json{{"app", record.app_key},
            {"app_name", record.app_name},
            {"fingerprint", finding.fingerprint},
            {"kind", record.kind},
            {"requirement", finding.requirement},
            {"subject", finding.subject},
            {"locator", finding.locator},
            {"title", finding.title},
            {"severity", to_string(finding.severity)},
            {"state", to_string(record.known.status)},
            {"first_seen", format_rfc3339(record.known.first_seen)},
            {"last_seen", format_rfc3339(record.known.last_seen)},
            {"fails_in_row", record.known.fails_in_row},
            {"passes_in_row", record.known.passes_in_row},
            {"reopened", record.known.reopened}};
  put(json, "organisation", record.org_id);
  put(json, "opened_at", record.known.opened_at);
  put(json, "closed_at", record.known.closed_at);
  put(json, "disposition", record.disposition);
  if (record.ticket_id) json["ticket"] = *record.ticket_id;
  put(json, "ticket_state", record.ticket_state);
  return json;
}

std::span<const Operation> finding_operations() {
  return kOperations;
}

}  // namespace assay::server::api

// Scans: what was looked at, what was said, what it rests on, and what was asked of the app.

#include <array>

#include "base/text.h"
#include "ledger/findings.h"
#include "ledger/requests.h"
#include "server/api/api.h"
#include "server/api/form.h"
#include "server/api/rows.h"

namespace assay::server::api {

namespace {

using ledger::Work;

Json counts_json(int pass, int fail, int inconclusive, int not_applicable) {
  return Json{{"pass", pass}, {"fail", fail}, {"inconclusive", inconclusive}, {"not-applicable", not_applicable}};
}

Json detail_json(const ScanRecord& record) {
  const auto counts = count_outcomes(record);
  const auto& cost = record.statistics;
  Json json{{"id", record.id},
            {"app", record.app.key},
            {"started_at", format_rfc3339(record.started)},
            {"finished_at", format_rfc3339(record.finished)},
            {"complete", record.complete},
            {"counts", counts_json(counts.pass, counts.fail, counts.inconclusive, counts.not_applicable)},
            {"release", record.release},
            {"profiles", record.profiles},
            {"allowed_networks", record.allowed_networks},
            {"notes", record.notes},
            {"verdicts",
             array_of(record.verdicts, [&](const Verdict& v) { return verdict_json(v, record.id, record.started); })},
            {"not_verified", array_of(record.not_verified, not_verified_json)},
            {"statistics",
             {{"http_requests", cost.http_requests},
              {"tls_connections", cost.tls_connections},
              {"dns_queries", cost.dns_queries},
              {"bytes_received", cost.bytes_received},
              {"bytes_sent", cost.bytes_sent}}}};
  put(json, "incomplete_reason", record.incomplete_reason);
  return json;
}

Result<ScanRecord> find(Work& work, const Call& call) {
  const std::string id = call.text("scan");
  auto scan = ledger::get_scan(work, id, call.scope());
  if (!scan) return std::unexpected(scan.error());
  if (!*scan) {
    return fail(ErrorCode::not_found, "scan " + printable(id), "is none that you may see",
                "GET /api/v1/scans lists them");
  }
  return std::move(**scan);
}

Result<Response> list_scans(const Call& call) {
  const auto page =
      call.services.ledger.read([&](Work& work) { return ledger::list_scans(work, call.list(), call.scope()); });
  if (!page) return std::unexpected(page.error());
  return ok(page_json(*page, scan_json));
}

Result<Response> get_scan(const Call& call) {
  const auto scan = call.services.ledger.read([&](Work& work) { return find(work, call); });
  if (!scan) return std::unexpected(scan.error());
  return ok(detail_json(*scan));
}

Result<Response> list_evidence(const Call& call) {
  const auto heads = call.services.ledger.read([&](Work& work) -> Result<std::vector<ledger::EvidenceHead>> {
    const auto scan = find(work, call);
    if (!scan) return std::unexpected(scan.error());
    return ledger::evidence_of(work, scan->id);
  });
  if (!heads) return std::unexpected(heads.error());
  return ok(list_json(array_of(*heads, [](const ledger::EvidenceHead& head) {
    return Json{{"id", head.id},           {"kind", head.kind},
                {"subject", head.subject}, {"time", format_rfc3339(head.time)},
                {"probe", head.probe},     {"probe_version", head.probe_version},
                {"stored", head.stored}};
  })));
}

Result<Response> get_evidence(const Call& call) {
  const auto scan = call.services.ledger.read([&](Work& work) { return find(work, call); });
  if (!scan) return std::unexpected(scan.error());
  std::string missing;
  const auto evidence = call.services.ledger.load_evidence(scan->id, call.text("evidence"), &missing);
  if (!evidence) return std::unexpected(evidence.error());
  Json json{{"id", evidence->id},
            {"kind", evidence->kind},
            {"schema_version", evidence->schema},
            {"subject", evidence->subject},
            {"time", format_rfc3339(evidence->time)},
            {"probe", evidence->probe},
            {"probe_version", evidence->probe_version},
            {"body", evidence->body}};
  put(json, "missing", missing);
  return ok(json);
}

Result<Response> list_requests(const Call& call) {
  const auto stored = call.services.ledger.read([&](Work& work) -> Result<std::optional<ledger::StoredRequests>> {
    const auto scan = find(work, call);
    if (!scan) return std::unexpected(scan.error());
    return ledger::requests_of(work, scan->id);
  });
  if (!stored) return std::unexpected(stored.error());
  if (!*stored) {
    return fail(ErrorCode::not_found, "the request log of scan " + call.text("scan"), "is not stored, or no longer",
                "docs/platform.md tells how long it is kept");
  }
  Json items = Json::array();
  for (const auto line : split((*stored)->json_lines, '\n')) {
    if (line.empty()) continue;
    auto entry = parse_json(line, "request log");
    if (!entry) return std::unexpected(entry.error());
    items.push_back(std::move(*entry));
  }
  return ok(list_json(std::move(items)));
}

constexpr std::array kOperations{
    Operation{"listScans", Permission::read, list_scans},
    Operation{"getScan", Permission::read, get_scan},
    Operation{"listEvidence", Permission::read, list_evidence},
    Operation{"getEvidence", Permission::read, get_evidence},
    Operation{"listRequests", Permission::read, list_requests},
};

}  // namespace

Json scan_json(const ledger::ScanListRow& row) {
  const auto& scan = row.summary;
  return Json{{"id", scan.id},
              {"app", row.app_key},
              {"started_at", format_rfc3339(scan.started)},
              {"finished_at", format_rfc3339(scan.finished)},
              {"complete", scan.complete},
              {"counts", counts_json(scan.pass, scan.fail, scan.inconclusive, scan.not_applicable)}};
}

Json verdict_json(const Verdict& verdict, const std::string& scan_id, Time looked) {
  Json json{{"requirement", verdict.requirement},
            {"subject", verdict.subject},
            {"outcome", to_string(verdict.outcome)},
            {"reason", verdict.reason},
            {"evidence", verdict.evidence},
            {"findings", array_of(verdict.findings, [](const Finding& f) { return f.fingerprint; })},
            {"scan", scan_id},
            {"looked_at", format_rfc3339(looked)}};
  put(json, "reason_code", verdict.reason_code);
  return json;
}

Json not_verified_json(const NotVerified& not_verified) {
  return Json{{"requirement", not_verified.requirement}, {"reason", not_verified.reason}};
}

std::span<const Operation> scan_operations() {
  return kOperations;
}

}  // namespace assay::server::api

// Jobs: scans that are asked for, wait, run or were made.

#include "ledger/jobs.h"

#include <array>

#include "base/text.h"
#include "base/url.h"
#include "ledger/apps.h"
#include "server/api/api.h"
#include "server/api/form.h"
#include "server/api/rows.h"

namespace assay::server::api {

namespace {

using ledger::Work;

Result<Job> find(Work& work, const Call& call) {
  const std::string id = call.text("job");
  auto job = ledger::find_job(work, id, call.scope());
  if (!job) return std::unexpected(job.error());
  if (*job) return std::move(**job);
  return fail(ErrorCode::not_found, "job " + printable(id), "is none that you may see", "GET /api/v1/jobs lists them");
}

Result<Response> list_jobs(const Call& call) {
  const auto page =
      call.services.ledger.read([&](Work& work) { return ledger::list_jobs(work, call.list(), call.scope()); });
  if (!page) return std::unexpected(page.error());
  return ok(page_json(*page, job_json));
}

Result<Response> get_job(const Call& call) {
  const auto job = call.services.ledger.read([&](Work& work) { return find(work, call); });
  if (!job) return std::unexpected(job.error());
  return ok(job_json(*job));
}

Result<Response> cancel_job(const Call& call) {
  return call.write([&](Work& work) -> Result<Response> {
    const auto job = find(work, call);
    if (!job) return std::unexpected(job.error());
    const auto cancelled = ledger::cancel_job(work, job->id, "cancelled by " + call.request.actor.email);
    if (!cancelled) return std::unexpected(cancelled.error());
    if (auto audited = call.audit(work, "job.cancel", "job:" + job->id, {{"app", job->app_key}}); !audited)
      return std::unexpected(audited.error());
    return ok(job_json(*cancelled));
  });
}

Result<Response> request_scan(const Call& call) {
  const auto only = call.body.value("requirements", std::vector<std::string>());
  for (const auto& id : only) {
    if (call.services.catalog.find(id) != nullptr) continue;
    return fail(ErrorCode::invalid_input, "body/requirements", printable(id) + " is no requirement of the catalogue",
                "GET /api/v1/requirements lists them");
  }
  return call.write([&](Work& work) -> Result<Response> {
    const std::string key = call.text("app");
    const auto app = ledger::get_app(work, key, call.scope());
    if (!app) return std::unexpected(app.error());
    if (!*app)
      return fail(ErrorCode::not_found, printable(key), "is no app that you may see", "GET /api/v1/apps lists them");
    const auto job = ledger::enqueue_job(work, {.app_key = key,
                                                .group = "",
                                                .origin = JobOrigin::requested,
                                                .only = only,
                                                .requested_by = call.request.actor.email,
                                                .ready = std::nullopt});
    if (!job) return std::unexpected(job.error());
    return accepted_job(*job);
  });
}

constexpr std::array kOperations{
    Operation{"listJobs", Permission::read, list_jobs},
    Operation{"getJob", Permission::read, get_job},
    Operation{"cancelJob", Permission::request_scans, cancel_job},
    Operation{"requestScan", Permission::request_scans, request_scan},
};

}  // namespace

Json job_json(const Job& job) {
  Json json{{"id", job.id},
            {"app", job.app_key},
            {"group", job.group},
            {"origin", to_string(job.origin)},
            {"requirements", job.only},
            {"requested_by", job.requested_by},
            {"state", to_string(job.state)},
            {"created_at", format_rfc3339(job.created)},
            {"ready_at", format_rfc3339(job.ready)},
            {"attempt", job.attempt}};
  put(json, "started_at", job.started);
  put(json, "finished_at", job.finished);
  put(json, "worker", job.worker);
  put(json, "scan", job.scan_id);
  put(json, "error", job.error);
  return json;
}

Response accepted_job(const Job& job) {
  Response response = json_response(202, job_json(job));
  response.with("Location", "/api/v1/jobs/" + percent_encode(job.id));
  return response;
}

std::span<const Operation> job_operations() {
  return kOperations;
}

}  // namespace assay::server::api

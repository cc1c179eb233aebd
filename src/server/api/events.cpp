// Event streams: what goes on, as it goes on.

#include <array>

#include "base/text.h"
#include "ledger/jobs.h"
#include "server/api/api.h"
#include "server/api/event_pump.h"
#include "server/problem.h"

namespace assay::server::api {

namespace {

Result<Response> stream(const Call& call, Interest interest) {
  interest.only_org = call.request.only_org;
  auto feed = call.services.events.open(std::move(interest));
  if (feed != nullptr) return event_stream(std::move(feed));
  return problem(call.request, 503, "busy", "As many event streams are open as this server takes; try again later.");
}

Result<Response> stream_events(const Call& call) {
  return stream(call, {.only_org = {}, .app_key = call.text("app"), .job_id = {}});
}

Result<Response> stream_job(const Call& call) {
  const std::string id = call.text("job");
  auto opened = stream(call, {.only_org = {}, .app_key = {}, .job_id = id});
  if (!opened || !opened->events) return opened;
  // Looked up after the stream was opened: an end in between is seen by one or the other.
  const auto job =
      call.services.ledger.read([&](ledger::Work& work) { return ledger::find_job(work, id, call.scope()); });
  if (!job) return std::unexpected(job.error());
  if (!*job) {
    return fail(ErrorCode::not_found, "job " + printable(id), "is none that you may see",
                "GET /api/v1/jobs lists them");
  }
  const fleet::Event now{.kind = fleet::Event::Kind::job,
                         .at = assay::now(),
                         .app_key = (*job)->app_key,
                         .job_id = id,
                         .scan_id = (*job)->scan_id,
                         .state = std::string(to_string((*job)->state))};
  opened->events->push({.id = {}, .type = "job", .data = dump_json(event_json(now))});
  if ((*job)->state != JobState::waiting && (*job)->state != JobState::running) opened->events->close();
  return opened;
}

constexpr std::array kOperations{
    Operation{"streamEvents", Permission::read, stream_events},
    Operation{"streamJob", Permission::read, stream_job},
};

}  // namespace

std::span<const Operation> event_operations() {
  return kOperations;
}

}  // namespace assay::server::api

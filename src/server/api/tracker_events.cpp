// What the webhooks of trackers tell of the issues that sinks made. Nobody is signed in: the body is signed.

#include <array>
#include <string>

#include "server/api/api.h"
#include "server/api/form.h"
#include "server/problem.h"
#include "ticket/deliveries.h"
#include "ticket/dispatcher.h"

namespace assay::server::api {

namespace {

std::string header(const Call& call, std::string_view name) {
  return std::string(call.request.headers.get(name));
}

Result<Response> take_event(const Call& call) {
  const auto arrival = ticket::take_delivery(call.services.ledger, call.services.desk, call.services.dispatcher.key(),
                                             {.sink_id = call.text("sink"),
                                              .github_kind = header(call, "X-GitHub-Event"),
                                              .github_signature = header(call, "X-Hub-Signature-256"),
                                              .jira_signature = header(call, "X-Hub-Signature"),
                                              .body = call.request.body,
                                              .request_id = call.request.request_id});
  if (!arrival) return std::unexpected(arrival.error());
  if (arrival->kind != ticket::Arrival::Kind::refused)
    return ok(Json{{"outcome", to_string(arrival->kind)}, {"detail", arrival->detail}});
  // The same for every reason: who cannot sign does not learn which sinks there are.
  Response response = problem(call.request, 403, "forbidden", "This is not signed as an event of such a sink.");
  response.refusal = arrival->detail;
  return response;
}

constexpr std::array kOperations{Operation{"takeTrackerEvent", Permission::open, take_event}};

}  // namespace

std::span<const Operation> tracker_event_operations() {
  return kOperations;
}

}  // namespace assay::server::api

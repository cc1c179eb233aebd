#include "server/desk_hooks.h"

#include <optional>
#include <string>

#include "ledger/audit.h"
#include "ledger/jobs.h"

namespace assay::server {

namespace {

Result<void> audit(ledger::Work& work, const ticket::Actor& actor, std::string_view act, const std::string& object,
                   const Json& body) {
  return ledger::append_audit(
      work, {.actor = actor.id, .act = std::string(act), .object = object, .request_id = std::string(), .body = body});
}

Result<void> verify(ledger::Work& work, const ticket::Actor& actor, const Ticket& ticket) {
  const auto job = ledger::enqueue_job(work, {.app_key = ticket.app_key,
                                              .group = "",
                                              .origin = JobOrigin::verify,
                                              .only = {ticket.requirement},
                                              .requested_by = actor.id,
                                              .ready = std::nullopt});
  // The claim stands while its app is paused or retired; the next scan after that tells.
  if (!job && job.error().code != ErrorCode::conflict) return std::unexpected(job.error());
  return {};
}

}  // namespace

ticket::DeskHooks desk_hooks() {
  return {.audit = audit, .verify = verify, .notify = {}};
}

}  // namespace assay::server

#include "server/api/approvals.h"

#include <array>

#include "ledger/audit.h"
#include "server/api/form.h"
#include "server/conditional.h"

namespace assay::server::api {

namespace {

using ledger::Approval;
using ledger::ApprovalState;
using ledger::Work;

Json shown(Json body) {
  if (body.erase(kSealedSecret) != 0) body["secret"] = "given";
  return body;
}

Json approval_json(const Approval& approval) {
  Json json{{"id", approval.id},
            {"act", approval.act},
            {"body", shown(approval.body)},
            {"state", to_string(approval.state)},
            {"requested_by", approval.requested_by},
            {"requested_at", format_rfc3339(approval.requested)}};
  put(json, "decided_by", approval.decided_by);
  put(json, "decided_at", approval.decided);
  return json;
}

Result<void> note(Work& work, const Call& call, const std::string& act, const Approval& approval) {
  return ledger::append_audit(work, {.actor = call.request.actor.label(),
                                     .act = act,
                                     .object = "approval:" + std::to_string(approval.id),
                                     .request_id = call.request.request_id,
                                     .body = {{"act", approval.act}, {"body", shown(approval.body)}}});
}

const Act* find_act(std::string_view name) {
  for (const auto acts : {person_acts(), sink_acts()}) {
    for (const auto& act : acts) {
      if (act.name == name) return &act;
    }
  }
  return nullptr;
}

Result<Response> list_approvals(const Call& call) {
  const auto found = call.services.ledger.read(
      [&](Work& work) { return ledger::approvals(work, ledger::approval_state_from_string(call.text("state"))); });
  if (!found) return std::unexpected(found.error());
  return ok(list_json(array_of(*found, approval_json)));
}

Result<Response> decide(Work& work, const Call& call) {
  const std::string word = call.field("decision");
  const ApprovalState decision = word == "approve"  ? ApprovalState::approved
                                 : word == "reject" ? ApprovalState::rejected
                                                    : ApprovalState::withdrawn;
  const auto approval = ledger::decide_approval(work, call.number("approval"), decision, call.request.actor.person_id);
  if (!approval) return std::unexpected(approval.error());
  if (decision == ApprovalState::approved) {
    const Act* const act = find_act(approval->act);
    if (act == nullptr) return fail(ErrorCode::internal, "approval", "is of the unknown act " + approval->act);
    const auto done = act->perform(work, call, approval->body);
    if (!done) return std::unexpected(done.error());
  }
  if (auto noted = note(work, call, "approval." + std::string(to_string(decision)), *approval); !noted)
    return std::unexpected(noted.error());
  return ok(approval_json(*approval));
}

Result<Response> decide_approval(const Call& call) {
  return in_transaction(call.services.ledger, call.request, [&](Work& work) { return decide(work, call); });
}

constexpr std::array kOperations{
    Operation{"listApprovals", Permission::administer, list_approvals},
    Operation{"decideApproval", Permission::administer, decide_approval},
};

}  // namespace

Result<Response> perform_or_ask(const Call& call, const Act& act, const Json& body, int status) {
  return in_transaction(call.services.ledger, call.request, [&](Work& work) -> Result<Response> {
    const auto second = ledger::has_second_admin(work);
    if (!second) return std::unexpected(second.error());
    if (!*second) {
      const auto done = act.perform(work, call, body);
      if (!done) return std::unexpected(done.error());
      return json_response(status, *done);
    }
    if (act.check != nullptr)
      if (auto fits = act.check(work, call, body); !fits) return std::unexpected(fits.error());
    const auto approval = ledger::request_approval(work, std::string(act.name), body, call.request.actor.person_id);
    if (!approval) return std::unexpected(approval.error());
    if (auto noted = note(work, call, "approval.request", *approval); !noted) return std::unexpected(noted.error());
    return json_response(202, approval_json(*approval));
  });
}

std::span<const Operation> approval_operations() {
  return kOperations;
}

}  // namespace assay::server::api

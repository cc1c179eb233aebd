#pragma once

// Acts of an admin that a second admin must approve before they are done (changes of people and of sinks). What an act
// does is the server's; here is who asked, who decided, and what was asked for. Every function works in the caller's
// transaction: a decision and the act itself are stored together.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "base/time.h"
#include "ledger/work.h"

namespace assay::ledger {

enum class ApprovalState { requested, approved, rejected, withdrawn };
std::string_view to_string(ApprovalState state);
std::optional<ApprovalState> approval_state_from_string(std::string_view text);

inline constexpr std::chrono::hours kApprovalLife{7 * 24};  // a request that is older cannot be approved any more

struct Approval {
  std::int64_t id = 0;
  std::string act;  // "person.update", "sink.create"
  Json body;        // what the act needs to be done; never holds a secret in the clear
  ApprovalState state = ApprovalState::requested;
  std::string requested_by;  // the person's id
  Time requested{};
  std::string decided_by;  // the person's id; empty until then
  std::optional<Time> decided;
};

// Whether a second admin exists, so that acts have to wait for one. With a single admin they are done at once.
Result<bool> has_second_admin(Work& work);

Result<Approval> request_approval(Work& work, const std::string& act, const Json& body, const std::string& person_id);
// Errors: not_found.
Result<Approval> get_approval(Work& work, std::int64_t id);
// Newest first, at most 500. `state`: only those.
Result<std::vector<Approval>> approvals(Work& work, std::optional<ApprovalState> state);

// Approves or rejects what another person asked for, or withdraws what `person_id` asked for. Errors: not_found;
// conflict when it is decided already, too old to approve, decided by the person who asked, or withdrawn by another.
Result<Approval> decide_approval(Work& work, std::int64_t id, ApprovalState decision, const std::string& person_id);

}  // namespace assay::ledger

#include "ledger/approvals.h"

#include <fmt/format.h>
#include <soci/soci.h>

#include <array>
#include <utility>

#include "ledger/dialect.h"
#include "ledger/people.h"

namespace assay::ledger {

namespace {

constexpr std::array<std::pair<ApprovalState, std::string_view>, 4> kStates{{
    {ApprovalState::requested, "requested"},
    {ApprovalState::approved, "approved"},
    {ApprovalState::rejected, "rejected"},
    {ApprovalState::withdrawn, "withdrawn"},
}};

std::string thing(std::int64_t id) {
  return fmt::format("approval {}", id);
}

// `condition` uses :value.
Result<std::vector<Approval>> select(Work& work, const std::string& condition, const std::string& value) {
  long long id = 0, requested = 0, decided = -1;
  std::string act, body, state, requested_by, decided_by;
  soci::statement rows =
      (work.sql().prepare << "select approval_id, act, body, state, requested_by, requested_ms, "
                             "coalesce(decided_by, ''), coalesce(decided_ms, -1) from approvals " +
                                 condition,
       soci::use(value, "value"), soci::into(id), soci::into(act), soci::into(body), soci::into(state),
       soci::into(requested_by), soci::into(requested), soci::into(decided_by), soci::into(decided));
  rows.execute();
  std::vector<Approval> found;
  while (rows.fetch()) {
    auto content = parse_json(body, thing(id));
    if (!content) return std::unexpected(content.error());
    const auto known = approval_state_from_string(state);
    if (!known) return fail(ErrorCode::internal, thing(id), "has the unknown state " + state);
    found.push_back({.id = id,
                     .act = act,
                     .body = std::move(*content),
                     .state = *known,
                     .requested_by = requested_by,
                     .requested = Time{Duration{requested}},
                     .decided_by = decided_by,
                     .decided = decided < 0 ? std::nullopt : std::optional(Time{Duration{decided}})});
  }
  return found;
}

Result<void> may_decide(const Work& work, const Approval& approval, ApprovalState decision, const std::string& person) {
  if (approval.state != ApprovalState::requested)
    return fail(ErrorCode::conflict, thing(approval.id), fmt::format("is {} already", to_string(approval.state)));
  const bool own = approval.requested_by == person;
  if (decision == ApprovalState::withdrawn) {
    if (own) return {};
    return fail(ErrorCode::conflict, thing(approval.id), "was asked for by somebody else", "reject it instead");
  }
  if (own) {
    return fail(ErrorCode::conflict, thing(approval.id), "was asked for by you",
                "another admin decides, or withdraw it");
  }
  if (decision == ApprovalState::approved && approval.requested + kApprovalLife < work.now())
    return fail(ErrorCode::conflict, thing(approval.id), "was asked for more than 7 days ago", "ask again");
  return {};
}

}  // namespace

std::string_view to_string(ApprovalState state) {
  for (const auto& [known, name] : kStates) {
    if (known == state) return name;
  }
  return {};
}

std::optional<ApprovalState> approval_state_from_string(std::string_view text) {
  for (const auto& [state, name] : kStates) {
    if (name == text) return state;
  }
  return std::nullopt;
}

Result<bool> has_second_admin(Work& work) {
  const auto admins = count_people(work, Role::admin);
  if (!admins) return std::unexpected(admins.error());
  return *admins >= 2;
}

Result<Approval> request_approval(Work& work, const std::string& act, const Json& body, const std::string& person_id) {
  const long long requested = work.now().time_since_epoch().count();
  const std::string text = storable(dump_json(body));
  long long id = 0;
  work.sql()
      << "insert into approvals (act, body, state, requested_by, requested_ms) values (:act, :body, 'requested', "
         ":person, :requested) returning approval_id",
      soci::use(act, "act"), soci::use(text, "body"), soci::use(person_id, "person"), soci::use(requested, "requested"),
      soci::into(id);
  return get_approval(work, id);
}

Result<Approval> get_approval(Work& work, std::int64_t id) {
  auto found = select(work, "where approval_id = cast(:value as bigint)", std::to_string(id));
  if (!found) return std::unexpected(found.error());
  if (found->empty()) return fail(ErrorCode::not_found, thing(id), "is not known");
  return std::move(found->front());
}

Result<std::vector<Approval>> approvals(Work& work, std::optional<ApprovalState> state) {
  return select(work, "where :value = '' or state = :value order by approval_id desc limit 500",
                state ? std::string(to_string(*state)) : std::string());
}

Result<Approval> decide_approval(Work& work, std::int64_t id, ApprovalState decision, const std::string& person_id) {
  if (decision == ApprovalState::requested)
    return fail(ErrorCode::invalid_input, thing(id), "cannot be decided as requested");
  auto approval = get_approval(work, id);
  if (!approval) return approval;
  if (const auto may = may_decide(work, *approval, decision, person_id); !may) return std::unexpected(may.error());
  const std::string state(to_string(decision));
  const long long key = id, decided = work.now().time_since_epoch().count();
  soci::statement statement =
      (work.sql().prepare << "update approvals set state = :state, decided_by = :person, decided_ms = :decided where "
                             "approval_id = :id and state = 'requested'",
       soci::use(state, "state"), soci::use(person_id, "person"), soci::use(decided, "decided"), soci::use(key, "id"));
  statement.execute(true);
  // Another admin may have been faster.
  if (statement.get_affected_rows() != 1) return fail(ErrorCode::conflict, thing(id), "was decided meanwhile");
  approval->state = decision;
  approval->decided_by = person_id;
  approval->decided = work.now();
  return approval;
}

}  // namespace assay::ledger

#include "ledger/policies.h"

#include <fmt/format.h>
#include <soci/soci.h>

#include <algorithm>

#include "base/json.h"
#include "ledger/statement.h"

namespace assay::ledger {

namespace {

struct PolicyRow {
  std::string body;

  void bind(soci::statement& statement) { statement.exchange(soci::into(body)); }
  Result<BugFixPolicy> take() const {
    const auto json = parse_json(body, "stored policy");
    if (!json) return std::unexpected(json.error());
    return policy_from_json(*json);
  }
};

}  // namespace

Result<void> store_policy(Work& work, const BugFixPolicy& policy) {
  const long long version = policy.version, stored = milliseconds_of(work.now());
  const std::string body = dump_json(to_json(policy));
  work.sql() << "insert into policies (version, effective_from, body, stored_ms) values (:version, :from, :body, :at) "
                "on conflict do nothing",
      soci::use(version, "version"), soci::use(policy.effective_from, "from"), soci::use(body, "body"),
      soci::use(stored, "at");
  std::string known;
  work.sql() << "select body from policies where version = :version", soci::use(version, "version"), soci::into(known);
  if (known != body)
    return fail(ErrorCode::conflict, fmt::format("policy version {}", version), "has dated tickets with other figures",
                "give the changed policy.yaml a new version and effective_from");
  return {};
}

Result<std::vector<BugFixPolicy>> stored_policies(Work& work) {
  return read_rows<BugFixPolicy, PolicyRow>(work.sql(), "select body from policies order by version");
}

Result<BugFixPolicy> policy_in_force(Work& work, const BugFixPolicy& current) {
  if (auto stored = store_policy(work, current); !stored) return std::unexpected(stored.error());
  auto policies = stored_policies(work);
  if (!policies) return std::unexpected(policies.error());
  const std::string today = format_rfc3339(work.now()).substr(0, std::string_view("2026-01-01").size());
  const BugFixPolicy* in_force = &*std::ranges::min_element(*policies, {}, &BugFixPolicy::effective_from);
  for (const auto& policy : *policies)
    if (policy.effective_from <= today && policy.effective_from >= in_force->effective_from) in_force = &policy;
  return *in_force;
}

}  // namespace assay::ledger

#pragma once

// Who may do what: the roles of people and the scopes of their API tokens (docs/platform.md, "Who may do what"). The
// matrix itself is server/access.h.

#include <optional>
#include <string_view>

namespace assay::ledger {

enum class Role { admin, security_engineer, triager, partner, auditor, worker };
std::string_view to_string(Role role);  // "security-engineer"
std::optional<Role> role_from_string(std::string_view text);

// What a token is narrowed to.
enum class Scope { read, scan, triage, manage, admin, worker };
std::string_view to_string(Scope scope);
std::optional<Scope> scope_from_string(std::string_view text);

}  // namespace assay::ledger

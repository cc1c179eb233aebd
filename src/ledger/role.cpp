#include "ledger/role.h"

#include <array>
#include <utility>

namespace assay::ledger {

namespace {

constexpr std::array<std::pair<Role, std::string_view>, 6> kRoles{{
    {Role::admin, "admin"},
    {Role::security_engineer, "security-engineer"},
    {Role::triager, "triager"},
    {Role::partner, "partner"},
    {Role::auditor, "auditor"},
    {Role::worker, "worker"},
}};

constexpr std::array<std::pair<Scope, std::string_view>, 6> kScopes{{
    {Scope::read, "read"},
    {Scope::scan, "scan"},
    {Scope::triage, "triage"},
    {Scope::manage, "manage"},
    {Scope::admin, "admin"},
    {Scope::worker, "worker"},
}};

template <class Names, class Value>
std::string_view name_of(const Names& names, Value value) {
  for (const auto& [known, name] : names) {
    if (known == value) return name;
  }
  return {};
}

template <class Value, class Names>
std::optional<Value> value_of(const Names& names, std::string_view text) {
  for (const auto& [known, name] : names) {
    if (name == text) return known;
  }
  return std::nullopt;
}

}  // namespace

std::string_view to_string(Role role) {
  return name_of(kRoles, role);
}

std::optional<Role> role_from_string(std::string_view text) {
  return value_of<Role>(kRoles, text);
}

std::string_view to_string(Scope scope) {
  return name_of(kScopes, scope);
}

std::optional<Scope> scope_from_string(std::string_view text) {
  return value_of<Scope>(kScopes, text);
}

}  // namespace assay::ledger

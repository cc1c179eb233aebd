#include "source/descriptor_conditions.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/text.h"

namespace assay::source {

namespace {

constexpr std::array<std::string_view, 5> kAdminConditions = {
    "user_is_admin", "user_is_sysadmin", "user_is_project_admin", "user_is_confluence_administrator",
    "user_is_system_administrator"};

constexpr std::array<std::string_view, 2> kPermissionConditions = {"has_global_permission", "has_project_permission"};

constexpr std::array<std::string_view, 6> kAdminPermissions = {
    "administer", "administer_projects", "project_admin", "system_admin", "sysadmin", "admin"};

bool holds(std::span<const std::string_view> names, std::string_view name) {
  return std::ranges::any_of(names, [&](std::string_view n) { return iequals(n, name); });
}

bool is_true(const Json& value) {
  return (value.is_boolean() && value.get<bool>()) ||
         (value.is_string() && iequals(value.get_ref<const std::string&>(), "true"));
}

bool names_admin_permission(const Json& condition) {
  const auto params = condition.find("params");
  if (params == condition.end() || !params->is_object()) return false;
  const auto permission = params->find("permission");
  return permission != params->end() && permission->is_string() &&
         holds(kAdminPermissions, permission->get_ref<const std::string&>());
}

bool single_requires_admin(const Json& condition) {
  const auto name = condition.find("condition");
  if (name == condition.end() || !name->is_string()) return false;
  const auto& text = name->get_ref<const std::string&>();
  return holds(kAdminConditions, text) || (holds(kPermissionConditions, text) && names_admin_permission(condition));
}

bool every_arm_requires_admin(const Json& arms) {
  if (!arms.is_array()) return requires_admin(arms);
  return !arms.empty() && std::ranges::all_of(arms, requires_admin);
}

}  // namespace

bool requires_admin(const Json& conditions) {
  if (conditions.is_array()) return std::ranges::any_of(conditions, requires_admin);
  if (!conditions.is_object()) return false;
  // Inverting what admits administrators only admits everybody else; of anything wider nothing can be said.
  if (const auto invert = conditions.find("invert"); invert != conditions.end() && is_true(*invert)) return false;
  if (single_requires_admin(conditions)) return true;
  if (const auto arms = conditions.find("or"); arms != conditions.end() && every_arm_requires_admin(*arms)) return true;
  if (const auto parts = conditions.find("and"); parts != conditions.end() && requires_admin(*parts)) return true;
  const auto nested = conditions.find("conditions");
  if (nested == conditions.end()) return false;
  const auto type = conditions.find("type");
  const bool any_arm =
      type != conditions.end() && type->is_string() && iequals(type->get_ref<const std::string&>(), "or");
  return any_arm ? every_arm_requires_admin(*nested) : requires_admin(*nested);
}

}  // namespace assay::source

// What apps are held to, and when: requirements, profiles, policy, schedule. From the catalogue, not the ledger.

#include <array>

#include "base/text.h"
#include "server/api/api.h"
#include "server/api/form.h"
#include "server/api/openapi_text.h"

namespace assay::server::api {

namespace {

Json parameters_json(const Requirement& requirement) {
  Json parameters = Json::array();
  for (const auto& [name, value] : requirement.parameters.items()) {
    Json parameter{{"name", name}, {"value", value}};
    if (const auto info = requirement.parameter_info.find(name); info != requirement.parameter_info.end()) {
      put(parameter, "unit", info->second.unit);
      put(parameter, "description", info->second.description);
    }
    parameters.push_back(std::move(parameter));
  }
  return parameters;
}

Json requirement_json(const Requirement& r) {
  Json json{
      {"id", r.id},
      {"title", r.title},
      {"sources", array_of(r.sources, [](const auto& s) { return Json{{"document", s.document}, {"row", s.row}}; })},
      {"severity", to_string(r.severity)},
      {"cvss", {{"vector", r.cvss.vector}, {"score", r.cvss.score}}},
      {"kinds", r.kinds},
      {"subject", to_string(r.subject)},
      {"verified", r.verified()},
      {"needs", r.needs},
      {"parameters", parameters_json(r)},
      {"what", r.what},
      {"why", r.why},
      {"how", r.how},
      {"remediation", r.remediation},
      {"references", r.references}};
  put(json, "not_verified_reason", r.not_verified_reason());
  return json;
}

Json profile_json(const Profile& profile) {
  Json requirements = Json::array();
  for (const auto& [id, parameters] : profile.requirements)
    requirements.push_back({{"id", id}, {"parameters", parameters.is_object() ? parameters : Json::object()}});
  return Json{{"id", profile.id},
              {"title", profile.title},
              {"kinds", profile.kinds},
              {"requirements", std::move(requirements)}};
}

Result<Response> list_requirements(const Call& call) {
  return ok(list_json(array_of(call.services.catalog.requirements(), requirement_json)));
}

Result<Response> get_requirement(const Call& call) {
  const std::string id = call.text("requirement");
  const Requirement* const requirement = call.services.catalog.find(id);
  if (requirement == nullptr)
    return fail(ErrorCode::not_found, printable(id), "is no requirement of the catalogue",
                "GET /api/v1/requirements lists them");
  return ok(requirement_json(*requirement));
}

Result<Response> list_profiles(const Call& call) {
  return ok(list_json(array_of(call.services.catalog.profiles(), profile_json)));
}

Json looks_json(const Looks& looks) {
  return Json{{"open", looks.open}, {"close", looks.close}};
}

Result<Response> get_policy(const Call& call) {
  const BugFixPolicy& policy = call.services.catalog.policy();
  Json weeks = Json::object(), days = Json::object();
  for (const auto& [severity, due] : policy.due_weeks) weeks[std::string(to_string(severity))] = due;
  for (const auto& [kind, kept] : policy.retention_days) days[std::string(to_string(kind))] = kept;
  return ok(
      Json{{"version", policy.version},
           {"effective_from", policy.effective_from},
           {"due_weeks", std::move(weeks)},
           {"looks", {{"network", looks_json(policy.looks_network)}, {"other", looks_json(policy.looks_other)}}},
           {"second_look_minutes", policy.second_look_minutes},
           {"reopen_days", policy.reopen_days},
           {"due_soon_days", policy.due_soon_days},
           {"escalation",
            {{"overdue_after_days", policy.overdue_after_days}, {"overdue_every_days", policy.overdue_every_days}}},
           {"retention_days", std::move(days)}});
}

Json group_json(const ScanGroup& group) {
  Json json{{"id", group.id},
            {"title", group.title},
            {"kinds", group.kinds},
            {"evidence", group.evidence},
            {"on_release", group.on_release}};
  if (group.every.count() > 0) json["every_hours"] = group.every.count();
  return json;
}

Result<Response> get_schedule(const Call& call) {
  const ScanSchedule& schedule = call.services.catalog.schedule();
  return ok(Json{{"groups", array_of(schedule.groups, group_json)},
                 {"scheduled_at_once", schedule.scheduled_at_once},
                 {"catch_up_minutes", schedule.catch_up.count()},
                 {"jitter_minutes", schedule.jitter.count()}});
}

Result<Response> get_spec(const Call&) {
  Response response;
  response.with("Content-Type", "application/json");
  response.body = openapi_text();
  return response;
}

constexpr std::array kOperations{
    Operation{"listRequirements", Permission::read, list_requirements},
    Operation{"getRequirement", Permission::read, get_requirement},
    Operation{"listProfiles", Permission::read, list_profiles},
    Operation{"getPolicy", Permission::read, get_policy},
    Operation{"getSchedule", Permission::read, get_schedule},
    Operation{"getSpec", Permission::open, get_spec},
};

}  // namespace

std::span<const Operation> catalogue_operations() {
  return kOperations;
}

}  // namespace assay::server::api

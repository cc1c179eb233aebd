#include "model/policy.h"

#include <algorithm>
#include <array>
#include <utility>

namespace assay {

namespace {

constexpr std::array<std::pair<Retained, std::string_view>, 6> kRetained{{{Retained::evidence, "evidence"},
                                                                          {Retained::request_logs, "request-logs"},
                                                                          {Retained::clean_scans, "clean-scans"},
                                                                          {Retained::notices, "notices"},
                                                                          {Retained::jobs, "jobs"},
                                                                          {Retained::audit, "audit"}}};

Json looks_json(const Looks& looks) {
  return Json{{"open", looks.open}, {"close", looks.close}};
}

Looks looks_from(const Json& j) {
  return {.open = j.at("open").get<int>(), .close = j.at("close").get<int>()};
}

}  // namespace

std::string_view to_string(Retained r) {
  for (const auto& [retained, name] : kRetained)
    if (retained == r) return name;
  return "audit";
}

bool rests_on_network(const Requirement& requirement) {
  return std::ranges::any_of(requirement.needs, [](const std::string& kind) {
    return std::ranges::any_of(std::array<std::string_view, 4>{"dns.", "registration.", "tls.", "http."},
                               [&](std::string_view prefix) { return kind.starts_with(prefix); });
  });
}

Json to_json(const BugFixPolicy& policy) {
  Json weeks = Json::object(), retention = Json::object();
  for (const auto& [severity, due] : policy.due_weeks) weeks[std::string(to_string(severity))] = due;
  for (const auto& [retained, days] : policy.retention_days) retention[std::string(to_string(retained))] = days;
  return Json{{"version", policy.version},
              {"effective_from", policy.effective_from},
              {"due_weeks", weeks},
              {"looks", {{"network", looks_json(policy.looks_network)}, {"other", looks_json(policy.looks_other)}}},
              {"second_look_minutes", policy.second_look_minutes},
              {"reopen_days", policy.reopen_days},
              {"due_soon_days", policy.due_soon_days},
              {"escalation",
               {{"overdue_after_days", policy.overdue_after_days}, {"overdue_every_days", policy.overdue_every_days}}},
              {"retention_days", retention}};
}

Result<BugFixPolicy> policy_from_json(const Json& j) {
  try {
    BugFixPolicy policy;
    policy.version = j.at("version").get<int>();
    policy.effective_from = j.at("effective_from").get<std::string>();
    for (const auto severity : {Severity::low, Severity::medium, Severity::high, Severity::critical})
      policy.due_weeks[severity] = j.at("due_weeks").at(std::string(to_string(severity))).get<int>();
    policy.looks_network = looks_from(j.at("looks").at("network"));
    policy.looks_other = looks_from(j.at("looks").at("other"));
    policy.second_look_minutes = j.at("second_look_minutes").get<int>();
    policy.reopen_days = j.at("reopen_days").get<int>();
    policy.due_soon_days = j.at("due_soon_days").get<int>();
    policy.overdue_after_days = j.at("escalation").at("overdue_after_days").get<int>();
    policy.overdue_every_days = j.at("escalation").at("overdue_every_days").get<int>();
    for (const auto& [retained, name] : kRetained)
      policy.retention_days[retained] = j.at("retention_days").at(std::string(name)).get<int>();
    return policy;
  } catch (const Json::exception& e) {
    return fail(ErrorCode::invalid_input, "stored policy", std::string("has an unexpected shape: ") + e.what());
  }
}

}  // namespace assay

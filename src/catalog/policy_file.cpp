// catalog/policy.yaml; docs/catalog.md describes the shape.

#include <algorithm>
#include <limits>

#include "base/time.h"
#include "catalog/files.h"
#include "catalog/yaml.h"

namespace assay::catalog {

namespace {

constexpr int kMaxWeeks = 520;
constexpr int kMaxLooks = 10;
constexpr int kMaxDays = 3'650;
constexpr int kMaxMinutes = 24 * 60;
constexpr int kMinAuditDays = 90;

std::map<Severity, int> read_weeks(const yaml::Value& value) {
  const auto fields = value.mapping({"critical", "high", "medium", "low"});
  std::map<Severity, int> weeks;
  int previous = 1;
  for (const auto severity : {Severity::critical, Severity::high, Severity::medium, Severity::low}) {
    const auto figure = fields.required(to_string(severity));
    const int due = figure.integer(1, kMaxWeeks);
    if (due < previous) figure.reject("a lower severity is due before a higher one", "order the figures");
    weeks.emplace(severity, due);
    previous = due;
  }
  return weeks;
}

Looks read_looks(const yaml::Value& value) {
  const auto fields = value.mapping({"open", "close"});
  return {.open = fields.required("open").integer(1, kMaxLooks),
          .close = fields.required("close").integer(1, kMaxLooks)};
}

void read_retention(const yaml::Value& value, std::map<Retained, int>& days) {
  std::vector<std::string_view> names;
  names.reserve(days.size());
  for (const auto& [retained, none] : days) names.push_back(to_string(retained));
  const auto fields = value.mapping(names);
  for (auto& [retained, figure] : days) {
    if (const auto given = fields.optional(to_string(retained)))
      figure = given->integer(retained == Retained::audit ? kMinAuditDays : 1, kMaxDays);
  }
}

void read_integer(const yaml::Mapping& fields, std::string_view key, int minimum, int maximum, int& figure) {
  if (const auto given = fields.optional(key)) figure = given->integer(minimum, maximum);
}

BugFixPolicy read_fields(const yaml::Value& file) {
  const auto fields = file.mapping({"version", "effective_from", "due_weeks", "looks", "second_look_minutes",
                                    "reopen_days", "due_soon_days", "escalation", "retention_days"});
  BugFixPolicy policy;
  policy.version = fields.required("version").integer(1, std::numeric_limits<int>::max());
  const auto day = fields.required("effective_from");
  policy.effective_from = day.text();
  if (!parse_rfc3339(policy.effective_from + "T00:00:00Z")) day.reject("effective_from must be a day, as 2022-12-01");
  policy.due_weeks = read_weeks(fields.required("due_weeks"));
  if (const auto looks = fields.optional("looks")) {
    const auto groups = looks->mapping({"network", "other"});
    if (const auto network = groups.optional("network")) policy.looks_network = read_looks(*network);
    if (const auto other = groups.optional("other")) policy.looks_other = read_looks(*other);
  }
  read_integer(fields, "second_look_minutes", 1, kMaxMinutes, policy.second_look_minutes);
  read_integer(fields, "reopen_days", 0, kMaxDays, policy.reopen_days);
  read_integer(fields, "due_soon_days", 0, kMaxDays, policy.due_soon_days);
  if (const auto escalation = fields.optional("escalation")) {
    const auto figures = escalation->mapping({"overdue_after_days", "overdue_every_days"});
    read_integer(figures, "overdue_after_days", 1, kMaxDays, policy.overdue_after_days);
    read_integer(figures, "overdue_every_days", 1, kMaxDays, policy.overdue_every_days);
  }
  if (const auto retention = fields.optional("retention_days")) read_retention(*retention, policy.retention_days);
  return policy;
}

}  // namespace

Result<BugFixPolicy> read_policy(std::string_view text, const std::string& file) {
  return yaml::read_document(text, file, read_fields);
}

}  // namespace assay::catalog

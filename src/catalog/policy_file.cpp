// catalog/policy.yaml; docs/catalog.md describes the shape.

#include <algorithm>
#include <limits>

#include "base/time.h"
#include "catalog/files.h"
#include "catalog/yaml.h"

namespace assay::catalog {

namespace {

constexpr int kMaxWeeks = 520;

BugFixPolicy read_fields(const yaml::Value& file) {
  const auto fields = file.mapping({"version", "effective_from", "due_weeks"});
  BugFixPolicy policy;
  policy.version = fields.required("version").integer(1, std::numeric_limits<int>::max());
  const auto day = fields.required("effective_from");
  policy.effective_from = day.text();
  if (!parse_rfc3339(policy.effective_from + "T00:00:00Z")) day.reject("effective_from must be a day, as 2022-12-01");
  const auto weeks = fields.required("due_weeks").mapping({"critical", "high", "medium", "low"});
  int previous = 1;
  for (const auto severity : {Severity::critical, Severity::high, Severity::medium, Severity::low}) {
    const auto value = weeks.required(to_string(severity));
    const int due = value.integer(1, kMaxWeeks);
    if (due < previous) value.reject("a lower severity is due before a higher one", "order the figures");
    policy.due_weeks.emplace(severity, due);
    previous = due;
  }
  return policy;
}

}  // namespace

Result<BugFixPolicy> read_policy(std::string_view text, const std::string& file) {
  return yaml::read_document(text, file, read_fields);
}

}  // namespace assay::catalog

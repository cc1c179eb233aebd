// catalog/schedule.yaml; docs/scheduling.md describes the shape.

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "catalog/files.h"
#include "catalog/yaml.h"
#include "model/evidence.h"

namespace assay::catalog {

namespace {

constexpr int kMaxAtOnce = 10'000;
constexpr int kMaxMinutes = 24 * 60;
constexpr int kMaxHours = 24 * 366;
// A run that is late by more than this part of its period could meet the next one.
constexpr int kJitterPart = 4;

std::string evidence_word(const yaml::Value& value) {
  auto word = value.text();
  const auto known = [&](std::string_view k) { return k == word || k.starts_with(word + "."); };
  if (std::ranges::none_of(kind::kAll, known))
    value.reject(fmt::format("\"{}\" is neither a kind of evidence nor the first word of one", printable(word)),
                 fmt::format("use one of {}", fmt::join(kind::kAll, ", ")));
  return word;
}

ScanGroup read_group(const yaml::Value& value) {
  const auto fields = value.mapping({"id", "title", "kinds", "evidence", "every_hours", "on_release"});
  ScanGroup group;
  group.id = fields.required("id").text();
  group.title = fields.required("title").text();
  for (const auto& kind : fields.required("kinds").list())
    group.kinds.push_back(kind.one_of({"connect", "forge", "service", "source"}));
  for (const auto& word : fields.required("evidence").list()) group.evidence.push_back(evidence_word(word));
  if (const auto hours = fields.optional("every_hours")) group.every = std::chrono::hours(hours->integer(1, kMaxHours));
  if (const auto release = fields.optional("on_release"))
    group.on_release = release->one_of({"true", "false"}) == "true";
  if (group.every == std::chrono::hours::zero() && !group.on_release)
    value.reject("the group is never scanned", "give it every_hours, or on_release: true");
  return group;
}

ScanSchedule read_fields(const yaml::Value& file) {
  const auto fields = file.mapping({"scheduled_at_once", "catch_up_minutes", "jitter_minutes", "groups"});
  ScanSchedule schedule;
  schedule.scheduled_at_once = fields.required("scheduled_at_once").integer(1, kMaxAtOnce);
  schedule.catch_up = std::chrono::minutes(fields.required("catch_up_minutes").integer(1, kMaxMinutes));
  const auto jitter = fields.required("jitter_minutes");
  schedule.jitter = std::chrono::minutes(jitter.integer(0, kMaxMinutes));
  std::set<std::string> ids;
  for (const auto& item : fields.required("groups").list()) {
    auto group = read_group(item);
    if (!ids.insert(group.id).second) item.reject(fmt::format("there are two groups \"{}\"", printable(group.id)));
    if (group.every != std::chrono::hours::zero() && schedule.jitter * kJitterPart > group.every)
      jitter.reject(fmt::format("jitter_minutes is more than a quarter of the period of group {}", printable(group.id)),
                    "make it smaller");
    schedule.groups.push_back(std::move(group));
  }
  return schedule;
}

}  // namespace

Result<ScanSchedule> read_schedule(std::string_view text, const std::string& file) {
  return yaml::read_document(text, file, read_fields);
}

}  // namespace assay::catalog

#include "fleet/schedule.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include "base/bytes.h"

namespace assay::fleet {

namespace {

constexpr std::string_view kScheduler = "schedule";

// Evenly spread over [0, span): the same for the same words, whatever the machine. `span` zero gives zero.
Duration spread(Duration span, std::string_view what, std::string_view app_key, std::string_view group,
                std::int64_t number) {
  if (span <= Duration::zero()) return Duration::zero();
  std::string words;
  for (const auto part : {what, app_key, group}) {
    words += part;
    words += '\0';
  }
  words += std::to_string(number);
  const auto digest = sha256(as_bytes(words));
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < sizeof bits; ++i) bits = (bits << 8U) | digest[i];
  return Duration(static_cast<Duration::rep>(bits % static_cast<std::uint64_t>(span.count())));
}

std::int64_t period_of(const Cadence& cadence, Time t) {
  const auto since = t.time_since_epoch();
  const auto quotient = since / cadence.period;
  return since % cadence.period < Duration::zero() ? quotient - 1 : quotient;
}

Time slot(const Cadence& cadence, std::string_view app_key, std::string_view group, std::int64_t number) {
  return Time{cadence.period * number} + spread(cadence.period, "place", app_key, group, 0) +
         spread(cadence.jitter, "jitter", app_key, group, number);
}

}  // namespace

Cadence cadence_of(const ScanSchedule& schedule, const ScanGroup& group) {
  return {.period = group.every, .jitter = schedule.jitter, .catch_up = schedule.catch_up};
}

Time slot_after(const Cadence& cadence, std::string_view app_key, std::string_view group, Time after) {
  // A place of the period before may still be to come, because of the jitter.
  std::int64_t number = period_of(cadence, after) - 1;
  while (slot(cadence, app_key, group, number) <= after) ++number;
  return slot(cadence, app_key, group, number);
}

Time catch_up_time(const Cadence& cadence, std::string_view app_key, std::string_view group, Time now) {
  return now + Duration(1) +
         spread(cadence.catch_up - Duration(1), "catch-up", app_key, group, period_of(cadence, now));
}

Time latest_plan(const Cadence& cadence, Time now) {
  return now + std::max(cadence.period + cadence.period / 2 + cadence.jitter, cadence.catch_up);
}

Advance advance(const ScanSchedule& schedule, const std::vector<ledger::ScheduledRun>& due, Time now) {
  Advance result;
  for (const auto& run : due) {
    const auto* group = schedule.find(run.group);
    if (group == nullptr || group->every == std::chrono::hours::zero()) continue;
    const auto cadence = cadence_of(schedule, *group);
    auto& stored = result.runs.emplace_back(run);
    if (run.next + kMissedAfter < now) {
      stored.next = catch_up_time(cadence, run.app_key, run.group, now);
      continue;
    }
    stored.next = slot_after(cadence, run.app_key, run.group, now + cadence.period / 2);
    stored.last = now;
    result.jobs.push_back({.app_key = run.app_key,
                           .group = run.group,
                           .origin = JobOrigin::scheduled,
                           .only = {},
                           .requested_by = std::string(kScheduler),
                           .ready = {}});
  }
  return result;
}

}  // namespace assay::fleet

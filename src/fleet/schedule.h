#pragma once

// When each app is scanned: pure functions of the clock that the caller reads. docs/scheduling.md explains the rules.
//
// Time is cut into periods, counted from 1970 in UTC, so that daylight saving does not exist. An app's place in the
// period of a group is a hash of its key: the same on every machine, spread evenly, and apart from its place in other
// groups. A hash of the key and the period's number adds up to `jitter`, so that nobody is asked at the same second
// every day.

#include <string_view>
#include <vector>

#include "base/time.h"
#include "ledger/jobs.h"
#include "ledger/schedules.h"
#include "model/schedule.h"

namespace assay::fleet {

// A run that is later than this was missed: the server was down, or the clock stepped.
inline constexpr Duration kMissedAfter = std::chrono::minutes(5);

struct Cadence {
  Duration period{};    // above zero
  Duration jitter{};    // at most a quarter of the period
  Duration catch_up{};  // above zero
};
Cadence cadence_of(const ScanSchedule& schedule, const ScanGroup& group);

// The first place of the app in the group that is later than `after`. There is exactly one in each period.
Time slot_after(const Cadence& cadence, std::string_view app_key, std::string_view group, Time after);

// Where a missed or a first run goes: after `now`, and before the end of `catch_up`.
Time catch_up_time(const Cadence& cadence, std::string_view app_key, std::string_view group, Time now);

// No run is ever planned later than this. What stands later was planned by a clock that has stepped back since.
Time latest_plan(const Cadence& cadence, Time now);

// What is to be done at `now` about runs whose time has come: those that are on time give a job and go to their next
// place, at least half a period away; those that were missed give none and are caught up once, later. Runs of groups
// that are not scanned by the clock are dropped.
struct Advance {
  std::vector<ledger::NewJob> jobs;
  std::vector<ledger::ScheduledRun> runs;  // as they are to be stored
};
Advance advance(const ScanSchedule& schedule, const std::vector<ledger::ScheduledRun>& due, Time now);

}  // namespace assay::fleet

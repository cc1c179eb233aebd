#pragma once

// When each app is due for each scan group. The ledger keeps the times; fleet/schedule.h computes them.

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "ledger/work.h"

namespace assay::ledger {

struct ScheduledRun {
  std::string app_key;
  std::string group;
  Time next{};
  std::optional<Time> last;  // when a job was last made; nullopt: never
};

// The runs of active apps whose time is `at` or earlier, earliest first.
Result<std::vector<ScheduledRun>> due_runs(Work& work, Time at, int limit);

// Runs that stand further ahead than `after`: no schedule puts them there, but a clock that was wrong does.
Result<std::vector<ScheduledRun>> runs_after(Work& work, const std::string& group, Time after, int limit);

// Keys of active apps of these kinds that have no run in `group`, in order.
Result<std::vector<std::string>> apps_without_run(Work& work, const std::string& group,
                                                  const std::vector<std::string>& kinds, int limit);

// Adds or replaces, by app and group; runs of apps that are unknown are left out.
Result<void> put_runs(Work& work, std::span<const ScheduledRun> runs);

// Deletes the runs of groups other than `groups` and of apps that are not active. Gives their number.
Result<std::size_t> drop_stale_runs(Work& work, const std::vector<std::string>& groups);

}  // namespace assay::ledger

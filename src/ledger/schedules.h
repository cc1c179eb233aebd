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

// The runs of active apps in these groups whose time is `at` or earlier, earliest first. In a transaction nobody else
// gets the same ones before it ends, and only those that are still due then.
Result<std::vector<ScheduledRun>> due_runs(Work& work, const std::vector<std::string>& groups, Time at, int limit);

// Runs that stand further ahead than `after`: no schedule puts them there, but a clock that was wrong does.
Result<std::vector<ScheduledRun>> runs_after(Work& work, const std::string& group, Time after, int limit);

// Keys of active apps of these kinds that have no run in `group`, in order.
Result<std::vector<std::string>> apps_without_run(Work& work, const std::string& group,
                                                  const std::vector<std::string>& kinds, int limit);

// All runs of one app, by group.
Result<std::vector<ScheduledRun>> runs_of(Work& work, const std::string& app_key);

// Adds or replaces, by app and group; runs of apps that are unknown are left out.
Result<void> put_runs(Work& work, std::span<const ScheduledRun> runs);

// A group and a kind of app that it is for.
struct GroupKind {
  std::string group, kind;
};
// Runs that nobody wants any more: their app is not active, or the app's kind and the group are not among `wanted`.
Result<std::vector<ScheduledRun>> stale_runs(Work& work, const std::vector<GroupKind>& wanted, int limit);
Result<void> remove_runs(Work& work, std::span<const ScheduledRun> runs);

}  // namespace assay::ledger

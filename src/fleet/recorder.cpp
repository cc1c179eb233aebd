#include "fleet/recorder.h"

#include <algorithm>
#include <set>
#include <utility>

#include "fleet/plan.h"
#include "ledger/requests.h"

namespace assay::fleet {

namespace {

constexpr const char* kPolicy = "policy";

// Whether the scan of `job` looked at everything that the group would look at.
bool covers(const Job& job, const ScanGroup& group) {
  return job.only.empty() && (job.group.empty() || job.group == group.id);
}

std::vector<ChangedFinding> changes_of(const ledger::ScanEffect& effect) {
  std::vector<ChangedFinding> changed;
  for (const auto* all : {&effect.opened, &effect.reopened, &effect.fixed, &effect.gone})
    for (const auto& known : *all) changed.push_back({known.finding.fingerprint, known.status});
  return changed;
}

}  // namespace

std::vector<Result<std::vector<ChangedFinding>>> Recorder::record_all(std::span<const Recording> scans) const {
  std::vector<std::vector<ChangedFinding>> changed(scans.size());
  std::vector<ledger::Ledger::Recording> recordings;
  for (std::size_t i = 0; i < scans.size(); ++i) {
    const Recording& scan = scans[i];
    ledger::RecordOptions options;
    options.looks = [this](std::string_view requirement) { return looks_for(requirement); };
    options.follow_up = [this, &scan, &told = changed[i]](ledger::Work& work, const ScanRecord& stored,
                                                          const ledger::ScanEffect& effect) -> Result<void> {
      if (auto ended = ledger::finish_job(work, {scan.job.id, scan.job.attempt}, stored.id); !ended) return ended;
      if (auto kept = ledger::store_requests(work, stored.id, scan.request_log); !kept) return kept;
      if (auto queued = enqueue_what_follows(work, stored, scan.job, effect); !queued) return queued;
      told = changes_of(effect);
      return follow_up_ ? follow_up_(work, stored, effect) : Result<void>{};
    };
    recordings.push_back({scan.record, std::move(options)});
  }
  const auto recorded = ledger_.record_scans(recordings);
  std::vector<Result<std::vector<ChangedFinding>>> results;
  for (std::size_t i = 0; i < scans.size(); ++i) {
    if (recorded[i]) {
      results.emplace_back(std::move(changed[i]));
    } else {
      results.emplace_back(std::unexpected(recorded[i].error()));
    }
  }
  return results;
}

Result<std::vector<ChangedFinding>> Recorder::record(ScanRecord& record, const Job& job,
                                                     const std::string& request_log) const {
  const Recording scan{record, job, request_log};
  return std::move(record_all({&scan, 1}).front());
}

Result<void> Recorder::enqueue_what_follows(ledger::Work& work, const ScanRecord& record, const Job& job,
                                            const ledger::ScanEffect& effect) const {
  std::vector<ledger::NewJob> jobs;
  if (!effect.undecided.empty()) {
    std::set<std::string> requirements;
    for (const auto& known : effect.undecided) requirements.insert(known.finding.requirement);
    jobs.push_back({.app_key = record.app.key,
                    .group = job.group,
                    .origin = JobOrigin::second_look,
                    .only = {requirements.begin(), requirements.end()},
                    .requested_by = kPolicy,
                    .ready = work.now() + std::chrono::minutes(catalog_.policy().second_look_minutes)});
  }
  for (const auto& group : catalog_.schedule().groups) {
    if (!effect.release || !group.on_release || covers(job, group)) continue;
    const auto kinds = scanned_kinds(catalog_, group);
    if (std::ranges::find(kinds, record.app.kind) == kinds.end()) continue;
    jobs.push_back({.app_key = record.app.key,
                    .group = group.id,
                    .origin = JobOrigin::release,
                    .only = {},
                    .requested_by = kPolicy,
                    .ready = {}});
  }
  if (jobs.empty()) return {};
  const auto added = ledger::enqueue_jobs(work, std::move(jobs));
  if (!added) return std::unexpected(added.error());
  return {};
}

ledger::LooksNeeded Recorder::looks_for(std::string_view requirement) const {
  const auto* known = catalog_.find(requirement);
  if (known == nullptr) return {};
  const Looks& looks = looks_of(catalog_.policy(), *known);
  return {.open = looks.open, .close = looks.close};
}

}  // namespace assay::fleet

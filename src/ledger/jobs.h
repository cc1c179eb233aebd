#pragma once

// Jobs: the queue of scans, kept in the ledger. Every function works in the caller's transaction (Ledger::write for
// those that change something). What holds whatever the caller does: no job runs twice at once, no app runs two jobs at
// once, and what an attempt reports counts only while that attempt holds the job. docs/scheduling.md tells the rules.

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "ledger/page.h"
#include "ledger/work.h"
#include "model/job.h"

namespace assay::ledger {

// A job whose worker was lost this often is given up: it may be what ends its workers.
inline constexpr int kMaxJobAttempts = 10;
// No lease reaches further ahead. One that does was given by a clock that has stepped back since, and has ended.
inline constexpr Duration kLongestLease = std::chrono::minutes(10);

struct NewJob {
  std::string app_key;
  std::string group;  // "" for everything that applies to the app
  JobOrigin origin = JobOrigin::requested;
  std::vector<std::string> only;  // requirement ids, in any order
  std::string requested_by;
  std::optional<Time> ready;  // not before; nullopt: at once
};

// Adds a job and gives it. When a job of the same app, group, origin and requirements is waiting already, that one is
// given, and made ready earlier if the new one would have been. Errors: not_found (no such app), conflict (an app that
// is paused or retired).
Result<Job> enqueue_job(Work& work, NewJob job);

// The same for many at once, in two statements; jobs of apps that are unknown or not active are left out. Gives how
// many were not waiting already.
Result<std::size_t> enqueue_jobs(Work& work, std::vector<NewJob> jobs);

struct Claim {
  std::string worker;         // who asks; shown with the job
  int count = 1;              // at most
  int scheduled_at_once = 1;  // no scheduled job is given while this many run
  Duration lease{60'000};
};

// What a worker needs to make the scan.
struct ClaimedJob {
  Job job;
  std::string kind;    // of the app
  std::string target;  // URL or file
  std::string org_id;  // "" when the app belongs to no organisation
};

// Takes waiting jobs: most urgent first, then by the time they became ready. Passed over are jobs whose time has not
// come, whose app is not active or runs another job, and whose host is paused.
Result<std::vector<ClaimedJob>> claim_jobs(Work& work, const Claim& claim);

// Renews the leases until `until` and gives those that are lost: cancelled, or lapsed and taken back.
Result<std::vector<JobLease>> renew_leases(Work& work, std::span<const JobLease> held, Time until);

// Ends a running job: its scan was recorded, or none can be. Error conflict when the attempt does not hold the job (any
// more); called in the transaction that records the scan, this refuses the scan too.
Result<void> finish_job(Work& work, const JobLease& lease, const std::string& scan_id);
Result<void> fail_job(Work& work, const JobLease& lease, const std::string& error);

// Gives a running job back unfinished: it waits again. Error conflict as above.
Result<void> hand_back_job(Work& work, const JobLease& lease, const std::string& why);

// Running jobs whose lease has ended wait again, or fail after kMaxJobAttempts. Gives how many leases had ended.
Result<std::size_t> lapse_leases(Work& work);

// Cancels a job that waits or runs; its worker learns it when it renews the lease. Errors: not_found, conflict when the
// job has ended.
Result<Job> cancel_job(Work& work, const std::string& job_id, const std::string& why);
// All that wait or run for the app, e.g. because it is retired. Gives their number.
Result<std::size_t> cancel_jobs_of(Work& work, const std::string& app_key, const std::string& why);

// nullopt when it is not known or not in scope.
Result<std::optional<Job>> find_job(Work& work, const std::string& job_id, const FilterScope& scope = {});

// Fields: app, organisation, group, origin, state, created, ready. Sorts: created (the list's own, newest first),
// ready.
Result<Page<Job>> list_jobs(Work& work, const ListQuery& query, const FilterScope& scope = {});

// For metrics and the dashboard.
struct JobCounts {
  std::map<JobOrigin, std::size_t> waiting;  // whatever they wait for; every origin has an entry
  std::map<JobOrigin, std::size_t> running;
  std::optional<Time> oldest_ready;  // since when the job that waits longest could have run
};
Result<JobCounts> count_jobs(Work& work);

}  // namespace assay::ledger

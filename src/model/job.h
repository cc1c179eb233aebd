#pragma once

// A job: one scan that is to be made, is being made or was made; and the pauses that hold jobs back. Plain values.
// docs/platform.md ("Jobs") has the rules, docs/scheduling.md how they are kept.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace assay {

// Why a scan is made, most urgent first.
enum class JobOrigin {
  requested,    // a person or CI asked
  verify,       // a fix was claimed: scans only what the finding needs
  second_look,  // a finding has failed or passed in fewer looks in a row than policy asks for
  release,      // the app has a release that was not seen before
  scheduled,    // it is time
};
std::string_view to_string(JobOrigin o);  // "requested", "verify", "second-look", "release", "scheduled"
std::optional<JobOrigin> job_origin_from_string(std::string_view s);
int priority_of(JobOrigin o);  // 0 (first) to 3; second-look and release share one

enum class JobState {
  waiting,    // for its time, its app or its host
  running,    // a worker holds it under a lease
  done,       // its scan was recorded, whatever the verdicts
  failed,     // no scan could be recorded; `error` says why
  cancelled,  // by a person, or because its app is retired
};
std::string_view to_string(JobState s);  // the enumerators' names
std::optional<JobState> job_state_from_string(std::string_view s);

struct Job {
  std::string id;  // UUIDv4
  std::string app_key;
  std::string group;  // a scan group of catalog/schedule.yaml; "" for everything that applies to the app
  JobOrigin origin = JobOrigin::requested;
  std::vector<std::string> only;  // requirement ids, sorted; empty: all of the group
  std::string requested_by;       // an actor: a person's email, "schedule", "policy"
  JobState state = JobState::waiting;
  Time created{};
  Time ready{};                           // not before this
  std::optional<Time> started, finished;  // of the latest attempt
  int attempt = 0;                        // how often a worker has taken it
  std::string worker;                     // who holds it or held it last
  Time lease{};                           // until when it is held, unless renewed
  std::string scan_id;                    // what was recorded; "" until it is done
  std::string error;                      // why it failed, or why it was handed back
};

// One attempt at a job. Whoever holds a lower attempt than the ledger's has lost the job and its results are refused.
struct JobLease {
  std::string job_id;
  int attempt = 0;

  bool operator==(const JobLease&) const = default;
};

// A host that is left alone for a time. It holds for the host and every name below it.
struct Pause {
  long long id = 0;
  std::string host;  // normalised name or address, lower case
  std::string reason;
  Time from{}, until{};
  std::string requested_by;
  std::optional<Time> ended;  // when it was ended early

  bool covers(std::string_view name) const;  // `name`: normalised
};

}  // namespace assay

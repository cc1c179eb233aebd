#pragma once

// One row of a job as statements read it. For the .cpp files of jobs.

#include <soci/soci.h>

#include <string>
#include <string_view>

#include "ledger/jobs.h"

namespace assay::ledger {

// In the order of JobRow::bind(), from "jobs j join apps a".
inline constexpr std::string_view kJobRowColumns =
    "j.job_id, j.app_key, j.scan_group, j.origin, j.only_requirements, j.requested_by, j.state, j.created_ms, "
    "j.ready_ms, coalesce(j.started_ms, -1), coalesce(j.finished_ms, -1), j.attempt, j.worker, j.lease_ms, "
    "coalesce(j.scan_id, ''), j.error, a.kind, a.target, coalesce(a.org_id, '')";
inline constexpr std::string_view kJobRowFrom = "jobs j join apps a on a.app_key = j.app_key";

struct JobRow {
  void bind(soci::statement& rows);
  Result<ClaimedJob> claimed() const;
  Result<Job> take() const;

  std::string id, app_key, group, origin, only, requested_by, state, worker, scan_id, error, kind, target, org_id;
  long long created = 0, ready = 0, started = 0, finished = 0, attempt = 0, lease = 0;
};

}  // namespace assay::ledger

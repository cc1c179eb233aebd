#pragma once

// The rows of the lists and what several resources show, in their JSON form. Tickets and what belongs to them have
// theirs in model/ticket.h.

#include <string>

#include "base/json.h"
#include "ledger/apps.h"
#include "ledger/findings.h"
#include "model/job.h"
#include "server/http.h"
#include "ticket/lifecycle.h"

namespace assay::server::api {

Json app_json(const ledger::AppRecord& app);
Json finding_json(const ledger::FindingRecord& finding);
Json scan_json(const ledger::ScanListRow& scan);
Json verdict_json(const Verdict& verdict, const std::string& scan_id, Time looked);
Json not_verified_json(const NotVerified& not_verified);
Json job_json(const Job& job);

// The asker, as the desk of tickets knows people: the same for every session and token.
ticket::Actor actor_of(const Request& request);

// 202 with the job that does what was asked for.
Response accepted_job(const Job& job);

}  // namespace assay::server::api

#pragma once

// The paths that the operators of a service look at (backend checklist, Dockerflow): /__version__, /__heartbeat__,
// /__lbheartbeat__, /__cspreport__, /metrics.

#include "ledger/ledger.h"
#include "server/log.h"
#include "server/metrics.h"
#include "server/router.h"

namespace assay::server {

// All of them outlive the router.
Result<void> add_operations(Router& router, ledger::Ledger& ledger, Log& log, Metrics& metrics);

}  // namespace assay::server

#pragma once

// The desk as the platform runs it.

#include <stop_token>
#include <string>

#include "base/error.h"
#include "ledger/ledger.h"
#include "ledger/scan_effect.h"
#include "ticket/desk.h"

namespace assay::ticket {

// Acts into the audit log, claimed fixes into the queue of scans, changes into the outbox. `base_url`: of the
// dashboard, for links; may be empty.
DeskHooks ledger_hooks(std::string base_url);

// The desk's follow_up() in the form that recording takes. `desk` must outlive it.
decltype(ledger::RecordOptions::follow_up) follow_up_of(const Desk& desk);

// Sends the reminders that are due and ends the dispositions whose end has come, in transactions of a hundred each.
// Call it every few minutes; again does no harm. Error cancelled when `stop` was asked for.
Result<void> run_clock(ledger::Ledger& ledger, const Desk& desk, const std::stop_token& stop = {});

}  // namespace assay::ticket

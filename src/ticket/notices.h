#pragma once

// From changes of tickets to notices in the outbox, and from what trackers tell back to tickets. All in the caller's
// transaction.

#include <string>

#include "base/error.h"
#include "ledger/work.h"
#include "model/sink.h"
#include "ticket/desk.h"
#include "ticket/sinks/incoming.h"

namespace assay::ticket {

// DeskHooks::notify: one notice for each enabled sink whose filter names the ticket; of a mail sink one for each
// recipient, ready at the end of its digest interval. A sink is not told what it told us. A filter that can no longer
// be read names every ticket. `base_url`: of the dashboard, e.g. "https://assay.example"; may be empty.
Result<void> post_notice(ledger::Work& work, const Notice& notice, const std::string& base_url);

// Settings, secret and filter of a sink that is about to be stored. `secret`: whether it has one or is given one.
Result<void> check_sink(ledger::Work& work, const Sink& sink, bool secret);

// Does to the linked ticket what a person did to the issue of `sink`. False when there is no such link, or nothing to
// do any more. `request_id`: of the request that told of it, for the audit log.
Result<bool> apply_incoming(ledger::Work& work, const Desk& desk, const Sink& sink, const IncomingChange& change,
                            const std::string& request_id = {});

}  // namespace assay::ticket

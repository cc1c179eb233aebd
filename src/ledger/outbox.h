#pragma once

// The outbox: notices are written in the transaction of what they tell of, and sent from here at least once. Every
// function works in the caller's transaction and throws what SOCI throws.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "ledger/page.h"
#include "ledger/work.h"
#include "model/sink.h"

namespace assay::ledger {

// Adds a waiting notice that may be sent from `notice.next`; nothing when its id is known. `created` is given here. Of
// one ticket, sink and recipient, ids in the order of their bytes are sent in that order.
void enqueue_notice(Work& work, const OutboxNotice& notice);

// The enabled sinks that have a notice to be sent now.
Result<std::vector<std::string>> ready_sinks(Work& work);

struct LeaseQuery {
  std::string sink_id;
  int limit = 20;
  Duration lease{120'000};
  bool in_order = true;  // of each ticket and recipient only the first that waits
};
// Takes notices for sending; each counts as an attempt. Nobody else gets them while the lease holds; when it has ended
// without an answer they are sent again. First those that have been ready longest.
Result<std::vector<OutboxNotice>> lease_notices(Work& work, const LeaseQuery& query);

// What became of an attempt (`notice.attempts`). False when another attempt has been made since: then nothing changes.
bool notice_taken(Work& work, const OutboxNotice& notice);
bool notice_failed(Work& work, const OutboxNotice& notice, const std::string& error, Time next);
bool notice_dead(Work& work, const OutboxNotice& notice, const std::string& error);

Result<OutboxNotice> get_notice(Work& work, const std::string& id);  // Error not_found
// A dead notice waits again, at once. Error conflict when it is not dead.
Result<OutboxNotice> resend_notice(Work& work, const std::string& id);
// Newest first. Fields: notice, sink, ticket, kind, state, created.
Result<Page<OutboxNotice>> list_notices(Work& work, const ListQuery& query, const FilterScope& scope = {});

}  // namespace assay::ledger

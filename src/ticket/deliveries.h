#pragma once

// The way back: what the webhooks of trackers deliver, from signed bytes to changes of tickets.

#include <chrono>
#include <optional>
#include <string>

#include "base/error.h"
#include "ledger/ledger.h"
#include "ticket/desk.h"

namespace assay::ticket {

// An event older than this is ignored: for so long, and a little longer, it is known again when it is sent twice.
inline constexpr std::chrono::hours kMaxEventAge{23};

// What was sent to the sink, as it came.
struct Delivery {
  std::string sink_id;
  std::string github_kind;       // X-GitHub-Event
  std::string github_signature;  // X-Hub-Signature-256
  std::string jira_signature;    // X-Hub-Signature
  std::string body;
  std::string request_id;  // of the request that brought it, for the audit log
};

struct Arrival {
  enum class Kind {
    refused,   // not signed with the second word of the sink's secret, or no such tracker: nothing was read
    ignored,   // nothing to do
    repeated,  // the same event has been done before
    done,
  };
  Kind kind = Kind::ignored;
  std::string detail;  // for people; of a refusal for the log only
};
std::string_view to_string(Arrival::Kind kind);  // "refused", "ignored", …

// Checks the signature before anything else is looked at, then does what the event asks for, once, in a transaction of
// its own. Errors: invalid_input when a signed body is no event; conflict when the ticket has changed meanwhile or does
// not allow it; those of the ledger.
Result<Arrival> take_delivery(ledger::Ledger& ledger, const Desk& desk, const std::optional<ledger::Ledger::Key>& key,
                              const Delivery& delivery);

}  // namespace assay::ticket

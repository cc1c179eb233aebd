#pragma once

// What issue trackers have in common: a ticket becomes one issue, found again by a label of its own before one is made,
// so that a crash between making it and writing that down makes no second one; later notices change it and comment on
// it, with a mark by which a comment that was made already is known.

#include <expected>
#include <optional>
#include <string>

#include "ticket/sinks/sender.h"

namespace assay::ticket {

template <class T>
using Step = std::expected<T, Receipt>;

// Sends and reads a JSON answer (null when there is none). `refused`: statuses that no repetition mends.
Step<Json> call(const Courier& courier, const HttpMessage& message);

// One tracker with its settings and secret.
class Tracker {
 public:
  virtual ~Tracker() = default;
  virtual Step<std::optional<ledger::TicketLink>> find(const std::string& label) = 0;
  virtual Step<ledger::TicketLink> create(const std::string& label, const Json& notice) = 0;
  // Brings due date and state in line with the ticket of `notice`; the same again changes nothing.
  virtual Step<void> update(const ledger::TicketLink& link, const Json& notice) = 0;
  virtual Step<bool> has_comment(const ledger::TicketLink& link, const std::string& mark) = 0;
  virtual Step<void> comment(const ledger::TicketLink& link, const std::string& text) = 0;
};

// Delivers one notice.
Receipt deliver_to(Tracker& tracker, const Parcel& parcel);

// "assay-SINK-17": on the issue of ticket 17.
std::string issue_label(const std::string& sink_id, std::int64_t ticket_id);
// "assay:NOTICE": at the end of a comment.
std::string comment_mark(const std::string& notice_id);
// The first word of a tracker's secret is the token; the second, when there is one, is what its events are signed with.
std::string token_of(const std::string& secret);
std::string event_secret_of(const std::string& secret);

}  // namespace assay::ticket

#include "ticket/sinks/tracker.h"

#include <fmt/format.h>

#include "base/text.h"
#include "ticket/sinks/describe.h"

namespace assay::ticket {

namespace {

// What a tracker answers to a request that is wrong in itself.
const std::vector<int>& refused_statuses() {
  static const std::vector<int> statuses{400, 404, 405, 410, 413, 415, 422};
  return statuses;
}

Step<ledger::TicketLink> issue_of(Tracker& tracker, const Parcel& parcel, const Json& notice) {
  if (parcel.link) return *parcel.link;
  const std::int64_t ticket = parcel.notices.front().ticket_id.value_or(0);
  const std::string label = issue_label(parcel.sink.id, ticket);
  auto found = tracker.find(label);
  if (!found) return std::unexpected(found.error());
  auto link = *found ? Step<ledger::TicketLink>(std::move(**found)) : tracker.create(label, notice);
  if (!link) return link;
  link->ticket_id = ticket;
  link->sink_id = parcel.sink.id;
  return link;
}

Step<void> tell(Tracker& tracker, const ledger::TicketLink& link, const OutboxNotice& notice) {
  const std::string mark = comment_mark(notice.id);
  if (notice.attempts > 1) {
    const auto there = tracker.has_comment(link, mark);
    if (!there) return std::unexpected(there.error());
    if (*there) return {};
  }
  return tracker.comment(link, describe(notice.body) + "\n\n" + mark);
}

}  // namespace

Step<Json> call(const Courier& courier, const HttpMessage& message) {
  const auto reply = courier.send(message);
  Receipt receipt = receipt_of(reply, refused_statuses());
  if (receipt.kind != Receipt::Kind::taken) return std::unexpected(std::move(receipt));
  if (reply->body.empty()) return Json();
  auto json = parse_json(reply->body, "answer of the tracker");
  if (!json)
    return std::unexpected(
        Receipt{.kind = Receipt::Kind::again, .detail = json.error().message(), .retry_after = {}, .link = {}});
  return std::move(*json);
}

Receipt deliver_to(Tracker& tracker, const Parcel& parcel) {
  const OutboxNotice& notice = parcel.notices.front();
  if (!notice.ticket_id) {
    // A test: whether the tracker can be asked at all.
    const auto found = tracker.find(issue_label(parcel.sink.id, 0));
    return found ? Receipt{.kind = Receipt::Kind::taken, .detail = "can be searched", .retry_after = {}, .link = {}}
                 : found.error();
  }
  const auto link = issue_of(tracker, parcel, notice.body);
  if (!link) return link.error();
  const auto with_link = [&](Receipt receipt) {
    receipt.link = *link;
    return receipt;
  };
  if (const auto updated = tracker.update(*link, notice.body); !updated) return with_link(updated.error());
  if (notice.kind != "ticket.opened")
    if (const auto told = tell(tracker, *link, notice); !told) return with_link(told.error());
  return with_link({.kind = Receipt::Kind::taken, .detail = link->external_id, .retry_after = {}, .link = {}});
}

std::string issue_label(const std::string& sink_id, std::int64_t ticket_id) {
  return fmt::format("assay-{}-{}", sink_id, ticket_id);
}

std::string comment_mark(const std::string& notice_id) {
  return "assay:" + notice_id;
}

std::string token_of(const std::string& secret) {
  return std::string(split(secret, ' ').front());
}

std::string event_secret_of(const std::string& secret) {
  const auto words = split(secret, ' ');
  return words.size() > 1 ? std::string(words[1]) : std::string();
}

}  // namespace assay::ticket

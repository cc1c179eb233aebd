#include "ticket/notices.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/bytes.h"
#include "base/text.h"
#include "ledger/dispositions.h"
#include "ledger/outbox.h"
#include "ledger/sinks.h"
#include "ledger/tickets.h"
#include "ticket/sinks/sender.h"

namespace assay::ticket {

namespace {

constexpr std::size_t kMaxSinkId = 63;
constexpr std::size_t kMaxSinkName = 200;

// Changes that concern nobody outside.
bool is_private(EventKind kind) {
  return kind == EventKind::watcher_added || kind == EventKind::watcher_removed || kind == EventKind::linked;
}

std::string kind_of(const TicketEvent& event) {
  if (event.kind != EventKind::reminded) return fmt::format("ticket.{}", to_string(event.kind));
  return "ticket." + event.body.value("step", "due");
}

Result<Json> body_of(ledger::Work& work, const Notice& notice, const std::string& base_url) {
  Json data{{"ticket", to_json(notice.ticket, work.now())}, {"event", to_json(notice.event)}};
  if (!base_url.empty()) data["url"] = fmt::format("{}/tickets/{}", base_url, notice.ticket.id);
  if (notice.event.kind == EventKind::opened || notice.event.kind == EventKind::reopened) {
    const auto facts = ledger::finding_facts(work, notice.ticket.app_key, notice.ticket.fingerprint);
    if (!facts) return std::unexpected(facts.error());
    data["finding"] = Json{{"proof", facts->finding.proof},
                           {"remediation", facts->finding.remediation},
                           {"cvss", {{"vector", facts->finding.cvss.vector}, {"score", facts->finding.cvss.score}}}};
  }
  return Json{
      {"type", kind_of(notice.event)}, {"timestamp", format_rfc3339(notice.event.at)}, {"data", std::move(data)}};
}

Result<std::vector<std::string>> recipients_of(ledger::Work& work, const Sink& sink, std::int64_t ticket) {
  if (sink.kind != SinkKind::mail) return std::vector<std::string>{""};
  if (sink.settings.contains("to")) return sink.settings.at("to").get<std::vector<std::string>>();
  return ledger::watchers_of(work, ticket);
}

// The end of the digest interval in which `now` lies.
Time ready_at(const Sink& sink, Time now) {
  const std::chrono::minutes interval{sink.kind == SinkKind::mail ? sink.settings.value("digest_minutes", 0) : 0};
  if (interval.count() == 0) return now;
  const Duration step = interval;
  return Time{(now.time_since_epoch() / step + 1) * step};
}

// Names the event, the sink and the recipient for ever; of one ticket in the order of events.
std::string notice_id(const Notice& notice, const std::string& sink_id, const std::string& recipient) {
  const std::string to = recipient.empty() ? "" : "-" + sha256_hex(recipient).substr(0, 12);
  return fmt::format("{:010}-{:06}-{}{}", notice.ticket.id, notice.event.ordinal, sink_id, to);
}

}  // namespace

Result<void> post_notice(ledger::Work& work, const Notice& notice, const std::string& base_url) {
  if (is_private(notice.event.kind)) return {};
  const auto sinks = ledger::list_sinks(work);
  if (!sinks) return std::unexpected(sinks.error());
  Json body;
  for (const auto& sink : *sinks) {
    if (!sink.enabled || notice.event.actor == "sink:" + sink.id) continue;
    if (!sink.filter.empty() && !ledger::ticket_matches(work, notice.ticket.id, sink.filter).value_or(true)) continue;
    if (body.is_null()) {
      auto made = body_of(work, notice, base_url);
      if (!made) return std::unexpected(made.error());
      body = std::move(*made);
    }
    const auto recipients = recipients_of(work, sink, notice.ticket.id);
    if (!recipients) return std::unexpected(recipients.error());
    for (const auto& recipient : *recipients)
      ledger::enqueue_notice(work, {.id = notice_id(notice, sink.id, recipient),
                                    .sink_id = sink.id,
                                    .ticket_id = notice.ticket.id,
                                    .kind = kind_of(notice.event),
                                    .recipient = recipient,
                                    .body = body,
                                    .next = ready_at(sink, work.now())});
  }
  return {};
}

Result<void> check_sink(ledger::Work& work, const Sink& sink, bool secret) {
  const bool plain =
      std::ranges::all_of(sink.id, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
  if (!plain || sink.id.empty() || sink.id.starts_with('-') || sink.id.size() > kMaxSinkId)
    return fail(ErrorCode::invalid_input, "id", "is not of lower-case letters, digits and hyphens",
                "choose a short name such as chat");
  if (trim(sink.name).empty() || sink.name.size() > kMaxSinkName)
    return fail(ErrorCode::invalid_input, "name", "is empty or longer than 200 bytes");
  if (auto checked = make_sender(sink.kind)->check(sink.settings, secret); !checked) return checked;
  if (sink.filter.empty()) return {};
  if (auto matched = ledger::ticket_matches(work, 0, sink.filter); !matched) return std::unexpected(matched.error());
  return {};
}

Result<bool> apply_incoming(ledger::Work& work, const Desk& desk, const Sink& sink, const IncomingChange& change,
                            const std::string& request_id) {
  const auto link = ledger::link_by_external(work, sink.id, change.external_id);
  if (!link) return std::unexpected(link.error());
  if (!*link) return false;
  const auto ticket = ledger::get_ticket(work, (*link)->ticket_id);
  if (!ticket) return std::unexpected(ticket.error());
  const Actor actor{.id = "sink:" + sink.id, .role = ledger::Role::triager, .org = {}, .request_id = request_id};
  bool done = false;
  if (change.move && ticket->live() && ticket->state != *change.move) {
    const auto moved = desk.move(work, actor, ticket->id, ticket->version, *change.move, "");
    if (!moved) return std::unexpected(moved.error());
    done = true;
  }
  if (change.comment) {
    const std::string text = fmt::format("{}: {}", printable(change.person), *change.comment);
    if (auto said = desk.comment(work, actor, ticket->id, text); !said) return std::unexpected(said.error());
    done = true;
  }
  return done;
}

}  // namespace assay::ticket

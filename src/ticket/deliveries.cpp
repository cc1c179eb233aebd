#include "ticket/deliveries.h"

#include <string_view>
#include <utility>

#include "base/bytes.h"
#include "ledger/idempotency.h"
#include "ledger/sinks.h"
#include "ticket/notices.h"
#include "ticket/sinks/incoming.h"
#include "ticket/sinks/tracker.h"
#include "ticket/sinks/webhook.h"

namespace assay::ticket {

namespace {

using ledger::Work;
using Kind = Arrival::Kind;

static_assert(kMaxEventAge < ledger::kIdempotencyTime);

struct Known {
  Sink sink;
  std::string secret;  // of events; empty when there is none
};

Result<Known> known_sink(ledger::Ledger& ledger, const std::optional<ledger::Ledger::Key>& key,
                         const std::string& sink_id) {
  return ledger.read([&](Work& work) -> Result<Known> {
    auto sink = ledger::get_sink(work, sink_id);
    if (!sink) return std::unexpected(sink.error());
    const auto secret = ledger::sink_secret(work, sink_id, key);
    if (!secret) return std::unexpected(secret.error());
    const bool tracker = sink->kind == SinkKind::jira || sink->kind == SinkKind::github;
    return Known{.sink = std::move(*sink), .secret = tracker ? event_secret_of(*secret) : std::string()};
  });
}

// Why the delivery is not believed.
std::optional<std::string> distrust(const Known& known, const Delivery& delivery) {
  if (known.secret.empty()) return "the sink takes no events: its secret has no second word";
  const bool github = known.sink.kind == SinkKind::github;
  if (hub_signature_matches(github ? delivery.github_signature : delivery.jira_signature, known.secret, delivery.body))
    return std::nullopt;
  return "the signature is missing or is not that of the body";
}

// Once: the same body again, by the tracker or by somebody who has seen it, changes nothing.
Result<Arrival> apply_once(Work& work, const Desk& desk, const Sink& sink, const IncomingChange& change,
                           const Delivery& delivery) {
  const std::string body_hash = sha256_hex(delivery.body);
  const std::string actor = "sink:" + sink.id;
  const auto before = ledger::find_answer(work, actor, body_hash);
  if (!before) return std::unexpected(before.error());
  if (*before) return Arrival{.kind = Kind::repeated, .detail = "was taken before"};
  const auto applied = apply_incoming(work, desk, sink, change, delivery.request_id);
  if (!applied) return std::unexpected(applied.error());
  if (!*applied) return Arrival{.kind = Kind::ignored, .detail = "no ticket is to be changed by it"};
  if (auto kept = ledger::keep_answer(work, actor, body_hash, {.request_hash = body_hash, .status = 200, .body = {}});
      !kept)
    return std::unexpected(kept.error());
  return Arrival{.kind = Kind::done, .detail = "the ticket of " + change.external_id + " was changed"};
}

}  // namespace

std::string_view to_string(Arrival::Kind kind) {
  switch (kind) {
    case Kind::refused:
      return "refused";
    case Kind::ignored:
      return "ignored";
    case Kind::repeated:
      return "repeated";
    case Kind::done:
      return "done";
  }
  return "ignored";
}

Result<Arrival> take_delivery(ledger::Ledger& ledger, const Desk& desk, const std::optional<ledger::Ledger::Key>& key,
                              const Delivery& delivery) {
  const auto known = known_sink(ledger, key, delivery.sink_id);
  if (!known) {
    const ErrorCode code = known.error().code;
    if (code != ErrorCode::not_found && code != ErrorCode::crypto) return std::unexpected(known.error());
    return Arrival{.kind = Kind::refused, .detail = known.error().message()};
  }
  if (auto reason = distrust(*known, delivery)) return Arrival{.kind = Kind::refused, .detail = std::move(*reason)};
  if (!known->sink.enabled) return Arrival{.kind = Kind::ignored, .detail = "the sink is switched off"};
  const auto event = parse_json(delivery.body, "event");
  if (!event) return std::unexpected(event.error());
  const auto change = known->sink.kind == SinkKind::github
                          ? apply_github_event(delivery.github_kind, *event, known->sink.settings)
                          : apply_jira_event(*event, known->sink.settings);
  if (!change) return std::unexpected(change.error());
  if (!*change) return Arrival{.kind = Kind::ignored, .detail = "it asks for nothing here, or is our own act"};
  if (now() - (*change)->at > kMaxEventAge) return Arrival{.kind = Kind::ignored, .detail = "it is too old"};
  return ledger.write([&](Work& work) { return apply_once(work, desk, known->sink, **change, delivery); });
}

}  // namespace assay::ticket

#include "ticket/dispatcher.h"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "ledger/outbox.h"
#include "ledger/sinks.h"
#include "ledger/tickets.h"

namespace assay::ticket {

namespace {

using ledger::Work;

constexpr std::chrono::seconds kFirstDelay{10};
constexpr std::chrono::hours kMaxDelay{6};
constexpr std::chrono::hours kMaxRetryAfter{24};
constexpr int kAtOnce = 20;        // notices of one sink in one lease
constexpr int kMailsAtOnce = 500;  // notices, which are few mails

// What a round needs to know of a sink.
struct Load {
  Sink sink;
  std::string secret;
  std::vector<OutboxNotice> notices;
};

// One parcel for each notice; of mail one for each recipient.
std::vector<Parcel> parcels_of(Load load) {
  std::vector<Parcel> parcels;
  std::map<std::string, std::size_t> by_recipient;
  for (auto& notice : load.notices) {
    const bool grouped = load.sink.kind == SinkKind::mail;
    const auto [at, fresh] = by_recipient.try_emplace(grouped ? notice.recipient : notice.id, parcels.size());
    if (fresh) parcels.push_back({.sink = load.sink, .secret = load.secret, .notices = {}, .link = {}});
    parcels[at->second].notices.push_back(std::move(notice));
  }
  for (auto& parcel : parcels) std::ranges::sort(parcel.notices, {}, &OutboxNotice::id);
  return parcels;
}

double random_fraction() {
  return static_cast<double>(random_bytes(1).front()) / 255.0;
}

}  // namespace

Duration retry_delay(int attempt, double random, std::optional<Duration> retry_after) {
  Duration delay = kFirstDelay;
  for (int i = 1; i < attempt && delay < kMaxDelay; ++i) delay *= 2;
  delay = std::min<Duration>(delay, kMaxDelay);
  delay -= Duration{static_cast<Duration::rep>(static_cast<double>(delay.count()) * random / 2)};
  return std::max(delay, std::min<Duration>(retry_after.value_or(Duration{}), kMaxRetryAfter));
}

Dispatcher::Dispatcher(ledger::Ledger& ledger, DispatcherSettings settings)
    : ledger_(ledger), settings_(std::move(settings)), courier_(settings_.courier) {}

Dispatcher::~Dispatcher() {
  stop();
}

Result<int> Dispatcher::send_ready() {
  const auto sinks = ledger_.read([](Work& work) { return ledger::ready_sinks(work); });
  if (!sinks) return std::unexpected(sinks.error());
  int tried = 0;
  for (const auto& id : *sinks) {
    const auto sent = send_for(id);
    if (!sent) return sent;
    tried += *sent;
  }
  return tried;
}

Result<int> Dispatcher::send_for(const std::string& sink_id) {
  auto load = ledger_.write([&](Work& work) -> Result<Load> {
    auto sink = ledger::get_sink(work, sink_id);
    if (!sink) return std::unexpected(sink.error());
    const bool mail = sink->kind == SinkKind::mail;
    auto notices = ledger::lease_notices(
        work,
        {.sink_id = sink_id, .limit = mail ? kMailsAtOnce : kAtOnce, .lease = settings_.lease, .in_order = !mail});
    if (!notices) return std::unexpected(notices.error());
    return Load{.sink = std::move(*sink), .secret = {}, .notices = std::move(*notices)};
  });
  if (!load) return std::unexpected(load.error());
  const int tried = static_cast<int>(load->notices.size());
  auto secret = ledger_.read([&](Work& work) { return ledger::sink_secret(work, sink_id, settings_.key); });
  if (secret) load->secret = std::move(*secret);
  const auto sender = make_sender(load->sink.kind);
  const Sink sink = load->sink;
  for (auto& parcel : parcels_of(std::move(*load))) {
    Receipt receipt{.kind = Receipt::Kind::again, .detail = {}, .retry_after = {}, .link = {}};
    if (!secret) {
      receipt.detail = secret.error().message();
    } else {
      if (const auto ticket = parcel.notices.front().ticket_id) {
        auto link = ledger_.read([&](Work& work) { return ledger::link_of(work, *ticket, sink_id); });
        if (!link) return std::unexpected(link.error());
        parcel.link = std::move(*link);
      }
      receipt = sender->deliver(courier_, parcel, now());
    }
    if (auto settled = settle(sink, parcel, receipt); !settled) return std::unexpected(settled.error());
  }
  return tried;
}

Result<void> Dispatcher::settle(const Sink& sink, const Parcel& parcel, const Receipt& receipt) {
  const double random = random_fraction();
  auto written = ledger_.write([&](Work& work) -> Result<void> {
    if (receipt.link && receipt.link->ticket_id != 0) {
      if (!parcel.link)
        ledger::append_events(
            work, receipt.link->ticket_id,
            {{.at = work.now(),
              .actor = "sink:" + sink.id,
              .kind = EventKind::linked,
              .body =
                  Json{{"sink", sink.id}, {"external_id", receipt.link->external_id}, {"url", receipt.link->url}}}});
      ledger::link_ticket(work, *receipt.link);
    }
    for (const auto& notice : parcel.notices) {
      const bool last = notice.attempts >= settings_.max_attempts;
      if (receipt.kind == Receipt::Kind::taken) {
        ledger::notice_taken(work, notice);
      } else if (receipt.kind == Receipt::Kind::refused || last) {
        ledger::notice_dead(work, notice, receipt.detail);
      } else {
        ledger::notice_failed(work, notice, receipt.detail,
                              work.now() + retry_delay(notice.attempts, random, receipt.retry_after));
      }
    }
    if (receipt.kind != Receipt::Kind::taken)
      ledger::disable_failing_sink(work, sink.id, work.now() - settings_.disable_after);
    return {};
  });
  if (!written) return written;
  if (settings_.observe)
    for (const auto& notice : parcel.notices) settings_.observe(notice, receipt);
  return {};
}

Result<Receipt> Dispatcher::send_test(const std::string& sink_id, const std::string& recipient) const {
  Parcel parcel;
  auto loaded = ledger_.read([&](Work& work) -> Result<void> {
    auto sink = ledger::get_sink(work, sink_id);
    if (!sink) return std::unexpected(sink.error());
    auto secret = ledger::sink_secret(work, sink_id, settings_.key);
    if (!secret) return std::unexpected(secret.error());
    parcel.sink = std::move(*sink);
    parcel.secret = std::move(*secret);
    return {};
  });
  if (!loaded) return std::unexpected(loaded.error());
  const Time at = now();
  parcel.notices.push_back(
      {.id = "test-" + to_hex(random_bytes(8)),
       .sink_id = sink_id,
       .kind = "test",
       .recipient = recipient,
       .body = Json{{"type", "test"}, {"timestamp", format_rfc3339(at)}, {"data", {{"sink", sink_id}}}},
       .attempts = 1,
       .created = at,
       .next = at});
  return make_sender(parcel.sink.kind)->deliver(courier_, parcel, at);
}

void Dispatcher::start() {
  if (thread_.joinable()) return;
  thread_ = std::jthread([this](const std::stop_token& stopped) {
    std::mutex mutex;
    std::condition_variable_any waiting;
    while (!stopped.stop_requested()) {
      const auto sent = send_ready();
      if (sent && *sent > 0) continue;
      // A ledger that cannot be reached now may be reached later: nothing is lost meanwhile.
      std::unique_lock lock(mutex);
      waiting.wait_for(lock, stopped, settings_.poll, [] { return false; });
    }
  });
}

void Dispatcher::stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
}

}  // namespace assay::ticket

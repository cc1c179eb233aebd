#include "server/api/event_pump.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/time.h"
#include "ledger/tickets.h"
#include "server/api/form.h"

namespace assay::server::api {

namespace {

// Whether a job in this state goes no further.
bool has_ended(const fleet::Event& event) {
  return event.kind == fleet::Event::Kind::job &&
         (event.state == "done" || event.state == "failed" || event.state == "cancelled");
}

}  // namespace

Json event_json(const fleet::Event& event) {
  Json json{{"kind", to_string(event.kind)}, {"at", format_rfc3339(event.at)}};
  put(json, "app", event.app_key);
  put(json, "job", event.job_id);
  put(json, "scan", event.scan_id);
  put(json, "state", event.state);
  put(json, "fingerprint", event.fingerprint);
  if (event.ticket != 0) json["ticket"] = event.ticket;
  if (event.kind == fleet::Event::Kind::missed) json["missed"] = event.missed;
  if (event.kind == fleet::Event::Kind::progress) {
    json["phase"] = event.phase;
    json["requests"] = event.requests;
    json["done"] = event.done;
    json["total"] = event.total;
  }
  return json;
}

bool Interest::covers(const fleet::Event& event) const {
  if (event.kind == fleet::Event::Kind::missed) return true;
  if (only_org && event.org_id != *only_org) return false;
  if (!app_key.empty() && event.app_key != app_key) return false;
  return job_id.empty() || event.job_id == job_id;
}

EventPump::EventPump(fleet::Events& events, ledger::Ledger& ledger)
    : ledger_(ledger), subscription_(events.subscribe()) {
  subscription_->on_ready([this] {
    {
      const std::lock_guard lock(mutex_);
      waiting_ = true;
    }
    ready_.notify_one();
  });
  thread_ = std::thread([this] { run(); });
}

EventPump::~EventPump() {
  subscription_->on_ready({});
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  ready_.notify_one();
  thread_.join();
  for (const auto& stream : streams_) {
    if (const auto feed = stream.feed.lock()) feed->close();
  }
}

std::shared_ptr<EventFeed> EventPump::open(Interest interest) {
  auto feed = std::make_shared<EventFeed>();
  const std::lock_guard lock(mutex_);
  std::erase_if(streams_, [](const Stream& s) { return s.feed.expired(); });
  if (streams_.size() >= kMaxStreams) return nullptr;
  streams_.push_back({std::move(interest), feed});
  return feed;
}

void EventPump::run() {
  while (true) {
    {
      std::unique_lock lock(mutex_);
      ready_.wait(lock, [this] { return waiting_ || stopping_; });
      if (stopping_) return;
      waiting_ = false;
    }
    send(subscription_->take());
  }
}

// The latest ticket of each finding, which the scan's own transaction has opened or closed. Without an answer of the
// ledger the events go out as they are.
void EventPump::add_tickets(std::vector<fleet::Event>& events) {
  std::map<std::string, std::vector<std::string>> wanted;  // by app
  for (const auto& event : events)
    if (event.kind == fleet::Event::Kind::finding) wanted[event.app_key].push_back(event.fingerprint);
  for (const auto& [app, fingerprints] : wanted) {
    const auto tickets =
        ledger_.read([&](ledger::Work& work) { return ledger::latest_tickets(work, app, fingerprints); });
    if (!tickets) continue;
    for (auto& event : events) {
      if (event.kind != fleet::Event::Kind::finding || event.app_key != app) continue;
      if (const auto at = tickets->find(event.fingerprint); at != tickets->end()) event.ticket = at->second.id;
    }
  }
}

void EventPump::send(std::vector<fleet::Event> events) {
  std::vector<std::pair<Interest, std::shared_ptr<EventFeed>>> streams;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& stream : streams_) {
      if (auto feed = stream.feed.lock()) streams.emplace_back(stream.interest, std::move(feed));
    }
  }
  if (streams.empty()) return;
  add_tickets(events);
  for (const auto& event : events) {
    const Event wire{.id = {}, .type = std::string(to_string(event.kind)), .data = dump_json(event_json(event))};
    for (const auto& [interest, feed] : streams) {
      if (!interest.covers(event)) continue;
      feed->push(wire);
      if (!interest.job_id.empty() && has_ended(event)) feed->close();
    }
  }
}

}  // namespace assay::server::api

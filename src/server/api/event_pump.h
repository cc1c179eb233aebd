#pragma once

// From the fleet's events to the event streams of all clients: one subscription and one thread, however many clients.

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/json.h"
#include "fleet/events.h"
#include "ledger/ledger.h"
#include "server/event_feed.h"

namespace assay::server::api {

// The data of an event on the wire.
Json event_json(const fleet::Event& event);

// What one client is told.
struct Interest {
  std::optional<std::string> only_org;  // of a partner
  std::string app_key;                  // only of this app; empty: of all
  std::string job_id;                   // only of this job, and the stream ends with it; empty: of all

  bool covers(const fleet::Event& event) const;
};

class EventPump {
 public:
  static constexpr std::size_t kMaxStreams = 2000;

  // Both outlive the pump. The ledger names the tickets of findings that changed.
  EventPump(fleet::Events& events, ledger::Ledger& ledger);
  ~EventPump();  // ends every stream
  EventPump(const EventPump&) = delete;
  EventPump& operator=(const EventPump&) = delete;

  // A feed that gets what `interest` covers from now on; null when there are kMaxStreams already.
  std::shared_ptr<EventFeed> open(Interest interest);

 private:
  struct Stream {
    Interest interest;
    std::weak_ptr<EventFeed> feed;  // the connection holds it; gone with the client
  };

  void run();
  void send(std::vector<fleet::Event> events);
  void add_tickets(std::vector<fleet::Event>& events);

  ledger::Ledger& ledger_;
  const std::shared_ptr<fleet::Subscription> subscription_;
  std::mutex mutex_;
  std::condition_variable ready_;
  bool waiting_ = false, stopping_ = false;
  std::vector<Stream> streams_;
  std::thread thread_;
};

}  // namespace assay::server::api

#pragma once

// Sends what is in the outbox: leases notices in one short transaction, sends them outside of any, writes down what
// became of them. At least once, in the order of each ticket; several dispatchers may run on one ledger.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "base/error.h"
#include "base/time.h"
#include "ledger/ledger.h"
#include "model/sink.h"
#include "ticket/sinks/courier.h"
#include "ticket/sinks/sender.h"

namespace assay::ticket {

struct DispatcherSettings {
  CourierSettings courier;
  std::optional<ledger::Ledger::Key> key;  // that sinks' secrets are sealed with
  Duration poll{2'000};                    // how often the outbox is looked into
  Duration lease{120'000};                 // longer than a sink may take for an answer
  int max_attempts = 12;                   // then a notice is dead
  std::chrono::days disable_after{5};      // of failure without pause
  // Told of every attempt, e.g. for logs and metrics; runs on the dispatcher's thread.
  std::function<void(const OutboxNotice&, const Receipt&)> observe;
};

// 10 s, doubled with each attempt, 6 h at most, of which `random` (0 to 1) takes up to a half away; never less than
// what the sink asked for, a day at most.
Duration retry_delay(int attempt, double random, std::optional<Duration> retry_after);

class Dispatcher {
 public:
  Dispatcher(ledger::Ledger& ledger, DispatcherSettings settings);
  ~Dispatcher();  // stop()
  Dispatcher(const Dispatcher&) = delete;
  Dispatcher& operator=(const Dispatcher&) = delete;

  // One round over all sinks on the caller's thread; gives how many notices were tried.
  Result<int> send_ready();
  // Sends a notice of kind "test" through the sink now, enabled or not, without the outbox.
  // Error crypto when the sink's secret cannot be read.
  Result<Receipt> send_test(const std::string& sink_id, const std::string& recipient) const;

  // What sinks' secrets are sealed with.
  const std::optional<ledger::Ledger::Key>& key() const { return settings_.key; }

  // Rounds on a thread of its own until stop(), which waits for the attempt that is under way.
  void start();
  void stop();

 private:
  Result<int> send_for(const std::string& sink_id);
  Result<void> settle(const Sink& sink, const Parcel& parcel, const Receipt& receipt);

  ledger::Ledger& ledger_;
  DispatcherSettings settings_;
  Courier courier_;
  std::jthread thread_;
};

}  // namespace assay::ticket

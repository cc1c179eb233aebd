#pragma once

// What works beside the server in `assay serve`: the desk of tickets, the fleet that scans, the dispatcher of notices,
// and the chores of the day.

#include <prometheus/metric_family.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "catalog/catalog.h"
#include "fleet/fleet.h"
#include "ledger/ledger.h"
#include "net/request_signer.h"
#include "server/log.h"
#include "ticket/desk.h"
#include "ticket/dispatcher.h"

namespace assay::cli {

struct PlatformSettings {
  fleet::FleetSettings fleet;
  ticket::DispatcherSettings dispatcher;
  std::string public_url;  // of the dashboard, for links in notices; may be empty
};

class Platform {
 public:
  // The references must outlive the platform; `signer` may be null.
  Platform(const catalog::Catalog& catalog, ledger::Ledger& ledger, server::Log& log, PlatformSettings settings,
           const net::RequestSigner* signer);
  Platform(const Platform&) = delete;
  Platform& operator=(const Platform&) = delete;

  const ticket::Desk& desk() const { return desk_; }
  const ticket::Dispatcher& dispatcher() const { return dispatcher_; }
  fleet::Events& events() { return fleet_.events(); }

  // Scans and sends from now on, until it is destroyed. Errors: those of Fleet::start().
  Result<void> start();
  // Instead of start(), beside another process on the ledger that scans and sends: only the chores.
  void start_chores() { fleet_.start_chores(); }

  // The fleet's figures for /metrics; none while the ledger cannot be read.
  std::vector<prometheus::MetricFamily> figures();

 private:
  std::vector<fleet::Chore> chores();

  const catalog::Catalog& catalog_;
  ledger::Ledger& ledger_;
  server::Log& log_;
  ticket::Desk desk_;
  ticket::Dispatcher dispatcher_;
  fleet::Fleet fleet_;
};

}  // namespace assay::cli

#pragma once

// The API: every operation of docs/openapi.yaml. One file of this directory per resource; each lists its operations for
// the one table in api.cpp.

#include <span>
#include <string>

#include "catalog/catalog.h"
#include "ledger/ledger.h"
#include "server/api/operation.h"
#include "server/router.h"

namespace assay::ticket {
class Desk;
class Dispatcher;
}  // namespace assay::ticket

namespace assay::server::api {

class EventPump;

// What the operations work on. All of it outlives the router and is safe to share between threads.
struct Services {
  ledger::Ledger& ledger;
  const catalog::Catalog& catalog;
  const ticket::Desk& desk;
  const ticket::Dispatcher& dispatcher;
  EventPump& events;
  std::string issuer;  // of the OpenID provider, for invitations; empty without one
};

// Adds the API's routes to `router`.
Result<void> add_routes(Router& router, const Services& services);

// The operations of each resource.
std::span<const Operation> account_operations();
std::span<const Operation> app_operations();
std::span<const Operation> approval_operations();
std::span<const Operation> audit_operations();
std::span<const Operation> catalogue_operations();
std::span<const Operation> disposition_operations();
std::span<const Operation> event_operations();
std::span<const Operation> export_operations();
std::span<const Operation> finding_operations();
std::span<const Operation> job_operations();
std::span<const Operation> notice_operations();
std::span<const Operation> organisation_operations();
std::span<const Operation> pause_operations();
std::span<const Operation> people_operations();
std::span<const Operation> posture_operations();
std::span<const Operation> scan_operations();
std::span<const Operation> sink_operations();
std::span<const Operation> ticket_operations();
std::span<const Operation> tracker_event_operations();
std::span<const Operation> view_operations();

}  // namespace assay::server::api

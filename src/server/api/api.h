#pragma once

// The API: every operation of docs/openapi.yaml that is not about sessions and accounts. One file of this directory per
// resource; each lists its operations for the one table in api.cpp.

#include <span>
#include <string>

#include "catalog/catalog.h"
#include "ledger/ledger.h"
#include "server/api/operation.h"
#include "server/router.h"

namespace assay::server::api {

// What the operations work on. All of it outlives the router and is safe to share between threads.
struct Services {
  ledger::Ledger& ledger;
  const catalog::Catalog& catalog;
  std::string issuer;  // of the OpenID provider, for invitations; empty without one
};

// Adds the API's routes to `router`.
Result<void> add_routes(Router& router, const Services& services);

// The operations of each resource.
std::span<const Operation> account_operations();
std::span<const Operation> approval_operations();
std::span<const Operation> audit_operations();
std::span<const Operation> catalogue_operations();
std::span<const Operation> people_operations();

}  // namespace assay::server::api

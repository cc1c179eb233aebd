#pragma once

// Acts of administration that a second admin approves: asked for by the handler of a resource, done here, at once or
// when the decision comes. Each resource lists the acts that it can do.

#include <span>
#include <string_view>

#include "ledger/approvals.h"
#include "server/api/api.h"

namespace assay::server::api {

// Does the act that `body` describes and gives what the API shows of the result. `call`: of who has the last word (who
// asked, or the second admin), for the audit log. Errors leave everything as it was.
using Perform = Result<Json> (*)(ledger::Work& work, const Call& call, const Json& body);

struct Act {
  std::string_view name;  // "person.change"
  Perform perform;
  // What perform() would refuse already when it is asked for; null when nothing can be told then.
  Result<void> (*check)(ledger::Work& work, const Call& call, const Json& body) = nullptr;
};

// The member of an act's body with a secret, sealed: it is stored and never shown.
inline constexpr const char* kSealedSecret = "sealed_secret";

// What people.cpp and sinks.cpp can do.
std::span<const Act> person_acts();
std::span<const Act> sink_acts();

// For a handler: does `act` now, answered by `status`, when there is no second admin; otherwise asks for approval and
// answers 202 with it. `body` is stored and, but for kSealedSecret, shown to admins and audited: no secrets in the
// clear.
Result<Response> perform_or_ask(const Call& call, const Act& act, const Json& body, int status);

}  // namespace assay::server::api

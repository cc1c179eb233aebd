#pragma once

// Acts of administration that a second admin approves: asked for by the handler of a resource, done here, at once or
// when the decision comes. Each resource lists the acts that it can do.

#include <span>
#include <string_view>

#include "ledger/approvals.h"
#include "server/api/api.h"

namespace assay::server::api {

// Does the act that `body` describes and gives what the API shows of the result. `actor`: who has the last word (who
// asked, or the second admin), for the audit log. Errors leave everything as it was.
using Perform = Result<Json> (*)(ledger::Work& work, const Json& body, const Actor& actor,
                                 const std::string& request_id);

struct Act {
  std::string_view name;  // "person.change"
  Perform perform;
};

// What people.cpp can do.
std::span<const Act> person_acts();

// For a handler: does `act` now, answered by `status`, when there is no second admin; otherwise asks for approval and
// answers 202 with it. `body` is stored and shown to admins: no secrets in the clear.
Result<Response> perform_or_ask(const Call& call, const Act& act, const Json& body, int status);

}  // namespace assay::server::api

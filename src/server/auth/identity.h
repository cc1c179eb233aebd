#pragma once

// From what a request carries to who asks.

#include "ledger/ledger.h"
#include "server/http.h"

namespace assay::server::auth {

struct Identity {
  Actor actor;           // nobody when the request carries nothing, or a session that has ended
  bool refused = false;  // it carries an Authorization that is not good; the request must not go on as nobody
};

// By "Authorization: Bearer asy_…" or the session cookie; the first counts when both are there. Notes that session or
// token is in use, at most once a minute. Errors: those of the ledger.
Result<Identity> identify(ledger::Ledger& ledger, const Request& request);

}  // namespace assay::server::auth

#pragma once

// The pages between a browser and its session: /auth/login, /auth/callback, /auth/first-run, /auth/logout.

#include <memory>
#include <string>

#include "ledger/ledger.h"
#include "server/auth/first_run.h"
#include "server/auth/oidc.h"
#include "server/log.h"
#include "server/router.h"

namespace assay::server::auth {

struct SignInServices {
  ledger::Ledger& ledger;
  Log& log;
  std::shared_ptr<OidcProvider> provider;  // null: none is configured
  std::shared_ptr<FirstRun> first_run;     // null: no link was given out
  std::string public_origin;               // as PipelineSettings has it
};

// What `services` refers to outlives the router.
Result<void> add_sign_in(Router& router, SignInServices services);

// Where to send somebody after signing in: `path` when it is one of our own pages, else "/".
std::string local_page(std::string_view path);

}  // namespace assay::server::auth

#pragma once

// The Connect probe: asks each own endpoint of a surface without credentials and with bad tokens, lifecycle callbacks
// unsigned and wrongly signed, admin endpoints with the user token that the owner gave. At most six requests a link.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "model/surface.h"
#include "net/gate.h"
#include "net/http/client.h"
#include "net/task.h"

namespace assay::net::connect {

// A lab tenant whose install the owner made for the scanner: lets tokens be right in all but one thing.
struct Tenant {
  std::string client_key;
  std::string shared_secret;
};

struct ConnectProbeSettings {
  bool page = true;                     // without credentials (needed by every endpoint judge)
  bool authn = true;                    // bad tokens
  bool authz = true;                    // user token on admin endpoints; only with `user_jwt`
  bool lifecycle = true;                // lifecycle callbacks
  std::optional<std::string> user_jwt;  // a low-privilege user's token (value, never logged)
  std::optional<Tenant> tenant;
};

// Probes one endpoint of `surface`; records evidence. Endpoints that are not own are never asked.
Task<void> probe_endpoint(http::Client& client, ScanContext& scan, const Surface& surface, SurfaceEndpoint endpoint,
                          const ConnectProbeSettings& settings);

// How requests are made: http::Client::fetch, or a script in tests.
using Fetch = std::function<Task<std::vector<http::Hop>>(http::Request)>;

// The same through any `fetch`, which books requests on `scan.budget` as the client does.
Task<void> probe_endpoint_through(Fetch fetch, ScanContext& scan, const Surface& surface, SurfaceEndpoint endpoint,
                                  const ConnectProbeSettings& settings);

}  // namespace assay::net::connect

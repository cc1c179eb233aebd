#pragma once

// The origin-wide HTTP probe: front page over https, plain http on port 80 (or the port that the operator maps to it),
// TRACE, and a path that cannot exist (the control that other judges compare with). Kind "http.origin", subject the
// origin.

#include <utility>
#include <vector>

#include "model/surface.h"
#include "net/gate.h"
#include "net/http/client.h"
#include "net/task.h"

namespace assay::net::http {

struct OriginProbeSettings {
  // Where plain http is expected for an https origin: 80 for :443. For https on another port there is no convention:
  // the same port is asked in plain, unless `plain_ports` maps the https port to one (the lab does).
  std::vector<std::pair<int, int>> plain_ports;
};

// At most six requests, booked on the origin; evidence subject is the origin too, also for what is asked in plain http:
// front page (https; up to two redirects on the same host are followed), plain http (no redirect is followed, the judge
// looks at the Location), a missing path, OPTIONS if two are left, and TRACE with a random X-Assay-Trace field. An
// origin that is http itself has no separate front page. Does nothing for an origin that is not own.
Task<void> probe_origin(Client& client, ScanContext& scan, SurfaceOrigin origin, const OriginProbeSettings& settings);

}  // namespace assay::net::http

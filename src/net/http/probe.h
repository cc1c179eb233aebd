#pragma once

// The origin-wide HTTP probe: front page over https, plain http on port 80 (or the port that the operator maps to it),
// TRACE, and a path that cannot exist (the control that other judges compare with). Kind "http.origin", subject the origin.

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

Task<void> probe_origin(Client& client, ScanContext& scan, SurfaceOrigin origin, const OriginProbeSettings& settings);

}  // namespace assay::net::http

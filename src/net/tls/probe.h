#pragma once

// The TLS probe of one origin: enumeration by crafted ClientHellos and one real handshake, for every address of the name.

#include <string>
#include <vector>

#include "model/surface.h"
#include "net/gate.h"
#include "net/task.h"
#include "net/tls/session.h"

namespace assay::net::tls {

enum class EnumerationMode {
  policy,  // is anything below TLS 1.2 accepted? what is the best version? — two to four probes
  full,    // every version, suite and group
};

// Records evidence (dns.resolution for the host, tls.enumeration and tls.handshake with subject `origin.origin`) through
// `scan.record`; failures are evidence too. `want_enumeration` / `want_handshake`: what the plan needs.
Task<void> probe_origin(Gate& gate, ScanContext& scan, ClientContext& tls, SurfaceOrigin origin, EnumerationMode mode,
                        bool want_enumeration, bool want_handshake);

}  // namespace assay::net::tls

#pragma once

// The TLS probe of one origin: enumeration by crafted ClientHellos and one real handshake, for every address of the
// name.

#include <string>
#include <vector>

#include "model/surface.h"
#include "net/gate.h"
#include "net/task.h"
#include "net/tls/enumerate.h"
#include "net/tls/session.h"

namespace assay::net::tls {

// Records evidence (dns.resolution for the host, tls.enumeration, tls.handshake and tls.revocation with subject
// `origin.origin`) through `scan.record`; failures are evidence too. Plain http origins have no TLS: nothing is done.
// At most four addresses of each family are probed; a note names the others. `want_…`: what the plan needs; revocation
// needs the handshake. An address with which the HTTP client has shaken hands is not asked again: that handshake is the
// evidence. For a chain that lacks issuers the files that its certificates name are fetched, see revocation.h.
Task<void> probe_origin(Gate& gate, ScanContext& scan, ClientContext& tls, SurfaceOrigin origin, EnumerationMode mode,
                        bool want_enumeration, bool want_handshake, bool want_revocation = false);

}  // namespace assay::net::tls

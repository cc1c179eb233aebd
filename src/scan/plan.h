#pragma once

// Which probes a scan needs: derived from the kinds of evidence that the chosen requirements rest on.

#include <vector>

#include "model/requirement.h"

namespace assay::scan {

struct Plan {
  bool tls_enumeration = false;
  bool tls_handshake = false;
  bool tls_revocation = false;  // of what the handshake shows
  bool origin_http = false;
  bool page = false;
  bool authn = false;
  bool authz = false;
  bool lifecycle = false;
  bool hosts = false;  // the inventory, which everything of the DNS begins with
  bool dns = false;
  bool registration = false;
  bool takeover = false;
  bool secrets = false;  // in the source, or in what pages load

  bool endpoints() const { return page || authn || authz || lifecycle; }
  bool tls() const { return tls_enumeration || tls_handshake || tls_revocation; }
};

// Requirements without a judge need nothing.
Plan make_plan(const std::vector<Requirement>& requirements);

}  // namespace assay::scan

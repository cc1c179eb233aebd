#pragma once

// Which probes a scan needs: derived from the kinds of evidence that the chosen requirements rest on.

#include <vector>

#include "model/requirement.h"

namespace assay::scan {

struct Plan {
  bool tls_enumeration = false;
  bool tls_handshake = false;
  bool origin_http = false;
  bool page = false;
  bool authn = false;
  bool authz = false;
  bool lifecycle = false;

  bool endpoints() const { return page || authn || authz || lifecycle; }
  bool tls() const { return tls_enumeration || tls_handshake; }
};

// Requirements without a judge need nothing.
Plan make_plan(const std::vector<Requirement>& requirements);

}  // namespace assay::scan

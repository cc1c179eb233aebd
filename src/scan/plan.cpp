#include "scan/plan.h"

#include "model/evidence.h"

namespace assay::scan {

Plan make_plan(const std::vector<Requirement>& requirements) {
  Plan plan;
  for (const auto& r : requirements) {
    if (!r.verified()) continue;
    for (const auto& need : r.needs) {
      if (need == kind::kTlsEnumeration) plan.tls_enumeration = true;
      if (need == kind::kTlsHandshake) plan.tls_handshake = true;
      if (need == kind::kTlsRevocation) plan.tls_handshake = plan.tls_revocation = true;
      if (need == kind::kHttpOrigin) plan.origin_http = true;
      if (need == kind::kHttpPage) plan.page = true;
      if (need == kind::kHttpAuthn) plan.authn = true;
      if (need == kind::kHttpAuthz) plan.authz = true;
      if (need == kind::kHttpLifecycle) plan.lifecycle = true;
      if (need == kind::kHosts) plan.hosts = true;
      if (need == kind::kDnsHost || need == kind::kDnsZone) plan.dns = true;
      if (need == kind::kRegistration) plan.registration = true;
      if (need == kind::kHttpTakeover) plan.takeover = true;
      if (need == kind::kSecretSweep) plan.secrets = plan.page = true;  // pages name the scripts that are searched
    }
  }
  return plan;
}

}  // namespace assay::scan

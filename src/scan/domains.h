#pragma once

// The part of a scan that asks about names: which hosts the app names, what the DNS and the registries say of them and
// of the domains they depend on, and what their providers answer.

#include "model/surface.h"
#include "net/gate.h"
#include "net/http/client.h"
#include "net/task.h"
#include "scan/plan.h"
#include "scan/scan.h"

namespace assay::scan {

// Runs after the pages were read, because they name hosts too. `evidence`: of the scan so far; all references must
// outlive the task. Records the kinds "surface.hosts", "dns.host", "dns.zone", "registration.domain" and
// "http.takeover" as far as `plan` asks for them.
net::Task<void> probe_domains(const Worker& worker, net::ScanContext& context, net::http::Client& client,
                              const Plan& plan, const Surface& surface, const std::vector<Evidence>& evidence);

}  // namespace assay::scan

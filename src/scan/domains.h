#pragma once

// The part of a scan that asks about names: which hosts the app names, what the DNS and the registries say of them and
// of the domains they depend on, and what their providers answer.

#include "model/evidence_view.h"
#include "model/surface.h"
#include "net/gate.h"
#include "net/http/client.h"
#include "net/task.h"
#include "scan/plan.h"
#include "scan/scan.h"

namespace assay::scan {

// Runs after the pages were read, because they name hosts too. `evidence`: of the scan so far; all references must
// outlive the task. Records the kinds "surface.hosts", "dns.host", "dns.zone", "registration.domain" and
// "http.takeover" of hosts as far as `plan` asks for them.
net::Task<void> probe_domains(const Worker& worker, net::ScanContext& context, net::http::Client& client,
                              const Plan& plan, const Surface& surface, const std::vector<Evidence>& evidence);

// After it: asks the buckets that `seen` names for a listing, kind "http.takeover". Reads `seen` before it first waits.
net::Task<void> probe_buckets(net::ScanContext& context, net::http::Client& client, const EvidenceSet& seen);

}  // namespace assay::scan

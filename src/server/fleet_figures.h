#pragma once

// The figures of a fleet in Prometheus's form. docs/scheduling.md lists them.

#include <prometheus/metric_family.h>

#include <vector>

#include "base/time.h"
#include "fleet/fleet.h"

namespace assay::server {

// `now`: against which the oldest job that could run is late.
std::vector<prometheus::MetricFamily> fleet_figures(const fleet::FleetStatistics& fleet, Time now);

}  // namespace assay::server

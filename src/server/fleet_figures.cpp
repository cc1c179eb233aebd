#include "server/fleet_figures.h"

#include <algorithm>
#include <limits>
#include <map>
#include <string>
#include <utility>

namespace assay::server {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

class Figures {
 public:
  void gauge(std::string name, std::string help, double value) {
    ClientMetric metric;
    metric.gauge.value = value;
    add(std::move(name), std::move(help), MetricType::Gauge).push_back(metric);
  }
  void counter(std::string name, std::string help, std::uint64_t value) {
    ClientMetric metric;
    metric.counter.value = static_cast<double>(value);
    add(std::move(name), std::move(help), MetricType::Counter).push_back(metric);
  }
  // One series for each origin, so that a rate is 0 and not missing before the first job of its kind.
  template <class Counts>
  void by_origin(std::string name, std::string help, MetricType type, const Counts& counts) {
    auto& metrics = add(std::move(name), std::move(help), type);
    for (const auto origin :
         {JobOrigin::requested, JobOrigin::verify, JobOrigin::second_look, JobOrigin::release, JobOrigin::scheduled}) {
      const auto at = counts.find(origin);
      const auto value = at == counts.end() ? 0.0 : static_cast<double>(at->second);
      ClientMetric metric;
      metric.label.push_back({"origin", std::string(to_string(origin))});
      (type == MetricType::Gauge ? metric.gauge.value : metric.counter.value) = value;
      metrics.push_back(std::move(metric));
    }
  }
  void histogram(std::string name, std::string help, const fleet::Durations& durations) {
    ClientMetric metric;
    std::uint64_t below = 0;
    for (std::size_t i = 0; i < durations.counts().size(); ++i) {
      below += durations.counts()[i];
      const bool bounded = i < fleet::Durations::kBounds.size();
      metric.histogram.bucket.push_back(
          {.cumulative_count = below,
           .upper_bound = bounded ? fleet::Durations::kBounds[i] : std::numeric_limits<double>::infinity()});
    }
    metric.histogram.sample_count = below;
    metric.histogram.sample_sum = durations.sum();
    add(std::move(name), std::move(help), MetricType::Histogram).push_back(std::move(metric));
  }

  std::vector<MetricFamily> families;

 private:
  std::vector<ClientMetric>& add(std::string name, std::string help, MetricType type) {
    families.push_back({.name = std::move(name), .help = std::move(help), .type = type, .metric = {}});
    return families.back().metric;
  }
};

}  // namespace

std::vector<MetricFamily> fleet_figures(const fleet::FleetStatistics& fleet, Time now) {
  const auto& worker = fleet.worker;
  const Duration late = fleet.jobs.oldest_ready ? std::max(now - *fleet.jobs.oldest_ready, Duration(0)) : Duration(0);
  Figures figures;
  figures.by_origin("assay_jobs_waiting", "Jobs of the ledger that wait, by origin.", MetricType::Gauge,
                    fleet.jobs.waiting);
  figures.by_origin("assay_jobs_running", "Jobs of the ledger that run, by origin.", MetricType::Gauge,
                    fleet.jobs.running);
  figures.gauge("assay_jobs_oldest_ready_seconds", "For how long the job that waits longest could have run.",
                std::chrono::duration<double>(late).count());
  figures.by_origin("assay_jobs_done_total", "Jobs of this process whose scan was recorded, by origin.",
                    MetricType::Counter, worker.done_by);
  figures.by_origin("assay_jobs_failed_total", "Jobs of this process that could not be scanned, by origin.",
                    MetricType::Counter, worker.failed_by);
  figures.counter("assay_jobs_lost_total", "Scans dropped because their job was cancelled or taken back.", worker.lost);
  figures.counter("assay_jobs_handed_back_total", "Jobs given back unfinished.", worker.handed_back);
  figures.counter("assay_jobs_lapsed_total", "Leases that ended because their worker was lost.", fleet.lapsed);
  figures.counter("assay_jobs_scheduled_total", "Jobs that the schedule has made.", fleet.scheduled);
  figures.histogram("assay_job_lateness_seconds", "From when a job could run to when it was taken.", worker.lateness);
  figures.histogram("assay_scan_seconds", "From the start of a recorded scan to its end.", worker.scan_times);
  figures.counter("assay_scans_degraded_total", "Scans that saw much less than the app's one before.", worker.degraded);
  figures.counter("assay_scan_requests_total", "HTTP requests and TLS connections of all scans.", worker.requests);
  figures.counter("assay_record_retries_total", "Times that a scan was recorded again after the ledger failed.",
                  worker.record_retries);
  figures.gauge("assay_workers_busy", "Scans that this process has in flight.", static_cast<double>(worker.in_flight));
  figures.gauge("assay_workers", "Scans that this process may have in flight.", static_cast<double>(worker.places));
  figures.gauge("assay_event_subscribers", "Listeners to the fleet's events in this process.",
                static_cast<double>(fleet.subscribers));
  return std::move(figures.families);
}

}  // namespace assay::server

#include "server/fleet_figures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/metrics.h"

namespace assay::server {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(FleetFigures, AreShownWithTheServersOwn) {
  const Time at{std::chrono::hours(1000)};
  fleet::FleetStatistics fleet;
  fleet.jobs.waiting[JobOrigin::scheduled] = 7;
  fleet.jobs.running[JobOrigin::second_look] = 2;
  fleet.jobs.oldest_ready = at - std::chrono::seconds(90);
  fleet.worker.done_by[JobOrigin::requested] = 3;
  fleet.worker.failed_by[JobOrigin::verify] = 1;
  fleet.worker.record_retries = 5;
  fleet.worker.in_flight = 2;
  fleet.worker.places = 32;
  fleet.worker.scan_times.add(std::chrono::milliseconds(1500));
  fleet.worker.scan_times.add(std::chrono::hours(2));
  Metrics metrics;
  metrics.add([&] { return fleet_figures(fleet, at); });
  EXPECT_THAT(
      metrics.text(),
      AllOf(HasSubstr("assay_build_info"), HasSubstr("assay_jobs_waiting{origin=\"scheduled\"} 7\n"),
            HasSubstr("assay_jobs_waiting{origin=\"verify\"} 0\n"),
            HasSubstr("assay_jobs_running{origin=\"second-look\"} 2\n"),
            HasSubstr("assay_jobs_oldest_ready_seconds 90\n"), HasSubstr("# TYPE assay_jobs_done_total counter\n"),
            HasSubstr("assay_jobs_done_total{origin=\"requested\"} 3\n"),
            HasSubstr("assay_jobs_failed_total{origin=\"verify\"} 1\n"), HasSubstr("assay_record_retries_total 5\n"),
            HasSubstr("assay_workers_busy 2\n"), HasSubstr("assay_workers 32\n")));
  EXPECT_THAT(
      metrics.text(),
      AllOf(HasSubstr("assay_scan_seconds_bucket{le=\"1\"} 0\n"), HasSubstr("assay_scan_seconds_bucket{le=\"2\"} 1\n"),
            HasSubstr("assay_scan_seconds_bucket{le=\"3600\"} 1\n"),
            HasSubstr("assay_scan_seconds_bucket{le=\"+Inf\"} 2\n"), HasSubstr("assay_scan_seconds_count 2\n"),
            HasSubstr("assay_scan_seconds_sum 7201.5\n")));
}

}  // namespace
}  // namespace assay::server

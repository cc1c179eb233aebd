#include "server/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/text_serializer.h>

#include <iterator>

namespace assay::server {

struct Metrics::Families {
  explicit Families(prometheus::Registry& registry)
      : requests(prometheus::BuildCounter()
                     .Name("assay_http_requests_total")
                     .Help("Answered requests by method, route and class of status.")
                     .Register(registry)),
        seconds(prometheus::BuildHistogram()
                    .Name("assay_http_request_seconds")
                    .Help("Time from the whole request to its answer, by route.")
                    .Register(registry)),
        refusals(prometheus::BuildCounter()
                     .Name("assay_http_refused_total")
                     .Help("Requests that were turned away, by reason.")
                     .Register(registry)) {}

  prometheus::Family<prometheus::Counter>& requests;
  prometheus::Family<prometheus::Histogram>& seconds;
  prometheus::Family<prometheus::Counter>& refusals;
};

Metrics::Metrics() : registry_(std::make_shared<prometheus::Registry>()) {
  families_ = std::make_unique<Families>(*registry_);
  prometheus::BuildGauge()
      .Name("assay_build_info")
      .Help("Always 1; the label has the version.")
      .Register(*registry_)
      .Add({{"version", ASSAY_VERSION}})
      .Set(1);
}

Metrics::~Metrics() = default;

void Metrics::count_request(std::string_view method, std::string_view route, int status,
                            std::chrono::nanoseconds took) {
  static const prometheus::Histogram::BucketBoundaries kBounds{0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5};
  families_->requests
      .Add({{"method", std::string(method)},
            {"route", std::string(route)},
            {"status", std::to_string(status / 100) + "xx"}})
      .Increment();
  families_->seconds.Add({{"route", std::string(route)}}, kBounds).Observe(std::chrono::duration<double>(took).count());
}

void Metrics::count_refusal(std::string_view why) {
  families_->refusals.Add({{"reason", std::string(why)}}).Increment();
}

std::string Metrics::text() const {
  auto families = registry_->Collect();
  for (const auto& read : readings_) {
    auto more = read();
    families.insert(families.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  }
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace assay::server

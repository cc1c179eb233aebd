#pragma once

// Figures of the running server in Prometheus's text format. Thread-safe.

#include <prometheus/metric_family.h>
#include <prometheus/registry.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace assay::server {

class Metrics {
 public:
  Metrics();
  ~Metrics();

  // One answered request. `route`: the route's name, never the path, so that the number of series stays bounded.
  void count_request(std::string_view method, std::string_view route, int status, std::chrono::nanoseconds took);
  // One request that was turned away: "access", "csrf", "rate", "malformed", …
  void count_refusal(std::string_view why);

  // For figures of other parts of the program (fleet, outbox): `read` gives them whenever somebody asks, on the thread
  // that asks. Before the server runs.
  using Reading = std::function<std::vector<prometheus::MetricFamily>()>;
  void add(Reading read) { readings_.push_back(std::move(read)); }

  std::string text() const;

 private:
  struct Families;
  std::shared_ptr<prometheus::Registry> registry_;
  std::unique_ptr<Families> families_;
  std::vector<Reading> readings_;
};

}  // namespace assay::server

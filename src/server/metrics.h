#pragma once

// Figures of the running server in Prometheus's text format. Thread-safe.

#include <prometheus/registry.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

namespace assay::server {

class Metrics {
 public:
  Metrics();
  ~Metrics();

  // One answered request. `route`: the route's name, never the path, so that the number of series stays bounded.
  void count_request(std::string_view method, std::string_view route, int status, std::chrono::nanoseconds took);
  // One request that was turned away: "access", "csrf", "rate", "malformed", …
  void count_refusal(std::string_view why);

  // For figures of other parts of the program (queue, outbox): they register theirs here.
  prometheus::Registry& registry() { return *registry_; }

  std::string text() const;

 private:
  struct Families;
  std::shared_ptr<prometheus::Registry> registry_;
  std::unique_ptr<Families> families_;
};

}  // namespace assay::server

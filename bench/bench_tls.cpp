// Enumerates one TLS port N times in one process, through the gate as a scan does, and prints what it cost as JSON.
//
//   bench_tls HOST ADDRESS PORT RUNS full|policy

#include <fmt/format.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdlib>

#include "base/json.h"
#include "model/evidence_view.h"
#include "net/request_log.h"
#include "net/resolver.h"
#include "net/tls/probe.h"

namespace {

using namespace assay;
using namespace assay::net;

// Answers with the one address that the benchmark was given.
class FixedResolver : public Resolver {
 public:
  explicit FixedResolver(IpAddress address) : address_(address) {}
  Task<Result<std::vector<IpAddress>>> lookup(std::string, Deadline) override { co_return std::vector{address_}; }

 private:
  IpAddress address_;
};

std::int64_t cpu_microseconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1'000'000LL + usage.ru_utime.tv_usec +
         usage.ru_stime.tv_usec;
}

Task<void> enumerate_often(Gate& gate, tls::ClientContext& tls, SurfaceOrigin origin, tls::EnumerationMode mode,
                           int runs, std::vector<Evidence>& seen) {
  for (int i = 0; i < runs; ++i) {
    ScanContext scan;
    scan.budget = Budget(Budget::Limits{});
    scan.record = [&seen](Evidence e) {
      std::string id = e.id;
      seen.push_back(std::move(e));
      return id;
    };
    co_await tls::probe_origin(gate, scan, tls, origin, mode, true, false);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) {
    fmt::print(stderr, "usage: bench_tls HOST ADDRESS PORT RUNS full|policy\n");
    return 2;
  }
  const auto address = parse_address(argv[2]);
  const auto loopback = parse_cidr("127.0.0.0/8");
  const auto trust = tls::TrustStore::load({});
  if (!address || !loopback || !trust) return 2;
  const int runs = std::atoi(argv[4]);
  Loop loop;
  FixedResolver resolver(*address);
  RequestLog log;
  GateSettings settings;
  settings.allowed_networks = {*loopback};
  settings.host_requests_per_second = 0;
  Gate gate(loop, resolver, log, settings, nullptr);
  tls::ClientContext tls(*trust);
  SurfaceOrigin origin;
  origin.scheme = "https";
  origin.host = argv[1];
  origin.port = std::atoi(argv[3]);
  origin.origin = fmt::format("https://{}:{}", argv[1], argv[3]);
  const auto mode = std::string_view(argv[5]) == "full" ? tls::EnumerationMode::full : tls::EnumerationMode::policy;

  std::vector<Evidence> seen;
  const auto cpu_before = cpu_microseconds();
  const auto started = std::chrono::steady_clock::now();
  loop.spawn(enumerate_often(gate, tls, origin, mode, runs, seen));
  loop.run();
  const auto wall =
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - started).count();
  const auto cpu = cpu_microseconds() - cpu_before;

  const EvidenceSet set(seen);
  if (set.enumerations().empty()) return 1;
  const auto& last = set.enumerations().back().value;
  Json versions = Json::object();
  for (const auto& v : last.versions) {
    auto& suites = versions[v.version] = Json::array();
    for (const auto& suite : v.suites) suites.push_back(suite.code);
  }
  fmt::print("{}\n", dump_json(Json{{"connections", last.connections},
                                    {"cpu_us", static_cast<double>(cpu) / runs},
                                    {"wall_us", static_cast<double>(wall) / runs},
                                    {"groups", last.groups.size()},
                                    {"versions", versions}}));
  return 0;
}

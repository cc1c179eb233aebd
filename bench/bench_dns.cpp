// Probes the DNS of many hosts in one process, through the gate as a scan does, and prints what it cost as JSON.
//
//   bench_dns RESOLVER SERVER_PORT NAMES IN_FLIGHT SLOW
//
// RESOLVER: ADDR:PORT. SERVER_PORT: of the name servers on loopback. NAMES: a file, one host a line. SLOW: hosts that
// end in this are behind a silent name server; how long the others took is told apart.

#include <fmt/format.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/json.h"
#include "net/dns/probe.h"
#include "net/request_log.h"
#include "net/resolver.h"

namespace {

using namespace assay;
using namespace assay::net;
using Clock = std::chrono::steady_clock;

std::int64_t cpu_microseconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1'000'000LL + usage.ru_utime.tv_usec +
         usage.ru_stime.tv_usec;
}

long resident_kilobytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

struct Tally {
  std::map<std::string, int> ends;
  std::uint64_t questions = 0;
  Clock::time_point others_done;
};

Task<void> probe_one(dns::Client& client, std::string host, std::string slow, Tally& tally) {
  ScanContext scan;
  scan.record = [](const Evidence& e) { return e.id; };
  const bool is_slow = host.ends_with(slow);
  const auto seen = co_await dns::probe_host(client, scan, std::move(host));
  ++tally.ends[seen.end];
  tally.questions += scan.statistics.dns_queries;
  if (!is_slow) tally.others_done = Clock::now();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) {
    fmt::print(stderr, "usage: bench_dns RESOLVER SERVER_PORT NAMES IN_FLIGHT SLOW\n");
    return 2;
  }
  std::vector<std::string> names;
  std::ifstream file(argv[3]);
  for (std::string line; std::getline(file, line);) names.push_back(line);
  const auto loopback = parse_cidr("127.0.0.0/8");
  ResolverSettings own;
  own.servers = {argv[1]};
  own.use_hosts_file = false;
  Loop loop;
  auto resolver = make_resolver(loop, own);
  auto client_settings = dns::client_settings(own);
  if (!resolver || !client_settings || !loopback || names.empty()) return 2;
  client_settings->server_port = static_cast<std::uint16_t>(std::atoi(argv[2]));
  RequestLog log;
  GateSettings settings;
  settings.allowed_networks = {*loopback};
  settings.dns_queries_per_second = 0;
  Gate gate(loop, **resolver, log, settings, nullptr);
  dns::Client client(gate, *client_settings);

  Tally tally;
  const auto before_kilobytes = resident_kilobytes();
  const auto began = Clock::now();
  const auto cpu_began = cpu_microseconds();
  const std::string slow = argv[5];
  std::function<Task<void>(std::size_t)> make = [&](std::size_t i) { return probe_one(client, names[i], slow, tally); };
  loop.spawn(for_each_limited(loop, names.size(), static_cast<std::size_t>(std::atoi(argv[4])), std::move(make)));
  loop.run();
  const auto microseconds = [&](Clock::time_point t) {
    return std::chrono::duration_cast<std::chrono::microseconds>(t - began).count();
  };
  const Json result{{"names", names.size()},
                    {"questions", tally.questions},
                    {"ends", tally.ends},
                    {"wall_us", microseconds(Clock::now())},
                    {"others_wall_us", microseconds(tally.others_done)},
                    {"cpu_us", cpu_microseconds() - cpu_began},
                    {"resident_growth_kb", resident_kilobytes() - before_kilobytes}};
  fmt::print("{}\n", dump_json(result));
  return 0;
}

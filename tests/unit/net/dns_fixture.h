#pragma once

// A DNS client before the test's own name servers: server 1 is the operator's resolver.

#include <memory>
#include <string>
#include <vector>

#include "net/dns/client.h"
#include "net/gate.h"
#include "net/request_log.h"
#include "unit/net/dns_servers.h"
#include "unit/net/loopback.h"

namespace assay::net::testing {

struct DnsFixture {
  explicit DnsFixture(int servers, const std::vector<std::string>& allowed = {"127.0.53.0/24"},
                      GateSettings gate_settings = {})
      : world(servers), resolver(loop) {
    for (const auto& network : allowed) gate_settings.allowed_networks.push_back(*parse_cidr(network));
    gate = std::make_unique<Gate>(loop, resolver, log, gate_settings, nullptr);
    settings.resolvers = {{address(DnsServers::address(1)), world.port()}};
    settings.server_port = world.port();
    settings.servfail_pause = Duration(5);
    // Only a defect reaches these, however slow the machine; tests of silence choose their own.
    settings.server_wait = settings.resolver_wait = settings.tcp_wait = Duration(10'000);
    scan.record = [this](Evidence e) {
      evidence.push_back(std::move(e));
      return evidence.back().id;
    };
    start();
  }

  void start() { client = std::make_unique<dns::Client>(*gate, settings); }
  void be_impatient() {
    settings.server_wait = settings.resolver_wait = Duration(150);
    settings.tcp_wait = Duration(300);
    start();
  }

  DnsAnswer ask(const std::string& name, dns::Type type = dns::Type::a, bool checking_disabled = false) {
    return *run(loop, client->ask_resolver(scan, name, type, checking_disabled));
  }
  DnsAnswer ask_server(int server, const std::string& name, dns::Type type = dns::Type::a) {
    return ask_address(DnsServers::address(server), name, type);
  }
  DnsAnswer ask_address(const std::string& where, const std::string& name, dns::Type type = dns::Type::a) {
    dns::Server server{.name = "ns.test", .address = address(where)};
    return *run(loop, client->ask_server(scan, std::move(server), name, type));
  }

  DnsServers world;
  Loop loop;
  StubResolver resolver;
  RequestLog log;
  std::unique_ptr<Gate> gate;
  dns::ClientSettings settings;
  ScanContext scan;
  std::vector<Evidence> evidence;
  std::unique_ptr<dns::Client> client;
};

}  // namespace assay::net::testing

#pragma once

// Everything a scan can be told. Plain values; copied into every worker.

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/time.h"
#include "net/connect/probe.h"
#include "net/gate.h"
#include "net/registration/probe.h"
#include "net/resolver.h"
#include "net/tls/probe.h"
#include "scan/secret_search.h"

namespace assay::scan {

struct Settings {
  std::vector<std::string> profiles;  // empty: those that the app's kind chooses
  std::vector<std::string> only;      // requirement ids
  std::vector<std::string> skip;
  bool identify_only = false;  // read the descriptor, probe and judge nothing

  net::GateSettings gate;
  net::Budget::Limits limits;
  net::ResolverSettings resolver;
  net::registration::Settings registration;
  std::shared_ptr<const net::tls::TrustStore> trust;
  net::tls::EnumerationMode tls_mode = net::tls::EnumerationMode::full;
  std::vector<std::pair<int, int>> plain_ports;  // https port → where plain http is asked
  std::optional<std::string> user_jwt;
  std::optional<net::connect::Tenant> tenant;
  SecretSettings secrets;

  Duration scan_timeout{300'000};  // for one app
  int threads = 1;                 // network threads
  int scans_at_once = 32;          // in flight per thread
};

}  // namespace assay::scan

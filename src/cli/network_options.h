#pragma once

// The options of everything that goes out to targets: `scan` and `apps add`.

#include <string>
#include <vector>

#include "cli/command.h"
#include "net/request_log.h"
#include "net/request_signer.h"
#include "scan/settings.h"

namespace assay::cli {

struct NetworkOptions {
  std::vector<std::string> allow_network;
  std::string resolver;
  std::vector<std::string> trust;  // PEM files, or "system"
  bool trust_only = false;
  std::string request_log;
  std::string signing_key;
  std::string signing_directory_url;
  std::string contact;
  std::vector<std::string> plain_port;
  std::string tls = "full";
  double rate = 5.0;
  double dns_rate = 50.0;
  double registry_rate = 1.0;
  double second_look = 10.0;  // seconds
  double timeout = 300.0;     // seconds, one app
  int jobs = 32;
  int threads = 0;  // 0: one, or two when there are many targets and cores
  std::string user_jwt;
  std::string tenant;

  void add_to(CLI::App& command);
  // `targets`: how many will be scanned, for choosing the number of threads.
  Result<scan::Settings> to_settings(std::size_t targets) const;
  Result<std::unique_ptr<net::RequestLog>> open_request_log() const;
  // Null when no key was given.
  Result<std::unique_ptr<net::RequestSigner>> load_signer() const;
};

}  // namespace assay::cli

#pragma once

// Name look-ups for the gate. Nothing else resolves names.

#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "net/address.h"
#include "net/loop.h"
#include "net/task.h"

namespace assay::net {

class Resolver {
 public:
  virtual ~Resolver() = default;
  // All A and AAAA addresses of `host` (an ASCII name), CNAMEs followed, without repeats, IPv4 first. Errors:
  // name_resolution (its reason says NXDOMAIN, no address, SERVFAIL, …), timeout, cancelled. Used on the loop's thread.
  virtual Task<Result<std::vector<IpAddress>>> lookup(std::string host, Deadline deadline) = 0;
};

// c-ares on `loop`. `servers`: "ADDR" or "ADDR:PORT" or "[ADDR]:PORT"; empty uses the system's. A server that stays
// silent, refuses or fails (SERVFAIL) is passed over for the next one; any other answer is final. The system's hosts
// file is read for names that the servers do not know only when `use_hosts_file`.
struct ResolverSettings {
  std::vector<std::string> servers;
  bool use_hosts_file = true;
  Duration timeout{5'000};
};
Result<std::unique_ptr<Resolver>> make_resolver(Loop& loop, const ResolverSettings& settings);

}  // namespace assay::net

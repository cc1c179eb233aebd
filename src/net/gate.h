#pragma once

// The gate: the only way from Assay to a target. It resolves names, refuses addresses that are not public unless the
// operator allowed them (after resolution, pinned to the resolved address, for every kind of connection), spends from the
// scan's budget, smooths per host, leaves hosts alone that ask for it or start failing, and writes the request log.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "base/url.h"
#include "model/evidence.h"
#include "model/scan_record.h"
#include "net/address.h"
#include "net/loop.h"
#include "net/stream.h"
#include "net/task.h"

namespace assay::net {

class RequestLog;
class Resolver;
class RequestSigner;

// What a connection or request is for; in the request log and for choosing limits.
enum class Activity { http, tls_probe, tls_handshake };
std::string_view to_string(Activity a);

struct GateSettings {
  std::vector<Cidr> allowed_networks;       // exceptions to the egress guard, e.g. 127.0.0.0/8 for the lab
  std::set<std::uint16_t> refused_ports;    // never connected to, e.g. 25; filled with defaults by default_refused_ports()
  double host_requests_per_second = 5.0;    // token bucket per address, refill (new connections and requests)
  double host_burst = 10.0;                 // token bucket per address, capacity
  int host_connections = 2;                 // open at once per address
  int host_failures_to_pause = 3;           // consecutive 5xx or refused connections after which a host is left alone
  Duration connect_timeout{10'000};
  Duration request_timeout{20'000};         // one whole exchange
  std::string user_agent;                   // sent with every request; identifies Assay and where to read about it
};

// The budget of one scan. Not thread-safe: one scan runs on one loop.
class Budget {
 public:
  struct Limits {
    int validation_requests = 2;
    int requests_per_link = 6;
    std::uint64_t bytes = 64ULL << 20U;  // received, over the whole scan
  };
  explicit Budget(const Limits& limits) : limits_(limits) {}

  // The link that requests of initial validation are booked on.
  static constexpr std::string_view kValidation = "validation";

  // Books one HTTP request on `link` (an endpoint id, an origin, or kValidation); budget_spent when there is none left.
  Result<void> spend_request(std::string_view link);
  int requests_left(std::string_view link) const;
  // Books received bytes; budget_spent once the scan's cap is passed.
  Result<void> spend_bytes(std::uint64_t n);

  const std::map<std::string, int, std::less<>>& requests_by_link() const { return requests_; }
  std::uint64_t bytes_received() const { return bytes_; }

 private:
  Limits limits_;
  std::map<std::string, int, std::less<>> requests_;
  std::uint64_t bytes_ = 0;
};

// Everything one scan carries through its probes. Lives as long as the scan; used on one loop.
struct ScanContext {
  std::string scan_id;
  std::string app_key;                               // "" until it is known
  Budget budget{Budget::Limits{}};
  Deadline deadline = Deadline::max();               // for the whole scan
  std::function<std::string(Evidence)> record;       // stores evidence, returns its id
  ScanStatistics statistics;
};

// One per loop.
class Gate {
 public:
  Gate(Loop& loop, Resolver& resolver, RequestLog& log, GateSettings settings, const RequestSigner* signer);
  ~Gate();

  // Every address of `host` (a normalised name or address), split into those that may be connected to and those that the
  // egress guard refuses. IP hosts are not looked up. Names that never leave the machine (localhost, *.localhost,
  // *.internal, *.local) are looked up only when some network is allowed. Answers are cached for a minute within a scan,
  // so that all probes of a scan see the same addresses.
  struct Addresses {
    std::vector<IpAddress> allowed;
    std::vector<IpAddress> refused;
  };
  Task<Result<Addresses>> resolve(ScanContext& scan, std::string host);

  // Opens a TCP connection to exactly `address`. Checks the guard again, the port, the host's pause, waits for a token and
  // a free connection slot, and logs. The stream books its bytes on the scan's budget and frees its slot when destroyed.
  // `host` is the name it stands for (logging). Errors: egress_refused, host_paused, timeout, cancelled, connection.
  Task<Result<std::unique_ptr<Stream>>> connect(ScanContext& scan, std::string host, IpAddress address,
                                                std::uint16_t port, Activity activity, Deadline deadline);

  // Asks leave for one HTTP request on an open connection: spends the link's budget, waits for a token of the address
  // (not for the first request on a fresh connection, whose connect() paid), refuses paused hosts. Call before every
  // request; on success it is in the request log.
  Task<Result<void>> admit_request(ScanContext& scan, std::string link, const Url& url, std::string method,
                                   std::string purpose, IpAddress address, bool fresh_connection);

  // Tells the gate how it went: a status, or none when there was no answer; `retry_after` from the response. 429 and 503
  // with Retry-After pause the host for that long (capped at 1 h); repeated 5xx pause it for the rest of the run.
  void report(const IpAddress& address, const std::string& host, std::optional<int> status, std::optional<Duration> retry_after);

  const GateSettings& settings() const;
  const RequestSigner* signer() const;
  Loop& loop() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace assay::net

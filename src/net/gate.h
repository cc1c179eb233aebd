#pragma once

// The gate: the only way from Assay to a target. It resolves names, refuses addresses that are not public unless the
// operator allowed them (after resolution, pinned to the resolved address, for every kind of connection), spends from
// the scan's budget, smooths per host, leaves hosts alone that ask for it or start failing, and writes the request log.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "base/time.h"
#include "base/url.h"
#include "model/evidence.h"
#include "model/scan_record.h"
#include "model/tls.h"
#include "net/address.h"
#include "net/loop.h"
#include "net/stream.h"
#include "net/task.h"

namespace assay::net {

class HeldHosts;
class RequestLog;
class Resolver;
class RequestSigner;

// What a connection or request is for; in the request log and for choosing limits.
enum class Activity { http, tls_probe, tls_handshake, dns, registration };
std::string_view to_string(Activity a);

// The ports of other protocols that a web page may not be sent to either: "bad ports" of the Fetch standard, §2.9.
std::set<std::uint16_t> default_refused_ports();

struct GateSettings {
  std::vector<Cidr> allowed_networks;  // exceptions to the egress guard, e.g. 127.0.0.0/8 for the lab
  std::vector<Cidr> refused_networks;  // never connected to, allowed or not: the operator's own networks
  std::set<std::uint16_t> refused_ports = default_refused_ports();  // never connected to, e.g. 25
  std::shared_ptr<const HeldHosts> held_hosts;  // left alone for now, because people asked for it; null: none
  double host_requests_per_second =
      5.0;                   // token bucket per address, refill (new connections and requests); <= 0: unlimited
  double host_burst = 10.0;  // token bucket per address, capacity
  int host_connections = 2;  // open at once per address; <= 0: unlimited
  int host_failures_to_pause =
      3;  // consecutive 5xx or failed connections after which a host is left alone; <= 0: never
  double dns_queries_per_second = 50.0;  // token bucket per name-server address, also its capacity; <= 0: unlimited
  int dns_questions = 512;               // under way at once, over all servers; <= 0: any number
  Duration connect_timeout{10'000};
  Duration request_timeout{20'000};  // one whole exchange
  std::string user_agent;            // sent with every request; identifies Assay and where to read about it
};

// One DNS message to one server.
struct DnsRequest {
  std::string server;  // the name server's name, or "resolver"; for the log
  IpAddress address;
  std::uint16_t port = 53;
  // A resolver that the operator chose (--resolver or the system's): neither guarded, slowed down nor left alone.
  bool operators_own = false;
  bool tcp = false;
  std::string question;  // for the log: "A www.example.com"
  Bytes message;
  std::function<bool(ByteView)> is_answer;  // whether what came answers `message`; the rest is dropped
  Duration wait{};                          // for the answer, from when the message was sent
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
  std::string app_key;  // "" until it is known
  Budget budget{Budget::Limits{}};
  Deadline deadline = Deadline::max();          // for the whole scan
  std::function<std::string(Evidence)> record;  // stores evidence, returns its id
  ScanStatistics statistics;
  Activity requests = Activity::http;  // what its HTTP requests are logged as
  std::map<std::string, Result<std::vector<IpAddress>>, std::less<>>
      resolutions;  // the gate's: each name is asked once
  // What the HTTP client's own handshakes showed and when, by origin and address, until the TLS probe takes it.
  std::map<std::pair<std::string, IpAddress>, std::pair<Time, TlsHandshake>> handshakes;
};

// One per loop.
class Gate {
 public:
  Gate(Loop& loop, Resolver& resolver, RequestLog& log, GateSettings settings, const RequestSigner* signer);
  ~Gate();

  // Every address of `host` (a normalised name or address), split into those that may be connected to and those that
  // the egress guard refuses. IP hosts are not looked up. Names that never leave the machine or its network (localhost,
  // *.localhost, *.internal, *.local, *.home.arpa, *.onion) are looked up only when some network is allowed. A scan
  // asks for a name once, so that all its probes see the same addresses; failures are remembered too. Errors: those of
  // Resolver::lookup(), egress_refused for such a name. Each look-up counts as two dns_queries (A and AAAA).
  struct Addresses {
    std::vector<IpAddress> allowed;
    std::vector<IpAddress> refused;
  };
  Task<Result<Addresses>> resolve(ScanContext& scan, std::string host);

  // The addresses of resolve() that may be connected to; egress_refused when the guard refuses every one.
  Task<Result<std::vector<IpAddress>>> resolve_allowed(ScanContext& scan, std::string host);

  // Whether resolve() looks `host` up at all: false for the names above that never leave the network.
  bool may_look_up(std::string_view host) const;

  // Sends one DNS message from a fresh socket and returns its answer. Checks the guard and pauses, waits for a token of
  // the server and for room among the questions under way, logs, counts one of dns_queries and books the bytes. A
  // server that gives no answer over TCP, the last resort, counts as failing. Errors: egress_refused, host_paused,
  // timeout, cancelled, connection, protocol, unsupported (this machine has no route to the address), budget_spent.
  Task<Result<Bytes>> exchange_dns(ScanContext& scan, DnsRequest request);

  // Opens a TCP connection to exactly `address`. Checks the guard again, the port (43 is not refused to
  // Activity::registration, where WHOIS is) and pauses, waits for a free connection slot and a token, in the order of
  // calls, and logs (HTTP requests are logged by admit_request() instead). The stream books its bytes on the scan's
  // budget and frees its slot when closed or destroyed; it must not outlive scan or loop. When an address has no free
  // slot, a connection to it on which nothing happened for half a second is closed in favour of the one that waits:
  // keep-alive connections must expect that (ErrorCode::connection on the next use). `host` is the name it stands for
  // (logging, pauses). Errors: egress_refused, host_paused, timeout, cancelled, connection.
  Task<Result<std::unique_ptr<Stream>>> connect(ScanContext& scan, std::string host, IpAddress address,
                                                std::uint16_t port, Activity activity, Deadline deadline);

  // connect() to the first of `addresses` that can be connected to. Errors: those of connect() for the last one tried,
  // name_resolution when there is none.
  struct Connected {
    std::unique_ptr<Stream> stream;
    IpAddress address;
  };
  Task<Result<Connected>> connect_first(ScanContext& scan, std::string host, std::vector<IpAddress> addresses,
                                        std::uint16_t port, Activity activity, Deadline deadline);

  // Asks leave for one HTTP request on an open connection: spends the link's budget, waits for a token of the address
  // (not for the first request on a fresh connection, whose connect() paid), refuses paused hosts. Call before every
  // request; on success it is in the request log. `url` without secrets; values of well-known token parameters are
  // redacted all the same. Errors: egress_refused (not http or https, or a URL with user information), budget_spent,
  // host_paused, timeout (the scan's deadline), cancelled.
  Task<Result<void>> admit_request(ScanContext& scan, std::string link, const Url& url, std::string method,
                                   std::string purpose, IpAddress address, bool fresh_connection);

  // Tells the gate how a request went: a status, or none when there was no answer; `retry_after` from the response. 429
  // and 503 with Retry-After pause the host for that long (capped at 1 h); repeated 5xx, 429 or silence pause it for an
  // hour, which is longer than a scan. `port`: of the request; a pause holds for that port only, or for all when it is
  // 0.
  void report(const IpAddress& address, const std::string& host, std::optional<int> status,
              std::optional<Duration> retry_after, std::uint16_t port = 0);

  const GateSettings& settings() const;
  const RequestSigner* signer() const;
  Loop& loop() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace assay::net

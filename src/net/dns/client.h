#pragma once

// Asks one name server, or the operator's resolver, one question, and remembers the answer for the other scans of the
// loop. Ordinary look-ups are net/resolver.h's.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "model/dns.h"
#include "net/address.h"
#include "net/dns/message.h"
#include "net/gate.h"
#include "net/resolver.h"
#include "net/task.h"

namespace assay::net::dns {

struct Endpoint {
  IpAddress address;
  std::uint16_t port = 53;
};

struct ClientSettings {
  std::vector<Endpoint> resolvers;       // the operator's own, asked in turn
  std::uint16_t server_port = 53;        // of name servers; tests have no other choice than a high one
  Duration server_wait{1'000};           // for the first datagram to a name server; the second waits twice as long
  Duration resolver_wait{2'500};         // the same for a resolver, which has servers to ask itself
  Duration tcp_wait{4'000};              // for a whole exchange over TCP
  Duration servfail_pause{300};          // before a name server that failed is asked again
  std::size_t remembered = 32UL << 10U;  // answers
};

// The resolvers that `settings` name, or those of the system. Errors: invalid_input, io.
Result<ClientSettings> client_settings(const ResolverSettings& settings);

struct Server {
  std::string name;
  IpAddress address;
};

// Shared and immutable: the scans of a loop see the same answer.
using Answer = std::shared_ptr<const DnsAnswer>;

// One per loop; used on the loop's thread. An answer is remembered by server, name, type and CD as long as its records
// (RFC 2308 for negative ones) live, an hour at most; failures for half a minute. Identical questions that are under
// way are asked once. What came is never an error: no answer is DnsAnswer::failure, of a code that
// Gate::exchange_dns() gives, egress_refused for names that never leave the network (Gate::may_look_up()), or
// invalid_input for what is no name.
class Client {
 public:
  // `gate` must outlive the client.
  Client(Gate& gate, ClientSettings settings);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // With RD, through the operator's resolvers: one that stays silent, refuses or fails is passed over for the next;
  // when all do, the first one's answer counts.
  Task<Answer> ask_resolver(ScanContext& scan, std::string name, Type type, bool checking_disabled = false);

  // Without RD, from exactly this address. Over UDP twice, from fresh ports, then over TCP; over TCP at once when the
  // answer is truncated. SERVFAIL is asked for a second time.
  Task<Answer> ask_server(ScanContext& scan, Server server, std::string name, Type type);

  // A label that nobody has registered or configured: random, the same for the whole life of the client, so that the
  // control questions of many hosts are asked once.
  const std::string& random_label() const;

  Gate& gate() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace assay::net::dns

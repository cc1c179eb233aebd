#pragma once

// The whole server: routes, who may use them, sockets. What `assay serve` runs.

#include <memory>
#include <optional>
#include <string>

#include "catalog/catalog.h"
#include "ledger/ledger.h"
#include "net/web_client.h"
#include "server/auth/oidc.h"
#include "server/listener.h"
#include "server/log.h"
#include "server/metrics.h"
#include "server/router.h"

namespace assay::fleet {
class Events;
}
namespace assay::ticket {
class Desk;
class Dispatcher;
}  // namespace assay::ticket

namespace assay::server {

struct ServerSettings {
  ListenerSettings listener;
  std::string public_origin;  // as people reach it, e.g. "https://assay.example.com"; empty: by scheme and Host
  std::optional<auth::OidcSettings> oidc;
  net::WebClientSettings web;  // how the OpenID provider is reached
};

class Server {
 public:
  // What it serves. All of it outlives the server.
  struct Parts {
    ledger::Ledger& ledger;
    const catalog::Catalog& catalog;
    const ticket::Desk& desk;
    const ticket::Dispatcher& dispatcher;  // for tests of sinks, and the key of their secrets
    fleet::Events& events;                 // what its event streams tell of
    Log& log;
  };

  // Binds the socket and makes the first-run link when there is need of one. Errors: those of Listener::open, of the
  // ledger, and routes that contradict each other.
  static Result<std::unique_ptr<Server>> open(ServerSettings settings, const Parts& parts);
  ~Server();

  std::string url() const;  // "https://127.0.0.1:8443"
  // The whole first-run link; empty when there is none: somebody can sign in by other means, or the server listens
  // beyond this machine.
  std::string first_run_link() const;

  // For what is added by other parts of the program before run(): their figures.
  Metrics& metrics();

  void run();   // until stop()
  void stop();  // thread-safe

 private:
  struct Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace assay::server

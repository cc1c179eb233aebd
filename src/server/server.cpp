#include "server/server.h"

#include <utility>

#include "server/api/api.h"
#include "server/api/event_pump.h"
#include "server/auth/first_run.h"
#include "server/auth/sign_in.h"
#include "server/operations.h"
#include "server/pipeline.h"
#include "server/static_files.h"

namespace assay::server {

struct Server::Impl {
  Impl(ServerSettings given, const Parts& parts)
      : settings(std::move(given)),
        ledger(parts.ledger),
        log(parts.log),
        web(settings.web, request_log),
        events(parts.events, parts.ledger),
        services{.ledger = parts.ledger,
                 .catalog = parts.catalog,
                 .desk = parts.desk,
                 .dispatcher = parts.dispatcher,
                 .events = events,
                 .issuer = settings.oidc ? settings.oidc->issuer : std::string()},
        pipeline(router, parts.ledger, parts.log, metrics,
                 {.behind_proxy = settings.listener.behind_proxy, .public_origin = settings.public_origin}) {}

  Result<void> prepare_first_run();
  Result<void> add_routes();

  ServerSettings settings;
  ledger::Ledger& ledger;
  Log& log;
  net::RequestLog request_log;  // of what the server itself asks for: the OpenID provider
  net::WebClient web;
  Metrics metrics;
  api::EventPump events;
  api::Services services;
  Router router;
  Pipeline pipeline;
  std::shared_ptr<auth::FirstRun> first_run;
  std::unique_ptr<Listener> listener;
};

// Only for who sits at this machine, and only while nobody else could sign in.
Result<void> Server::Impl::prepare_first_run() {
  const auto address = net::parse_address(settings.listener.address);
  const bool local = address && net::refusal_reason(*address).value_or("").contains("loopback");
  if (settings.oidc || settings.listener.behind_proxy || !local) return {};
  auto prepared = auth::FirstRun::prepare(ledger);
  if (!prepared) return std::unexpected(prepared.error());
  first_run = std::move(*prepared);
  return {};
}

Result<void> Server::Impl::add_routes() {
  if (auto added = add_operations(router, ledger, log, metrics); !added) return added;
  std::shared_ptr<auth::OidcProvider> provider;
  if (settings.oidc) {
    provider = std::make_shared<auth::OidcProvider>(
        *settings.oidc, [this](const net::WebRequest& request) { return web.send(request); });
  }
  auto added = auth::add_sign_in(router, {.ledger = ledger,
                                          .log = log,
                                          .provider = std::move(provider),
                                          .first_run = first_run,
                                          .public_origin = settings.public_origin});
  if (!added) return added;
  if (added = api::add_routes(router, services); !added) return added;
  return add_static_files(router, web_files());
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() = default;

Result<std::unique_ptr<Server>> Server::open(ServerSettings settings, const Parts& parts) {
  auto impl = std::make_unique<Impl>(std::move(settings), parts);
  if (auto prepared = impl->prepare_first_run(); !prepared) return std::unexpected(prepared.error());
  if (auto added = impl->add_routes(); !added) return std::unexpected(added.error());
  auto listener = Listener::open(impl->settings.listener, impl->pipeline, parts.log);
  if (!listener) return std::unexpected(listener.error());
  impl->listener = std::move(*listener);
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

std::string Server::url() const {
  return impl_->listener->url();
}

std::string Server::first_run_link() const {
  return impl_->first_run ? url() + impl_->first_run->path() : std::string();
}

Metrics& Server::metrics() {
  return impl_->metrics;
}

void Server::run() {
  impl_->listener->run();
}

void Server::stop() {
  impl_->listener->stop();
}

}  // namespace assay::server

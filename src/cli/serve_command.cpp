// assay serve: the server with API and dashboard over one ledger.

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/text.h"
#include "base/url.h"
#include "cli/command.h"
#include "cli/interrupt.h"
#include "cli/network_options.h"
#include "cli/platform.h"
#include "server/server.h"

namespace assay::cli {

namespace {

constexpr const char* kListening = "Where it listens";
constexpr const char* kSigningIn = "Who signs in";
constexpr const char* kScanning = "Scans and notices";

// So many targets that every core is worth a network thread.
constexpr std::size_t kManyTargets = 1000;

struct ServeCommand {
  std::string listen = "127.0.0.1:8080";
  std::string ledger_url;
  std::string log_file;
  std::string certificate, key;
  bool behind_proxy = false;
  std::string public_url;
  int threads = 8;
  int connections_of_address = 200;
  std::string issuer, client_id, client_secret, groups_claim = "groups";
  std::vector<std::string> scopes, roles;
  bool no_scans = false, file_targets = false;
  std::vector<std::string> notice_networks;
  std::string notice_trust;
  RequirementOptions requirements;
  NetworkOptions network;

  int run();

 private:
  Result<server::ListenerSettings> listener() const;
  Result<std::string> public_origin() const;
  Result<std::optional<server::auth::OidcSettings>> oidc() const;
  Result<server::ServerSettings> settings(const scan::Settings& scans) const;
  Result<PlatformSettings> platform(scan::Settings scans) const;
};

// "127.0.0.1:8080", "[::1]:8080", "8080" (on loopback).
Result<std::pair<std::string, std::uint16_t>> read_endpoint(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  std::string address = colon == std::string::npos ? "127.0.0.1" : text.substr(0, colon);
  const std::string port = colon == std::string::npos ? text : text.substr(colon + 1);
  std::uint16_t number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  const auto parsed = net::parse_address(address);
  if (error != std::errc{} || end != port.data() + port.size() || port.empty() || !parsed) {
    return fail(ErrorCode::invalid_input, "--listen " + printable(text), "is no ADDRESS:PORT",
                "give e.g. 127.0.0.1:8080, 0.0.0.0:443 or [::]:443");
  }
  return std::pair{parsed->to_string(), number};
}

Result<server::ListenerSettings> ServeCommand::listener() const {
  const auto endpoint = read_endpoint(listen);
  if (!endpoint) return std::unexpected(endpoint.error());
  if (threads < 1 || threads > 256) return fail(ErrorCode::invalid_input, "--handlers", "is outside 1 to 256");
  if (connections_of_address < 1 || connections_of_address > 4000)
    return fail(ErrorCode::invalid_input, "--connections-per-address", "is outside 1 to 4000");
  server::ListenerSettings settings;
  settings.address = endpoint->first;
  settings.port = endpoint->second;
  settings.tls_certificate = certificate;
  settings.tls_key = key;
  settings.behind_proxy = behind_proxy;
  settings.handler_threads = threads;
  settings.connections_of_address = static_cast<std::size_t>(connections_of_address);
  return settings;
}

Result<std::string> ServeCommand::public_origin() const {
  if (public_url.empty()) return std::string();
  const auto url = parse_url(public_url);
  const bool web = url && (url->scheme == "https" || url->scheme == "http");
  if (!web || url->path != "/" || url->query) {
    return fail(ErrorCode::invalid_input, "--public-url " + printable(public_url), "is no address of a site",
                "give e.g. https://assay.example.com, without path");
  }
  return url->origin();
}

Result<std::optional<server::auth::OidcSettings>> ServeCommand::oidc() const {
  if (issuer.empty()) {
    if (client_id.empty() && client_secret.empty() && roles.empty()) return std::nullopt;
    return fail(ErrorCode::invalid_input, "--oidc-issuer", "is missing among the options of the OpenID provider",
                "give it, as the provider writes it");
  }
  if (client_id.empty())
    return fail(ErrorCode::invalid_input, "--oidc-client-id", "is missing", "register Assay at the provider");
  server::auth::OidcSettings settings;
  settings.issuer = issuer;
  settings.client_id = client_id;
  settings.groups_claim = groups_claim;
  if (!scopes.empty()) settings.scopes = scopes;
  if (!client_secret.empty()) {
    auto secret = read_secret_file(client_secret, "--oidc-client-secret-file");
    if (!secret) return std::unexpected(secret.error());
    settings.client_secret = std::move(*secret);
  }
  for (const auto& text : roles) {
    auto role = server::auth::parse_group_role(text);
    if (!role) return std::unexpected(role.error());
    settings.roles.push_back(std::move(*role));
  }
  return settings;
}

Result<server::ServerSettings> ServeCommand::settings(const scan::Settings& scans) const {
  auto listens = listener();
  if (!listens) return std::unexpected(listens.error());
  auto origin = public_origin();
  if (!origin) return std::unexpected(origin.error());
  auto provider = oidc();
  if (!provider) return std::unexpected(provider.error());
  return server::ServerSettings{.listener = std::move(*listens),
                                .public_origin = std::move(*origin),
                                .oidc = std::move(*provider),
                                .web = {.allowed_networks = scans.gate.allowed_networks,
                                        .resolver = scans.resolver,
                                        .trust = scans.trust,
                                        .user_agent = scans.gate.user_agent}};
}

Result<PlatformSettings> ServeCommand::platform(scan::Settings scans) const {
  PlatformSettings settings;
  auto evidence_key = given_evidence_key();
  if (!evidence_key) return std::unexpected(evidence_key.error());
  settings.dispatcher.key = std::move(*evidence_key);
  for (const auto& text : notice_networks) {
    const auto cidr = net::parse_cidr(text);
    if (!cidr) return std::unexpected(cidr.error());
    settings.dispatcher.courier.allowed_networks.push_back(*cidr);
  }
  settings.dispatcher.courier.trust_file = notice_trust;
  const auto origin = public_origin();
  if (!origin) return std::unexpected(origin.error());
  settings.public_url = *origin;
  auto& worker = settings.fleet.worker;
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) == 0) worker.name = host.data();
  worker.jobs_at_once = scans.scans_at_once;
  worker.files = file_targets;
  worker.scan = std::move(scans);
  worker.scan.only = requirements.only;
  worker.scan.skip = requirements.skip;
  worker.scan.profiles = requirements.profiles;
  return settings;
}

void announce(const server::Server& server) {
  fmt::print(stderr, "assay: serving {}\n", server.url());
  if (const std::string link = server.first_run_link(); !link.empty()) {
    fmt::print(stderr,
               "assay: nobody can sign in by other means yet. This link signs one browser on this machine in as local\n"
               "       administrator, once, within 15 minutes; keep it to yourself:\n\n         {}\n\n",
               link);
  }
}

int ServeCommand::run() {
  if (ledger_url.empty())
    return report_error({ErrorCode::invalid_input, "--ledger", "is missing", "name the ledger that is served"});
  auto scans = network.to_settings(kManyTargets);
  if (!scans) return report_error(scans.error());
  auto given = settings(*scans);
  if (!given) return report_error(given.error());
  auto settled = platform(std::move(*scans));
  if (!settled) return report_error(settled.error());
  const auto signer = network.load_signer();
  if (!signer) return report_error(signer.error());
  const auto catalog = requirements.load();
  if (!catalog) return report_error(catalog.error());
  auto log = log_file.empty() ? Result<std::unique_ptr<server::Log>>(std::make_unique<server::Log>())
                              : server::Log::open(log_file);
  if (!log) return report_error(log.error());
  // Stops the server that the last line below starts; signals are blocked before there are threads.
  server::Server* running = nullptr;
  std::mutex starting;
  bool stopped = false;
  const Interrupt interrupt([&] {
    const std::lock_guard lock(starting);
    stopped = true;
    if (running != nullptr) running->stop();
  });
  auto ledger = open_ledger(ledger_url);
  if (!ledger) return report_error(ledger.error());
  Platform beside(*catalog, **ledger, **log, std::move(*settled), signer->get());
  auto server = server::Server::open(std::move(*given), {.ledger = **ledger,
                                                         .catalog = *catalog,
                                                         .desk = beside.desk(),
                                                         .dispatcher = beside.dispatcher(),
                                                         .events = beside.events(),
                                                         .log = **log});
  if (!server) return report_error(server.error());
  {
    const std::lock_guard lock(starting);
    running = server->get();
    if (stopped) running->stop();
  }
  (*server)->metrics().add([&beside] { return beside.figures(); });
  if (no_scans) {
    beside.start_chores();
  } else if (auto started = beside.start(); !started) {
    return report_error(started.error());
  }
  announce(**server);
  (*server)->run();
  const std::lock_guard lock(starting);
  running = nullptr;
  return kClean;
}

void add_listening(CLI::App& command, ServeCommand& state) {
  command.add_option("--listen", state.listen, "Address and port; beyond this machine it takes TLS")
      ->capture_default_str()
      ->type_name("ADDRESS:PORT")
      ->group(kListening);
  command.add_option("--tls-cert", state.certificate, "PEM file: the server's certificate, then its chain")
      ->type_name("FILE")
      ->group(kListening);
  command.add_option("--tls-key", state.key, "PEM file: the certificate's key")->type_name("FILE")->group(kListening);
  command
      .add_flag("--behind-proxy", state.behind_proxy,
                "A proxy in front ends TLS: plain HTTP anywhere, its X-Forwarded-For and -Proto are believed")
      ->group(kListening);
  command.add_option("--public-url", state.public_url, "How people reach the server, e.g. https://assay.example.com")
      ->type_name("URL")
      ->group(kListening);
  command.add_option("--handlers", state.threads, "Threads that answer requests")
      ->capture_default_str()
      ->type_name("N")
      ->group(kListening);
  command
      .add_option("--connections-per-address", state.connections_of_address,
                  "Connections of one address at once, event streams included; not counted behind a proxy")
      ->capture_default_str()
      ->type_name("N")
      ->group(kListening);
  command.add_option("--log", state.log_file, "Append the log (mozlog JSON) to FILE instead of standard error")
      ->type_name("FILE")
      ->group(kListening);
}

void add_signing_in(CLI::App& command, ServeCommand& state) {
  command.add_option("--oidc-issuer", state.issuer, "The OpenID provider's issuer, exactly as it writes it")
      ->type_name("URL")
      ->group(kSigningIn);
  command.add_option("--oidc-client-id", state.client_id, "What the provider calls this server")
      ->type_name("ID")
      ->group(kSigningIn);
  command.add_option("--oidc-client-secret-file", state.client_secret, "File with the secret shared with the provider")
      ->type_name("FILE")
      ->group(kSigningIn);
  command.add_option("--oidc-scope", state.scopes, "Scope to ask for; may be repeated (default: openid email profile)")
      ->allow_extra_args(false)
      ->type_name("SCOPE")
      ->group(kSigningIn);
  command.add_option("--oidc-groups-claim", state.groups_claim, "The claim that lists somebody's groups")
      ->capture_default_str()
      ->type_name("NAME")
      ->group(kSigningIn);
  command
      .add_option("--oidc-role", state.roles,
                  "GROUP=ROLE, or GROUP=partner:ORGANISATION; may be repeated, the first that fits counts")
      ->allow_extra_args(false)
      ->type_name("GROUP=ROLE")
      ->group(kSigningIn);
}

void add_scanning(CLI::App& command, ServeCommand& state) {
  command
      .add_flag("--no-scans", state.no_scans, "Serve only: another process on the same ledger scans and sends notices")
      ->group(kScanning);
  command
      .add_flag("--allow-file-targets", state.file_targets,
                "Apps may name descriptor files of this machine as their target")
      ->group(kScanning);
  command
      .add_option("--notice-network", state.notice_networks,
                  "Network that sinks may be in although it is not public, e.g. 10.0.0.0/8; may be repeated")
      ->allow_extra_args(false)
      ->type_name("CIDR")
      ->group(kScanning);
  command
      .add_option("--notice-trust", state.notice_trust,
                  "PEM file: authorities that sinks' certificates may come from (default: the system's)")
      ->type_name("FILE")
      ->group(kScanning);
}

}  // namespace

void add_serve(CLI::App& app, Chosen& chosen) {
  auto* command = app.add_subcommand("serve", "Scan the apps of a ledger on schedule; serve API and dashboard");
  auto state = std::make_shared<ServeCommand>();
  command->add_option("--ledger", state->ledger_url, "The ledger: a SQLite file or postgresql://…")->type_name("URL");
  add_listening(*command, *state);
  add_signing_in(*command, *state);
  add_scanning(*command, *state);
  state->requirements.add_to(*command);
  state->network.add_to(*command);
  choose(chosen, command, [state] { return state->run(); });
}

}  // namespace assay::cli

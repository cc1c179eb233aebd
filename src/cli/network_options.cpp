#include "cli/network_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <thread>

#include "base/json.h"
#include "base/text.h"

namespace assay::cli {

namespace {

constexpr const char* kUserAgent = "Assay/" ASSAY_VERSION " (marketplace security scanner; {})";
constexpr const char* kDefaultContact = "see the Signature-Agent field or ask the operator of the scan";

Result<std::pair<int, int>> read_port_pair(const std::string& text) {
  int https = 0, http = 0;
  const auto equals = text.find('=');
  const auto read = [&](std::string_view s, int& out) {
    const auto [end, ec] = std::from_chars(s.data(), s.data() + s.size(), out);
    return ec == std::errc{} && end == s.data() + s.size() && out > 0 && out < 65536;
  };
  if (equals == std::string::npos || !read(std::string_view(text).substr(0, equals), https) ||
      !read(std::string_view(text).substr(equals + 1), http))
    return fail(ErrorCode::invalid_input, fmt::format("--plain-port {}", printable(text)), "is not HTTPS=HTTP",
                "write e.g. --plain-port 8443=8080");
  return std::pair{https, http};
}

Result<net::connect::Tenant> read_tenant(const std::string& path) {
  const auto text = read_secret_file(path, "--tenant");
  if (!text) return std::unexpected(text.error());
  const auto json = parse_json(*text, path);
  if (!json) return std::unexpected(json.error());
  net::connect::Tenant tenant;
  if (json->is_object()) {
    tenant.client_key = json->value("clientKey", Json()).is_string() ? json->at("clientKey").get<std::string>() : "";
    tenant.shared_secret =
        json->value("sharedSecret", Json()).is_string() ? json->at("sharedSecret").get<std::string>() : "";
  }
  if (tenant.client_key.empty() || tenant.shared_secret.empty())
    return fail(ErrorCode::invalid_input, path, "has no clientKey and sharedSecret",
                "write {\"clientKey\": \"…\", \"sharedSecret\": \"…\"} of an install made for the scanner");
  return tenant;
}

// Mozilla's set unless --trust-only, and what --trust names.
net::tls::TrustSources trust_sources(const NetworkOptions& options) {
  net::tls::TrustSources sources{.mozilla = !options.trust_only};
  for (const auto& name : options.trust) {
    if (name == "system") {
      sources.system = true;
    } else {
      sources.files.push_back(name);
    }
  }
  return sources;
}

constexpr const char* kGroup = "Network";

// What may be reached, and how it is asked.
void add_reach(CLI::App& command, NetworkOptions& options) {
  command
      .add_option("--allow-network", options.allow_network,
                  "Let requests go to this network although it is not public; may be repeated")
      ->allow_extra_args(false)
      ->type_name("CIDR")
      ->group(kGroup);
  command.add_option("--resolver", options.resolver, "Ask this name server (default: the system's)")
      ->type_name("ADDR[:PORT]")
      ->group(kGroup);
  command
      .add_option("--trust", options.trust,
                  "Trust the PEM certificates in FILE too, or the machine's set (system); may be repeated")
      ->allow_extra_args(false)
      ->type_name("FILE")
      ->group(kGroup);
  command.add_flag("--trust-only", options.trust_only, "Trust only the certificates given with --trust")->group(kGroup);
  command.add_option("--tls", options.tls, "TLS enumeration: full (versions, suites, groups) or policy (versions)")
      ->capture_default_str()
      ->type_name("MODE")
      ->group(kGroup);
  command
      .add_option("--plain-port", options.plain_port,
                  "Where plain HTTP is served for an HTTPS port that is not 443; may be repeated")
      ->allow_extra_args(false)
      ->type_name("HTTPS=HTTP")
      ->group(kGroup);
}

void add_pace(CLI::App& command, NetworkOptions& options) {
  command
      .add_option("--rate", options.rate,
                  "Requests and connections a second to one address; 0 is unlimited (only sensible in a lab)")
      ->capture_default_str()
      ->type_name("N")
      ->group(kGroup);
  command
      .add_option("--dns-rate", options.dns_rate,
                  "Questions a second to one address of a name server; 0 is unlimited (only sensible in a lab)")
      ->capture_default_str()
      ->type_name("N")
      ->group(kGroup);
  command
      .add_option("--registry-rate", options.registry_rate,
                  "Questions a second to one registry of domains; 0 is unlimited (only sensible in a lab)")
      ->capture_default_str()
      ->type_name("N")
      ->group(kGroup);
  command
      .add_option("--second-look", options.second_look,
                  "Seconds before a registry that calls a domain free is asked again")
      ->capture_default_str()
      ->type_name("SECONDS")
      ->group(kGroup);
  command.add_option("--timeout", options.timeout, "Seconds for one app")
      ->capture_default_str()
      ->type_name("SECONDS")
      ->group(kGroup);
  command.add_option("--jobs", options.jobs, "Apps scanned at once on each network thread")
      ->capture_default_str()
      ->type_name("N")
      ->group(kGroup);
  command.add_option("--threads", options.threads, "Network threads (default: chosen by the number of targets)")
      ->type_name("N")
      ->group(kGroup);
}

// As whom the scanner asks, and where it writes down what it asked.
void add_identity(CLI::App& command, NetworkOptions& options) {
  command.add_option("--request-log", options.request_log, "Append every connection and request to FILE (JSON lines)")
      ->type_name("FILE")
      ->group(kGroup);
  command
      .add_option("--user-jwt", options.user_jwt,
                  "File with a low-privilege user's JWT, for authz-endpoint; - reads standard input")
      ->type_name("FILE")
      ->group(kGroup);
  command
      .add_option("--tenant", options.tenant,
                  "JSON file with clientKey and sharedSecret of an install made for the scanner")
      ->type_name("FILE")
      ->group(kGroup);
  command
      .add_option("--signing-key", options.signing_key, "PEM file with the Ed25519 key that signs requests (RFC 9421)")
      ->type_name("FILE")
      ->group(kGroup);
  command
      .add_option("--signing-directory-url", options.signing_directory_url,
                  "Where the public key is published; sent as Signature-Agent")
      ->type_name("URL")
      ->group(kGroup);
  command
      .add_option("--contact", options.contact,
                  "Where an app's owner reaches the operator of the scan; sent in User-Agent")
      ->type_name("TEXT")
      ->group(kGroup);
}

}  // namespace

void NetworkOptions::add_to(CLI::App& command) {
  add_reach(command, *this);
  add_pace(command, *this);
  add_identity(command, *this);
}

namespace {

Result<void> check_ranges(const NetworkOptions& o) {
  if (o.rate < 0 || o.rate > 10'000) return fail(ErrorCode::invalid_input, "--rate", "is outside 0 to 10000");
  if (o.dns_rate < 0 || o.dns_rate > 10'000)
    return fail(ErrorCode::invalid_input, "--dns-rate", "is outside 0 to 10000");
  if (o.registry_rate < 0 || o.registry_rate > 1'000)
    return fail(ErrorCode::invalid_input, "--registry-rate", "is outside 0 to 1000");
  if (o.second_look < 0 || o.second_look > 3'600)
    return fail(ErrorCode::invalid_input, "--second-look", "is outside 0 to 3600 seconds");
  if (o.timeout < 1 || o.timeout > 86'400)
    return fail(ErrorCode::invalid_input, "--timeout", "is outside 1 to 86400 seconds");
  if (o.jobs < 1 || o.jobs > 10'000) return fail(ErrorCode::invalid_input, "--jobs", "is outside 1 to 10000");
  if (o.threads < 0 || o.threads > 64) return fail(ErrorCode::invalid_input, "--threads", "is outside 0 to 64");
  if (std::ranges::any_of(o.contact,
                          [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '(' || c == ')'; }))
    return fail(ErrorCode::invalid_input, "--contact", "holds a control character or a parenthesis");
  return {};
}

}  // namespace

Result<scan::Settings> NetworkOptions::to_settings(std::size_t targets) const {
  scan::Settings settings;
  for (const auto& text : allow_network) {
    const auto cidr = net::parse_cidr(text);
    if (!cidr) return std::unexpected(cidr.error());
    settings.gate.allowed_networks.push_back(*cidr);
  }
  if (!resolver.empty()) settings.resolver.servers = {resolver};
  for (const auto& text : plain_port) {
    const auto pair = read_port_pair(text);
    if (!pair) return std::unexpected(pair.error());
    settings.plain_ports.push_back(*pair);
  }
  if (tls == "policy") {
    settings.tls_mode = net::tls::EnumerationMode::policy;
  } else if (tls != "full") {
    return fail(ErrorCode::invalid_input, fmt::format("--tls {}", printable(tls)), "is not known",
                "choose full or policy");
  }
  if (auto checked = check_ranges(*this); !checked) return std::unexpected(checked.error());
  auto store = net::tls::TrustStore::load(trust_sources(*this));
  if (!store) return std::unexpected(store.error());
  settings.trust = std::move(*store);
  settings.gate.host_requests_per_second = rate;
  settings.gate.dns_queries_per_second = dns_rate;
  settings.registration.queries_per_second = registry_rate;
  settings.registration.second_look = Duration(static_cast<std::int64_t>(second_look * 1000));
  settings.gate.host_burst = std::max(rate * 2, 1.0);
  settings.gate.user_agent = fmt::format(fmt::runtime(kUserAgent), contact.empty() ? kDefaultContact : contact);
  settings.scan_timeout = Duration(static_cast<Duration::rep>(timeout * 1000));
  settings.scans_at_once = jobs;
  const unsigned cores = std::max(std::thread::hardware_concurrency(), 1U);
  settings.threads = threads > 0 ? threads : targets >= 8 ? static_cast<int>(std::min(cores, 4U)) : 1;
  if (!user_jwt.empty()) {
    auto token = read_secret_file(user_jwt, "--user-jwt");
    if (!token) return std::unexpected(token.error());
    if (std::ranges::count(*token, '.') != 2)
      return fail(ErrorCode::invalid_input, user_jwt, "holds no JWT (three parts with dots between)");
    settings.user_jwt = std::move(*token);
  }
  if (!tenant.empty()) {
    auto read = read_tenant(tenant);
    if (!read) return std::unexpected(read.error());
    settings.tenant = std::move(*read);
  }
  return settings;
}

Result<std::unique_ptr<net::RequestLog>> NetworkOptions::open_request_log() const {
  if (request_log.empty()) return std::make_unique<net::RequestLog>();
  return net::RequestLog::open(request_log);
}

Result<std::unique_ptr<net::RequestSigner>> NetworkOptions::load_signer() const {
  if (signing_key.empty()) return nullptr;
  const auto pem = read_secret_file(signing_key, "--signing-key");
  if (!pem) return std::unexpected(pem.error());
  return net::RequestSigner::from_pem(*pem, signing_directory_url);
}

}  // namespace assay::cli

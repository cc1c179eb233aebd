// catalog/registration/: rdap.json is IANA's bootstrap file (RFC 9224) as it is; docs/registration.md describes the
// shape of whois.yaml.

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "base/json.h"
#include "base/text.h"
#include "base/url.h"
#include "catalog/files.h"
#include "catalog/yaml.h"
#include "model/dns.h"

namespace assay::catalog {

namespace {

using yaml::Value;
using Patterns = std::map<std::string, std::vector<std::string>, std::less<>>;
using RdapServices = std::map<std::string, std::string, std::less<>>;

constexpr std::string_view kMendBootstrap = "take IANA's file of RDAP services for domain names as it is (RFC 9224)";

// The first https URL of a service, or else the first (RFC 9224 §3 prefers https).
std::string base_url(const std::vector<std::string>& urls) {
  std::string chosen;
  for (const auto& text : urls) {
    const auto url = parse_url(text);
    if (!url || (url->scheme != "https" && url->scheme != "http") || url->has_userinfo) continue;
    if (chosen.empty() || (url->scheme == "https" && chosen.starts_with("http:"))) chosen = url->to_string();
  }
  if (!chosen.empty() && !chosen.ends_with('/')) chosen += '/';
  return chosen;
}

// Of several entries for one suffix the first counts.
Result<RdapServices> read_services(const Json& file, const std::string& name) {
  const auto services = file.find("services");
  if (services == file.end() || !services->is_array())
    return fail(ErrorCode::invalid_input, name, "has no list of services", std::string(kMendBootstrap));
  RdapServices found;
  for (const auto& service : *services) {
    const auto parts = decode_json<std::vector<std::vector<std::string>>>(service, name);
    if (!parts) return std::unexpected(parts.error());
    if (parts->size() < 2) return fail(ErrorCode::invalid_input, name, "has a service that is no pair of lists");
    const auto url = base_url((*parts)[1]);
    if (url.empty())
      return fail(ErrorCode::invalid_input, name, "has a service without a usable URL", std::string(kMendBootstrap));
    for (const auto& suffix : (*parts)[0]) found.emplace(ascii_lower(suffix), url);
  }
  return found;
}

struct WhoisFile {
  std::map<std::string, std::size_t, std::less<>> suffixes;
  std::vector<WhoisServer> servers;
  WhoisCommons commons;
};

std::vector<std::string> lower_texts(const Value& value) {
  auto texts = value.texts();
  for (auto& text : texts) text = ascii_lower(text);
  return texts;
}

Patterns read_states(const Value& value) {
  namespace state = registration_state;
  constexpr std::string_view kStates[] = {state::kRegistered,    state::kFree,     state::kHold,     state::kRedemption,
                                          state::kPendingDelete, state::kReserved, state::kThrottled};
  Patterns states;
  for (const auto& [name, patterns] : value.entries()) {
    if (std::ranges::find(kStates, name) == std::end(kStates))
      patterns.reject(fmt::format("\"{}\" is no state", printable(name)),
                      fmt::format("use one of {}", fmt::join(kStates, ", ")));
    states.emplace(name, patterns.texts());
  }
  return states;
}

WhoisCommons read_commons(const Value& fields, const Value& states) {
  const auto names = fields.mapping({"status", "registered", "expires", "registrar_expires", "registrar"});
  return {.states = read_states(states),
          .status_fields = lower_texts(names.required("status")),
          .registered_fields = lower_texts(names.required("registered")),
          .expires_fields = lower_texts(names.required("expires")),
          .registrar_expires_fields = lower_texts(names.required("registrar_expires")),
          .registrar_fields = lower_texts(names.required("registrar"))};
}

WhoisServer read_server(const yaml::Mapping& fields) {
  WhoisServer server;
  const auto host = fields.required("host");
  const auto normal = normalise_host(host.text());
  if (!normal) host.reject("host is no host name");
  server.host = *normal;
  if (const auto port = fields.optional("port")) server.port = static_cast<std::uint16_t>(port->integer(1, 65535));
  if (const auto query = fields.optional("query")) {
    server.query = query->text();
    if (!server.query.contains("{domain}")) query->reject("query does not hold {domain}");
  }
  if (const auto charset = fields.optional("charset")) server.charset = charset->one_of({"utf-8", "iso-8859-1"});
  if (const auto dates = fields.optional("dates"))
    server.dates =
        dates->one_of({"year-first", "day-first"}) == "day-first" ? DateOrder::day_first : DateOrder::year_first;
  if (const auto states = fields.optional("states")) server.states = read_states(*states);
  if (const auto refusals = fields.optional("refusals")) server.refusals = refusals->texts();
  if (const auto statuses = fields.optional("statuses"))
    for (const auto& [word, status] : statuses->entries()) server.statuses.emplace(ascii_lower(word), status.text());
  return server;
}

WhoisFile read_fields(const Value& document) {
  const auto top = document.mapping({"fields", "states", "servers"});
  WhoisFile file;
  file.commons = read_commons(top.required("fields"), top.required("states"));
  for (const auto& value : top.required("servers").list()) {
    const auto fields =
        value.mapping({"host", "port", "suffixes", "query", "charset", "dates", "states", "refusals", "statuses"});
    const auto suffixes = fields.required("suffixes");
    for (const auto& suffix : lower_texts(suffixes))
      if (!file.suffixes.emplace(suffix, file.servers.size()).second)
        suffixes.reject("the suffix " + printable(suffix) + " has a server already");
    file.servers.push_back(read_server(fields));
  }
  return file;
}

}  // namespace

Result<std::shared_ptr<const Registries>> read_registries(const SourceFile& rdap, const SourceFile& whois) {
  const auto bootstrap = parse_json(rdap.text, rdap.name);
  if (!bootstrap) return std::unexpected(bootstrap.error());
  auto services = read_services(*bootstrap, rdap.name);
  if (!services) return std::unexpected(services.error());
  auto file = yaml::read_document(whois.text, whois.name, read_fields);
  if (!file) return std::unexpected(file.error());
  return std::make_shared<const Registries>(std::move(*services), std::move(file->suffixes), std::move(file->servers),
                                            std::move(file->commons));
}

}  // namespace assay::catalog

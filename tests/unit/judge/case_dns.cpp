#include "unit/judge/case_dns.h"

#include <stdexcept>
#include <vector>

#include "base/domain.h"
#include "base/url.h"
#include "model/dns.h"
#include "model/evidence.h"

namespace assay::judge_test {

namespace {

// `given` over `usual`, whose members are all there are.
Json over(Json usual, const Json& given) {
  for (const auto& [name, value] : given.items()) {
    if (!usual.contains(name)) throw std::invalid_argument("unknown member " + name);
    usual[name] = value;
  }
  return usual;
}

// A text where one member says it all.
Json as_object(const Json& given, const char* member) {
  return given.is_string() ? Json{{member, given}} : given;
}

std::string host_of(const std::string& subject) {
  const auto url = parse_url(subject);
  return url && !url->host.empty() ? url->host : subject;
}

void read_failure(Json& body) {
  if (body["failure"].is_string()) body["failure"] = Json{{"code", body["failure"]}, {"detail", ""}};
}

Json named_host(const Json& given) {
  const auto short_form = as_object(given, "host");
  const auto host = short_form.at("host").get<std::string>();
  NamedHost usual;
  usual.host = host;
  usual.host_class = host_class::kOwn;
  usual.registrable_domain = split_domain(host).registrable_domain;
  usual.registered_domain = registered_domain(host);
  usual.named_by = {{std::string(host_source::kDescriptor), "/baseUrl"}};
  return over(Json(usual), short_form);
}

// One own host: the subject, or app.<subject> when that is a registered domain.
ShortForm hosts(const Json& given, const std::string& subject) {
  const auto host = host_of(subject);
  HostInventory usual;
  Json body = over(Json(usual), given);
  if (!given.contains("hosts")) body["hosts"] = Json::array({registered_domain(host) == host ? "app." + host : host});
  for (auto& one : body["hosts"]) one = named_host(one);
  return {"acme", body};
}

Json answer(const Json& given, const std::string& name, bool from_resolver) {
  DnsAnswer usual;
  usual.name = name;
  usual.type = "A";
  usual.server = from_resolver ? "resolver" : "ns1.registry.example";
  usual.address = "192.0.2.53:53";
  usual.transport = "udp";
  usual.recursion = from_resolver;
  usual.authoritative = !from_resolver;
  usual.rcode = "NOERROR";
  Json body = over(Json(usual), given);
  if (given.contains("failure") && !given.contains("rcode")) body["rcode"] = "";
  read_failure(body);
  for (const auto* section : {"answer", "authority"}) {
    for (auto& record : body[section]) {
      DnsRecord of_name;
      of_name.name = name;
      of_name.ttl = 300;
      record = over(Json(of_name), record);
    }
  }
  return body;
}

// A host with one address and no CNAME.
ShortForm host(const Json& given, const std::string& subject) {
  DnsHost usual;
  usual.host = given.value("host", host_of(subject));
  usual.chain = {usual.host};
  usual.end = chain_end::kAddresses;
  Json body = over(Json(usual), given);
  if (body["end"] == chain_end::kAddresses && !given.contains("addresses"))
    body["addresses"] = Json::array({"192.0.2.1"});
  for (auto& one : body["answers"]) one = answer(one, usual.host, true);
  return {usual.host, body};
}

// A server with one address, which denies the zone when the zone is lame.
Json name_server(const Json& given, bool lame) {
  const auto short_form = as_object(given, "name");
  NameServer usual;
  usual.name = short_form.at("name").get<std::string>();
  usual.registered_domain = registered_domain(usual.name);
  usual.resolution = chain_end::kAddresses;
  usual.addresses = {{"192.0.2.53", std::string(lame ? server_state::kRefused : server_state::kAuthoritative)}};
  Json body = over(Json(usual), short_form);
  if (body["resolution"] != chain_end::kAddresses && !short_form.contains("addresses"))
    body["addresses"] = Json::array();
  for (auto& address : body["addresses"]) {
    if (!address.contains("address")) address["address"] = "192.0.2.53";
  }
  return body;
}

// A sound zone with two name servers; none when the parent has no delegation.
ShortForm zone(const Json& given, const std::string& subject) {
  DnsZone usual;
  usual.zone = given.value("zone", registered_domain(host_of(subject)));
  usual.parent = usual.zone.substr(usual.zone.find('.') + 1);
  usual.state = zone_state::kSound;
  Json body = over(Json(usual), given);
  const auto state = body["state"].get<std::string>();
  const bool delegated = state == zone_state::kSound || state == zone_state::kPartlyLame || state == zone_state::kLame;
  if (delegated && !given.contains("servers")) body["servers"] = Json::array({"ns1.dns-host.net", "ns2.dns-host.net"});
  for (auto& one : body["servers"]) one = name_server(one, state == zone_state::kLame);
  for (auto& one : body["answers"]) one = answer(one, usual.zone, false);
  for (auto& record : body["mail"]) {
    DnsRecord mail;
    mail.name = usual.zone;
    mail.type = "MX";
    mail.ttl = 300;
    record = over(Json(mail), record);
  }
  return {usual.zone, body};
}

// What the registry tells besides the state.
void fill_by_state(Registration& r) {
  namespace state = registration_state;
  if (r.state == state::kRegistered) r.statuses = {"active"};
  if (r.state == state::kHold) r.statuses = {"client hold"};
  if (r.state == state::kRedemption) r.statuses = {"redemption period", "pending delete"};
  if (r.state == state::kPendingDelete) r.statuses = {"pending delete"};
  if (r.statuses.empty()) return;
  r.registered = "2015-03-01T00:00:00.000Z";
  r.expires = "2027-09-01T00:00:00.000Z";
  r.registrar = "Registrar Inc.";
}

// Registered since 2015, until ten months after the cases' usual time.
ShortForm registration(const Json& given, const std::string& subject) {
  Registration usual;
  usual.domain = given.value("domain", registered_domain(host_of(subject)));
  usual.protocol = "rdap";
  usual.server = "https://rdap.registry.example/";
  usual.state = given.value("state", std::string(registration_state::kRegistered));
  fill_by_state(usual);
  Json body = over(Json(usual), given);
  read_failure(body);
  return {usual.domain, body};
}

}  // namespace

std::optional<ShortForm> dns_form(std::string_view kind, const Json& given, const std::string& subject) {
  if (kind == kind::kHosts) return hosts(given, subject);
  if (kind == kind::kDnsHost) return host(given, subject);
  if (kind == kind::kDnsZone) return zone(given, subject);
  if (kind == kind::kRegistration) return registration(given, subject);
  return std::nullopt;
}

}  // namespace assay::judge_test

#include "scan/inventory.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/domain.h"
#include "base/url.h"
#include "model/exchange.h"
#include "source/page_links.h"

namespace assay::scan {

namespace {

// One host is seldom named in more places than are worth showing.
constexpr std::size_t kMaxMentions = 5;

class Inventory {
 public:
  explicit Inventory(const Surface& surface) : own_domains_(own_domains(surface)) {
    for (const auto& o : surface.origins) add(o.host, host_source::kDescriptor, o.named_by);
    for (const auto& m : surface.mentions) add(m.host, host_source::kDescriptor, m.pointer);
    if (const auto source = parse_url(surface.source)) add(source->host, host_source::kDescriptor, "");
  }

  void add(const std::string& host, std::string_view source, const std::string& where) {
    if (host.empty() || host.front() == '[' || parse_ipv4_number(host) || host.find('.') == std::string::npos) return;
    auto& entry = hosts_[host];
    if (entry.host.empty()) entry = describe(host);
    const auto known = std::ranges::any_of(
        entry.named_by, [&](const HostMention& m) { return m.source == source && m.where == where; });
    if (!known && entry.named_by.size() < kMaxMentions) entry.named_by.push_back({std::string(source), where});
  }

  HostInventory take() {
    HostInventory inventory;
    for (auto& [name, host] : hosts_) inventory.hosts.push_back(std::move(host));
    std::ranges::sort(inventory.hosts, {}, [](const NamedHost& h) { return std::pair(rank(h), h.host); });
    if (inventory.hosts.size() > kMaxHosts) {
      inventory.left_out = inventory.hosts.size() - kMaxHosts;
      inventory.hosts.resize(kMaxHosts);
    }
    std::ranges::sort(inventory.hosts, {}, &NamedHost::host);
    return inventory;
  }

 private:
  NamedHost describe(const std::string& host) const {
    const auto parts = split_domain(host);
    NamedHost named;
    named.host = host;
    named.registrable_domain = parts.registrable_domain;
    named.registered_domain = registered_domain(host);
    const bool own = own_domains_.contains(parts.registrable_domain);
    named.host_class =
        !own ? host_class::kThirdParty : (parts.suffix_is_private ? host_class::kProvider : host_class::kOwn);
    return named;
  }

  static int rank(const NamedHost& h) {
    if (h.host_class != host_class::kThirdParty) return 0;
    const auto runs = [](const HostMention& m) { return m.source == host_source::kScript; };
    return std::ranges::any_of(h.named_by, runs) ? 1 : 2;
  }

  std::set<std::string> own_domains_;
  std::map<std::string, NamedHost> hosts_;
};

void read_response(Inventory& inventory, const HttpExchange& seen, const std::string& id) {
  const auto& response = *seen.response;
  const auto url = parse_url(seen.request.url);
  if (!url) return;
  if (response.status >= 300 && response.status < 400)
    if (const auto location = field_value(response.fields, "location"))
      if (const auto target = resolve_url(*url, *location)) inventory.add(target->host, host_source::kRedirect, id);
  for (const auto name : {"content-security-policy", "content-security-policy-report-only"})
    for (const auto& policy : field_values(response.fields, name))
      for (const auto& host : source::hosts_of_csp(policy)) inventory.add(host, host_source::kCsp, id);
  const auto type = field_value(response.fields, "content-type").value_or("");
  if (!type.starts_with("text/html") && !type.starts_with("application/xhtml")) return;
  for (const auto& link : source::links_of_page(response.body, *url))
    inventory.add(link.url.host, link.runs ? host_source::kScript : host_source::kLink, id);
}

}  // namespace

std::set<std::string> own_domains(const Surface& surface) {
  std::set<std::string> domains;
  for (const auto& o : surface.origins)
    if (o.own && !o.registrable_domain.empty()) domains.insert(o.registrable_domain);
  return domains;
}

HostInventory gather_hosts(const Surface& surface, const std::vector<Evidence>& evidence) {
  Inventory inventory(surface);
  std::set<std::string> own_origins;
  for (const auto& o : surface.origins)
    if (o.own) own_origins.insert(o.origin);
  for (const auto& e : evidence) {
    if (!e.kind.starts_with("http.")) continue;
    const auto exchange = decode_json<HttpExchange>(e.body, e.id);
    if (exchange && exchange->response && own_origins.contains(exchange->origin))
      read_response(inventory, *exchange, e.id);
  }
  return inventory.take();
}

}  // namespace assay::scan

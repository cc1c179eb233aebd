#include "scan/domains.h"

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/domain.h"
#include "model/bucket.h"
#include "model/evidence_view.h"
#include "net/dns/probe.h"
#include "net/dns/takeover.h"
#include "net/registration/probe.h"
#include "scan/inventory.h"

namespace assay::scan {

namespace {

// Of one scan; what is further limited (per server, per address) the gate decides.
constexpr std::size_t kNamesAtOnce = 8;

// Why a domain is looked at, which decides how far.
enum class Interest {
  depends,  // a third party's, or one that a record of the app leads to: it must exist
  own,      // the app's: the registry is asked as well
};

class DomainProbes {
 public:
  DomainProbes(const Worker& worker, net::ScanContext& context, net::http::Client& client, const Plan& plan)
      : worker_(worker), context_(context), client_(client), plan_(plan) {}

  net::Task<void> run(HostInventory inventory) {
    inventory_ = std::move(inventory);
    for (const auto& named : inventory_.hosts) {
      const bool own = named.host_class != host_class::kThirdParty;
      if (own) hosts_.push_back(named.host);
      // The registered domain of a provider's host is the provider's.
      if (named.host_class != host_class::kProvider)
        want_domain(named.registered_domain, own ? Interest::own : Interest::depends);
    }
    if (plan_.dns || plan_.takeover) {
      co_await for_each(hosts_.size(), &DomainProbes::look_up_host);
      co_await look_at_zones();
    }
    if (plan_.registration) {
      std::erase_if(domains_, [this](const auto& entry) { return !needs_registry(entry.first, entry.second); });
      for (const auto& [domain, interest] : domains_) asked_.push_back(domain);
      co_await for_each(asked_.size(), &DomainProbes::ask_registry);
    }
    if (plan_.takeover) co_await for_each(found_.size(), &DomainProbes::ask_provider);
  }

 private:
  using Step = net::Task<void> (DomainProbes::*)(std::size_t);

  net::Task<void> for_each(std::size_t count, Step step) {
    auto one = [this, step](std::size_t i) { return (this->*step)(i); };
    std::function<net::Task<void>(std::size_t)> make = one;
    return net::for_each_limited(worker_.loop, count, kNamesAtOnce, std::move(make));
  }

  void want_domain(const std::string& domain, Interest interest) {
    if (domain.empty()) return;
    auto& known = domains_.try_emplace(domain, interest).first->second;
    known = std::max(known, interest);
  }

  void want_mail_targets(const std::vector<DnsRecord>& records) {
    for (const auto& record : records)
      for (const auto& target : mail_targets(record)) want_domain(registered_domain(target), Interest::depends);
  }

  net::Task<void> look_up_host(std::size_t i) {
    auto host = co_await net::dns::probe_host(worker_.dns, context_, hosts_[i]);
    for (const auto& link : host.chain) want_domain(registered_domain(link), Interest::depends);
    for (const auto& answer : host.answers) want_mail_targets(answer.answer);
    found_.push_back(std::move(host));
  }

  // First the zones of the app's own hosts, down to the last cut, then the domains that these and the hosts lead to.
  net::Task<void> look_at_zones() {
    std::map<std::string, std::vector<std::string>> of_domain;
    for (const auto& named : inventory_.hosts)
      if (named.host_class == host_class::kOwn) of_domain[named.registered_domain].push_back(named.host);
    for (auto& [domain, hosts] : of_domain) own_hosts_.push_back(std::move(hosts));
    co_await for_each(own_hosts_.size(), &DomainProbes::look_at_own_zones);
    for (const auto& [domain, interest] : domains_)
      if (!zones_.contains(domain)) further_.push_back(domain);
    co_await for_each(further_.size(), &DomainProbes::look_at_domain);
  }

  net::Task<void> look_at_own_zones(std::size_t i) {
    const auto zones = co_await net::dns::probe_zones(worker_.dns, context_, own_hosts_[i]);
    for (const auto& zone : zones) {
      zones_[zone.zone] = zone.state;
      for (const auto& server : zone.servers) want_domain(server.registered_domain, Interest::depends);
      want_mail_targets(zone.mail);
    }
  }

  net::Task<void> look_at_domain(std::size_t i) {
    const auto zone = co_await net::dns::probe_zone(worker_.dns, context_, further_[i]);
    zones_[zone.zone] = zone.state;
  }

  // A delegated domain is registered; of the app's own the registry also knows until when.
  bool needs_registry(const std::string& domain, Interest interest) const {
    return interest == Interest::own || parent_says(domain) != "delegated";
  }

  std::string parent_says(const std::string& domain) const {
    const auto at = zones_.find(domain);
    if (at == zones_.end() || at->second == zone_state::kUnknown) return "";
    if (at->second == zone_state::kAbsent) return "nxdomain";
    return at->second == zone_state::kUndelegated ? "nodata" : "delegated";
  }

  net::Task<void> ask_registry(std::size_t i) {
    co_await net::registration::look_up(worker_.registry, context_, asked_[i], parent_says(asked_[i]));
  }

  net::Task<void> ask_provider(std::size_t i) {
    return net::dns::probe_takeover(client_, context_, found_[i], *worker_.catalog.takeover(), worker_.controls);
  }

  const Worker& worker_;
  net::ScanContext& context_;
  net::http::Client& client_;
  const Plan& plan_;
  HostInventory inventory_;
  std::vector<std::string> hosts_;                   // own and provider-hosted
  std::vector<std::vector<std::string>> own_hosts_;  // of these the former, by registered domain
  std::vector<DnsHost> found_;
  std::map<std::string, Interest> domains_;
  std::map<std::string, std::string> zones_;  // zone → its state
  std::vector<std::string> further_;
  std::vector<std::string> asked_;  // in a registry
};

}  // namespace

net::Task<void> probe_domains(const Worker& worker, net::ScanContext& context, net::http::Client& client,
                              const Plan& plan, const Surface& surface, const std::vector<Evidence>& evidence) {
  auto inventory = gather_hosts(surface, evidence);
  context.record(make_evidence(kind::kHosts, surface.app_key, now(), "hosts", Json(inventory)));
  DomainProbes probes(worker, context, client, plan);
  co_await probes.run(std::move(inventory));
}

net::Task<void> probe_buckets(net::ScanContext& context, net::http::Client& client, const EvidenceSet& seen) {
  const auto buckets = named_buckets(seen);
  for (const auto& named : buckets) {
    Bucket bucket = named.bucket;
    co_await net::dns::probe_bucket(client, context, std::move(bucket));
  }
}

}  // namespace assay::scan

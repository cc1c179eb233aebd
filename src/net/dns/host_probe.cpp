#include <algorithm>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/domain.h"
#include "model/evidence.h"
#include "net/dns/authority.h"
#include "net/dns/chain.h"
#include "net/dns/probe.h"

namespace assay::net::dns {

namespace {

// Where a name that nobody has registered cannot have an address: the zone has no wildcard.
constexpr std::string_view kControlZone = "com";

constexpr std::string_view kHttpsService = "_443._tcp.";  // RFC 6698 §3
constexpr int kNamesUp = 8;                               // that are asked for CAA records, the host's own the first

class HostProbe {
 public:
  HostProbe(Client& client, ScanContext& scan, std::string host) : client_(client), scan_(scan) {
    seen_.host = std::move(host);
  }
  Task<DnsHost> run();

 private:
  Task<void> ask_other_types();
  Task<void> ask_issuers();
  Task<void> confirm_nxdomain();
  Task<void> look_for_wildcard();
  Task<void> look_for_rewriting();
  bool same_place(const DnsAnswer& sibling_answer, const std::string& sibling) const;

  Client& client_;
  ScanContext& scan_;
  DnsHost seen_;
  std::vector<Answer> answers_;
};

Task<DnsHost> HostProbe::run() {
  auto chain = co_await follow_chain(client_, scan_, seen_.host);
  seen_.chain = std::move(chain.names);
  seen_.end = std::move(chain.end);
  seen_.addresses = std::move(chain.addresses);
  answers_ = std::move(chain.answers);
  co_await ask_other_types();
  if (seen_.end == chain_end::kNxdomain) co_await confirm_nxdomain();
  co_await look_for_wildcard();
  co_await look_for_rewriting();
  for (const auto& answer : answers_) seen_.answers.push_back(*answer);
  co_return std::move(seen_);
}

// Nothing to ask for where there is no such name, its zone fails, or nobody answers.
Task<void> HostProbe::ask_other_types() {
  const bool absent = seen_.end == chain_end::kNxdomain && seen_.chain.size() == 1;
  if (absent || seen_.end == chain_end::kServfail || seen_.end == chain_end::kUnknown) co_return;
  for (const auto type : {Type::mx, Type::txt}) {
    auto answer = co_await client_.ask_resolver(scan_, seen_.host, type);
    answers_.push_back(std::move(answer));
  }
  co_await ask_issuers();
  // RFC 7671 §7: where the addresses are not signed, nobody uses TLSA.
  if (seen_.addresses.empty() || !answers_.front()->authenticated) co_return;
  auto pinned = co_await client_.ask_resolver(scan_, std::string(kHttpsService) + seen_.host, Type::tlsa);
  answers_.push_back(std::move(pinned));
}

// RFC 8659 §3: the CAA records of the host count, or else those of the closest name above that has some. Registries
// have none for what others registered.
Task<void> HostProbe::ask_issuers() {
  const auto top = registered_domain(seen_.host);
  auto name = seen_.host;
  for (int up = 0; up < kNamesUp; ++up) {
    auto answer = co_await client_.ask_resolver(scan_, name, Type::caa);
    const bool found = std::ranges::any_of(answer->answer, [](const DnsRecord& r) { return r.type == "CAA"; });
    const bool failed = answer->rcode != "NOERROR" && answer->rcode != "NXDOMAIN";
    answers_.push_back(std::move(answer));
    if (found || failed || name == top || name == ".") co_return;
    name = std::string(parent_name(name));
  }
}

// RFC 2308 §2.1: an NXDOMAIN that counts has AA and the SOA of the zone that the name is missing from.
Task<void> HostProbe::confirm_nxdomain() {
  const auto& name = seen_.chain.back();
  std::string zone;
  for (const auto& answer : answers_)
    if (zone.empty() && answer->rcode == "NXDOMAIN") zone = zone_by_soa(*answer, name);
  if (zone.empty()) zone = co_await enclosing_zone(client_, scan_, name);
  if (zone.empty()) co_return;
  const auto denies = [&name](const DnsAnswer& a) {
    return a.authoritative && a.rcode == "NXDOMAIN" && std::ranges::any_of(a.authority, [&](const DnsRecord& r) {
             return r.type == "SOA" && is_within(name, r.name);
           });
  };
  std::function<bool(const DnsAnswer&)> decides = [denies](const DnsAnswer& a) {
    return denies(a) || (a.authoritative && a.rcode == "NOERROR");
  };
  const auto word = co_await ask_zone(client_, scan_, zone, name, Type::a, std::move(decides), answers_);
  if (word) seen_.nxdomain_confirmed = denies(*word->answer);
}

Task<void> HostProbe::look_for_wildcard() {
  const auto above = std::string(parent_name(seen_.host));
  if (above == "." || (seen_.chain.size() == 1 && seen_.addresses.empty())) co_return;
  const auto sibling = client_.random_label() + '.' + above;
  auto answer = co_await client_.ask_resolver(scan_, sibling, Type::a);
  seen_.wildcard = same_place(*answer, sibling);
  answers_.push_back(std::move(answer));
}

bool HostProbe::same_place(const DnsAnswer& sibling_answer, const std::string& sibling) const {
  std::vector<std::string> names{sibling};
  walk_links(sibling_answer.answer, names);
  if (seen_.chain.size() > 1) {
    // A resolver that fails behind the first link still shows that link.
    return names.size() > 1 && names[1] == seen_.chain[1];
  }
  return std::ranges::any_of(data_of(sibling_answer.answer, names.back(), "A"), [&](const std::string& address) {
    return std::ranges::find(seen_.addresses, address) != seen_.addresses.end();
  });
}

Task<void> HostProbe::look_for_rewriting() {
  if (seen_.end == chain_end::kUnknown) co_return;
  auto answer = co_await client_.ask_resolver(scan_, client_.random_label() + '.' + std::string(kControlZone), Type::a);
  seen_.resolver_rewrites = std::ranges::any_of(answer->answer, [](const DnsRecord& r) { return r.type == "A"; });
  if (seen_.resolver_rewrites) answers_.push_back(std::move(answer));
}

}  // namespace

Task<DnsHost> probe_host(Client& client, ScanContext& scan, std::string host) {
  const auto at = now();
  HostProbe probe(client, scan, std::move(host));
  auto seen = co_await probe.run();
  scan.record(make_evidence(kind::kDnsHost, seen.host, at, "dns", Json(seen)));
  co_return seen;
}

}  // namespace assay::net::dns

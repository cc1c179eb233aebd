#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/domain.h"
#include "model/evidence.h"
#include "net/dns/authority.h"
#include "net/dns/chain.h"
#include "net/dns/probe.h"
#include "net/loop.h"

namespace assay::net::dns {

namespace {

constexpr std::size_t kServerNames = 16;      // of one zone; more are left unasked, and the zone is then never lame
constexpr std::size_t kServerAddresses = 8;   // of one name server
constexpr std::size_t kServersAtOnce = 4;     // resolved
constexpr std::size_t kAddressesAtOnce = 16;  // asked
constexpr std::size_t kLabelsDown = 8;        // how far below the registered domain zone cuts are looked for

bool has(const std::vector<DnsRecord>& records, std::string_view name, std::string_view type) {
  return std::ranges::any_of(records, [&](const DnsRecord& r) { return r.name == name && r.type == type; });
}

// A server of the zone above says where `zone` is, or that it is not.
bool speaks_of(const DnsAnswer& a, const std::string& zone) {
  if (a.rcode == "NXDOMAIN") return a.authoritative;
  return a.rcode == "NOERROR" && (a.authoritative || has(a.authority, zone, "NS"));
}

std::string_view state_of_answer(const DnsAnswer& a, const std::string& zone) {
  if (a.failure) {
    if (a.failure->code == to_string(ErrorCode::egress_refused)) return server_state::kForbidden;
    if (a.failure->code == to_string(ErrorCode::unsupported)) return server_state::kUnreachable;
    return server_state::kSilent;
  }
  if (a.rcode == "REFUSED" || a.rcode == "NOTAUTH") return server_state::kRefused;
  if (a.rcode == "SERVFAIL") return server_state::kServfail;
  if (a.rcode != "NOERROR" && a.rcode != "NXDOMAIN") return server_state::kUnclear;
  if (!a.authoritative) return server_state::kReferral;
  return has(a.answer, zone, "SOA") ? server_state::kAuthoritative : server_state::kDenied;
}

bool denies(std::string_view state) {
  return state == server_state::kRefused || state == server_state::kServfail || state == server_state::kReferral ||
         state == server_state::kDenied;
}

// Whether a name server leaves open what it would say: an address of it may serve the zone and did not tell.
bool leaves_open(const NameServer& server) {
  const auto is = [&](std::string_view state) {
    return std::ranges::any_of(server.addresses, [&](const auto& a) { return a.state == state; });
  };
  if (is(server_state::kSilent) || is(server_state::kUnclear) || is(server_state::kForbidden)) return true;
  if (server.addresses.empty())
    return server.resolution != chain_end::kNxdomain && server.resolution != chain_end::kNoData;
  return std::ranges::all_of(server.addresses, [](const auto& a) { return a.state == server_state::kUnreachable; });
}

std::string_view state_of_zone(const std::vector<NameServer>& servers, bool all_asked) {
  std::size_t good = 0, bad = 0;
  for (const auto& server : servers)
    for (const auto& address : server.addresses) {
      good += address.state == server_state::kAuthoritative ? 1 : 0;
      bad += denies(address.state) ? 1 : 0;
    }
  if (good > 0) return bad > 0 ? zone_state::kPartlyLame : zone_state::kSound;
  const bool open = !all_asked || std::ranges::any_of(servers, leaves_open);
  return bad > 0 && !open ? zone_state::kLame : zone_state::kUnknown;
}

class ZoneProbe {
 public:
  ZoneProbe(Client& client, ScanContext& scan, std::string zone) : client_(client), scan_(scan) {
    seen_.zone = std::move(zone);
    seen_.state = zone_state::kUnknown;
  }
  Task<DnsZone> run();

 private:
  Task<void> ask_parent();
  Task<void> ask_servers();
  Task<void> find_addresses(std::size_t index);
  Task<void> ask_address(const NameServer& server, NameServerAddress& place, Answer& said);
  Task<void> ask_mail();
  void take_delegation(const DnsAnswer& answer);

  Client& client_;
  ScanContext& scan_;
  DnsZone seen_;
  std::vector<DnsRecord> glue_;
  bool all_asked_ = true;
  std::vector<Answer> answers_;
  std::vector<std::vector<Answer>> server_answers_;  // in the order of seen_.servers
};

Task<DnsZone> ZoneProbe::run() {
  co_await ask_parent();
  co_await ask_servers();
  if (!seen_.servers.empty()) seen_.state = state_of_zone(seen_.servers, all_asked_);
  if (seen_.state == zone_state::kSound || seen_.state == zone_state::kPartlyLame) co_await ask_mail();
  for (const auto& answer : answers_) seen_.answers.push_back(*answer);
  for (const auto& answers : server_answers_)
    for (const auto& answer : answers) seen_.answers.push_back(*answer);
  co_return std::move(seen_);
}

// The resolver is no help here: of a lame zone it has no NS set to show.
Task<void> ZoneProbe::ask_parent() {
  seen_.parent = co_await enclosing_zone(client_, scan_, std::string(parent_name(seen_.zone)));
  if (seen_.parent.empty()) co_return;
  const auto& zone = seen_.zone;
  std::function<bool(const DnsAnswer&)> says = [&zone](const DnsAnswer& a) { return speaks_of(a, zone); };
  const auto word = co_await ask_zone(client_, scan_, seen_.parent, zone, Type::ns, std::move(says), answers_);
  if (!word) co_return;
  take_delegation(*word->answer);
  if (seen_.servers.empty()) co_return;
  auto signature = co_await client_.ask_server(scan_, word->server, zone, Type::ds);
  seen_.delegation_signed = has(signature->answer, zone, "DS");
  answers_.push_back(std::move(signature));
}

void ZoneProbe::take_delegation(const DnsAnswer& answer) {
  if (answer.rcode == "NXDOMAIN") {
    seen_.state = zone_state::kAbsent;
    return;
  }
  // A server that serves both zones answers for the lower one.
  auto names = data_of(answer.authority, seen_.zone, "NS");
  if (names.empty()) names = data_of(answer.answer, seen_.zone, "NS");
  if (names.empty()) {
    seen_.state = zone_state::kUndelegated;
    return;
  }
  std::ranges::sort(names);
  const auto repeats = std::ranges::unique(names);
  names.erase(repeats.begin(), repeats.end());
  all_asked_ = names.size() <= kServerNames && answer.left_out == 0;
  if (names.size() > kServerNames) names.resize(kServerNames);
  for (auto& name : names) {
    NameServer server;
    server.registered_domain = registered_domain(name);
    server.name = std::move(name);
    seen_.servers.push_back(std::move(server));
  }
  glue_ = answer.additional;
}

// The addresses of one name server, those that the parent gives along (glue) included: of a name inside a lame zone the
// resolver knows none.
Task<void> ZoneProbe::find_addresses(std::size_t index) {
  auto& server = seen_.servers[index];
  auto where = co_await follow_chain(client_, scan_, server.name);
  server.resolution = where.end;
  if (where.end != chain_end::kAddresses) server_answers_[index] = std::move(where.answers);
  auto addresses = std::move(where.addresses);
  for (const auto* type : {"A", "AAAA"})
    for (auto& address : data_of(glue_, server.name, type))
      if (std::ranges::find(addresses, address) == addresses.end()) addresses.push_back(std::move(address));
  if (addresses.size() > kServerAddresses) {
    all_asked_ = false;
    addresses.resize(kServerAddresses);
  }
  for (auto& text : addresses) server.addresses.push_back({.address = std::move(text), .state = {}});
}

Task<void> ZoneProbe::ask_address(const NameServer& server, NameServerAddress& place, Answer& said) {
  const auto address = parse_address(place.address);
  if (!address) co_return;
  Server asked{.name = server.name, .address = *address};
  said = co_await client_.ask_server(scan_, std::move(asked), seen_.zone, Type::soa);
  place.state = state_of_answer(*said, seen_.zone);
}

// All name servers, several at once: silent ones take their time.
Task<void> ZoneProbe::ask_servers() {
  auto& loop = client_.gate().loop();
  server_answers_.resize(seen_.servers.size());
  std::function<Task<void>(std::size_t)> find = [this](std::size_t i) { return find_addresses(i); };
  co_await for_each_limited(loop, seen_.servers.size(), kServersAtOnce, std::move(find));
  struct Place {
    std::size_t server = 0;
    NameServerAddress* address = nullptr;
    Answer said;
  };
  std::vector<Place> places;
  for (std::size_t i = 0; i < seen_.servers.size(); ++i)
    for (auto& address : seen_.servers[i].addresses) places.push_back({.server = i, .address = &address, .said = {}});
  std::function<Task<void>(std::size_t)> ask = [&](std::size_t i) {
    return ask_address(seen_.servers[places[i].server], *places[i].address, places[i].said);
  };
  co_await for_each_limited(loop, places.size(), kAddressesAtOnce, std::move(ask));
  for (auto& place : places)
    if (place.said) server_answers_[place.server].push_back(std::move(place.said));
}

Task<void> ZoneProbe::ask_mail() {
  for (const auto type : {Type::mx, Type::txt}) {
    auto answer = co_await client_.ask_resolver(scan_, seen_.zone, type);
    for (const auto& r : answer->answer)
      if (r.name == seen_.zone && !mail_targets(r).empty()) seen_.mail.push_back(r);
    answers_.push_back(std::move(answer));
  }
}

void record(ScanContext& scan, const DnsZone& seen, Time at) {
  scan.record(make_evidence(kind::kDnsZone, seen.zone, at, "dns", Json(seen)));
}

// Whether `name`, below a zone that works, may be a zone of its own: the resolver shows its SOA, or fails on it.
enum class Cut { no, maybe, nothing_below };
Task<Cut> look_for_cut(Client& client, ScanContext& scan, std::string name) {
  const auto answer = co_await client.ask_resolver(scan, name, Type::soa);
  if (answer->rcode == "NXDOMAIN") co_return Cut::nothing_below;
  if (answer->rcode != "NOERROR") co_return Cut::maybe;
  co_return has(answer->answer, name, "SOA") ? Cut::maybe : Cut::no;
}

// The names from `domain` down to `host`.
std::vector<std::string> names_down(const std::string& host, const std::string& domain) {
  std::vector<std::string> names{host};
  while (names.back() != domain && names.back() != ".") names.emplace_back(parent_name(names.back()));
  std::ranges::reverse(names);
  if (names.size() > kLabelsDown) names.resize(kLabelsDown);
  return names;
}

bool works(const DnsZone& zone) {
  return zone.state == zone_state::kSound || zone.state == zone_state::kPartlyLame;
}

}  // namespace

Task<DnsZone> probe_zone(Client& client, ScanContext& scan, std::string zone) {
  const auto at = now();
  ZoneProbe probe(client, scan, std::move(zone));
  auto seen = co_await probe.run();
  record(scan, seen, at);
  co_return seen;
}

Task<std::vector<DnsZone>> probe_zones(Client& client, ScanContext& scan, std::vector<std::string> hosts) {
  std::vector<DnsZone> zones;
  std::map<std::string, bool> seen;  // name → whether to look below it
  for (const auto& host : hosts) {
    const auto domain = registered_domain(host);
    if (domain.empty()) continue;
    for (const auto& name : names_down(host, domain)) {
      const auto known = seen.find(name);
      if (known != seen.end() && known->second) continue;
      if (known != seen.end()) break;
      const auto at = now();
      auto cut = Cut::maybe;
      if (name != domain) cut = co_await look_for_cut(client, scan, name);
      seen[name] = cut != Cut::nothing_below;
      if (cut == Cut::nothing_below) break;
      if (cut == Cut::no) continue;
      ZoneProbe probe(client, scan, name);
      auto zone = co_await probe.run();
      // The resolver failed on a name that is no zone of its own.
      if (name != domain && zone.state == zone_state::kUndelegated) continue;
      record(scan, zone, at);
      seen[name] = works(zone);
      zones.push_back(std::move(zone));
      if (!works(zones.back())) break;
    }
  }
  co_return zones;
}

}  // namespace assay::net::dns

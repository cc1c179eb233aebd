#include "net/dns/authority.h"

#include <algorithm>
#include <utility>

#include "base/bytes.h"
#include "net/dns/chain.h"

namespace assay::net::dns {

std::string zone_by_soa(const DnsAnswer& answer, std::string_view name) {
  for (const auto* section : {&answer.answer, &answer.authority})
    for (const auto& r : *section)
      if (r.type == "SOA" && is_within(name, r.name)) return r.name;
  return {};
}

Task<std::string> enclosing_zone(Client& client, ScanContext& scan, std::string name) {
  for (;;) {
    const auto answer = co_await client.ask_resolver(scan, name, Type::soa);
    if (answer->rcode != "NOERROR" && answer->rcode != "NXDOMAIN") co_return std::string();
    if (auto zone = zone_by_soa(*answer, name); !zone.empty()) co_return zone;
    if (name == ".") co_return std::string();
    name = std::string(parent_name(name));
  }
}

Task<std::optional<OwnWord>> ask_zone(Client& client, ScanContext& scan, std::string zone, std::string name, Type type,
                                      std::function<bool(const DnsAnswer&)> says, std::vector<Answer>& asked) {
  const auto delegation = co_await client.ask_resolver(scan, zone, Type::ns);
  auto names = data_of(delegation->answer, zone, "NS");
  if (names.empty()) co_return std::nullopt;
  // Every scan begins elsewhere, so that no server of a large zone gets all of the questions.
  std::ranges::sort(names);
  std::ranges::rotate(names, names.begin() + random_bytes(1).front() % static_cast<int>(names.size()));
  int tried = 0;
  for (const auto& server_name : names) {
    const auto where = co_await follow_chain(client, scan, server_name);
    for (const auto& text : where.addresses) {
      const auto address = parse_address(text);
      if (!address) continue;
      if (++tried > kServersTried) co_return std::nullopt;
      Server server{.name = server_name, .address = *address};
      auto answer = co_await client.ask_server(scan, server, name, type);
      asked.push_back(answer);
      if (says(*answer)) co_return OwnWord{std::move(server), std::move(answer)};
    }
  }
  co_return std::nullopt;
}

}  // namespace assay::net::dns

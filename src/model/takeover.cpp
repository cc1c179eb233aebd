#include "model/takeover.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <functional>

#include "base/ascii.h"
#include "base/domain.h"
#include "base/text.h"

namespace assay {

namespace {

std::string normal_address(std::string_view text) {
  std::array<std::uint8_t, 16> bytes{};
  std::array<char, INET6_ADDRSTRLEN> out{};
  const int family = text.find(':') == std::string_view::npos ? AF_INET : AF_INET6;
  if (inet_pton(family, std::string(text).c_str(), bytes.data()) != 1) return std::string(text);
  inet_ntop(family, bytes.data(), out.data(), out.size());
  return out.data();
}

// IPv4 only: elastic addresses are.
bool in_network(std::string_view address, std::string_view network) {
  const auto slash = network.find('/');
  in_addr base{};
  in_addr one{};
  int bits = 32;
  if (slash != std::string_view::npos)
    std::from_chars(network.data() + slash + 1, network.data() + network.size(), bits);
  if (inet_pton(AF_INET, std::string(network.substr(0, slash)).c_str(), &base) != 1) return false;
  if (inet_pton(AF_INET, std::string(address).c_str(), &one) != 1 || bits < 1 || bits > 32) return false;
  return ((ntohl(base.s_addr) ^ ntohl(one.s_addr)) >> static_cast<unsigned>(32 - bits)) == 0;
}

bool matches_whole(std::string_view name, std::string_view pattern) {
  if (pattern.empty()) return name.empty();
  if (pattern.front() != '#' && pattern.front() != '*')
    return !name.empty() && name.front() == pattern.front() && matches_whole(name.substr(1), pattern.substr(1));
  for (std::size_t n = 1; n <= name.size(); ++n) {
    const char c = name[n - 1];
    if (pattern.front() == '#' ? !is_digit(c) : c == '.') return false;
    if (matches_whole(name.substr(n), pattern.substr(1))) return true;
  }
  return false;
}

}  // namespace

std::string_view to_string(Claim c) {
  switch (c) {
    case Claim::claimable:
      return "claimable";
    case Claim::edge:
      return "edge";
    case Claim::not_claimable:
      break;
  }
  return "not-claimable";
}

std::optional<Claim> claim_from_string(std::string_view s) {
  for (const auto c : {Claim::not_claimable, Claim::edge, Claim::claimable})
    if (to_string(c) == s) return c;
  return std::nullopt;
}

bool TakeoverPage::shown_by(const HttpResponseRecord& response) const {
  const auto holds = [&](const std::string& text) { return response.body.find(text) != std::string::npos; };
  const auto field_holds = [&](const HttpField& wanted) {
    return std::ranges::any_of(field_values(response.fields, wanted.name),
                               [&](const std::string& value) { return value.find(wanted.value) != std::string::npos; });
  };
  if (status && *status != response.status) return false;
  return std::ranges::all_of(all, holds) && (any.empty() || std::ranges::any_of(any, holds)) &&
         std::ranges::none_of(none, holds) && std::ranges::all_of(fields, field_holds);
}

bool matches_name_pattern(std::string_view name, std::string_view pattern) {
  if (!pattern.starts_with('.')) return matches_whole(name, pattern);
  return is_under(name, pattern.substr(1));
}

TakeoverFacts::TakeoverFacts(std::vector<TakeoverService> services, std::vector<NameServerProvider> name_servers,
                             std::vector<Parking> parking, std::vector<ElasticRange> elastic)
    : services_(std::move(services)),
      name_servers_(std::move(name_servers)),
      parking_(std::move(parking)),
      elastic_(std::move(elastic)) {
  for (std::size_t i = 0; i < services_.size(); ++i) {
    for (const auto& suffix : services_[i].suffixes) {
      const auto star = suffix.rfind('*');
      Suffix entry{.before = {}, .service = i};
      std::string key = suffix;
      if (star != std::string::npos) {
        key = suffix.substr(star + 2);
        for (const auto label : split(suffix.substr(0, star + 1), '.')) entry.before.emplace_back(label);
        std::ranges::reverse(entry.before);
      }
      suffixes_[key].push_back(std::move(entry));
    }
    for (const auto& address : services_[i].addresses) addresses_.emplace(normal_address(address), i);
  }
}

const TakeoverService* TakeoverFacts::match(std::string_view host) const {
  std::vector<std::size_t> starts{0};  // of each label
  for (std::size_t at = host.find('.'); at != std::string_view::npos; at = host.find('.', at + 1))
    starts.push_back(at + 1);
  const auto label = [&](std::size_t n) {
    const auto end = n + 1 < starts.size() ? starts[n + 1] - 1 : host.size();
    return host.substr(starts[n], end - starts[n]);
  };
  const TakeoverService* best = nullptr;
  std::size_t best_start = starts.size();  // number of labels before the suffix
  for (std::size_t first = 0; first < starts.size(); ++first) {
    const auto found = suffixes_.find(host.substr(starts[first]));
    if (found == suffixes_.end()) continue;
    for (const auto& suffix : found->second) {
      if (suffix.before.size() > first || first - suffix.before.size() >= best_start) continue;
      bool same = true;
      for (std::size_t i = 0; i < suffix.before.size(); ++i)
        same = same && (suffix.before[i] == "*" || suffix.before[i] == label(first - 1 - i));
      const auto& service = services_[suffix.service];
      const auto labels = first - suffix.before.size();
      if (!same || (service.labels && *service.labels != labels)) continue;
      best_start = labels;
      best = &service;
    }
  }
  return best;
}

const TakeoverService* TakeoverFacts::match_address(std::string_view address) const {
  const auto found = addresses_.find(normal_address(address));
  return found == addresses_.end() ? nullptr : &services_[found->second];
}

TakeoverFacts::Bound TakeoverFacts::bound_service(const DnsHost& host) const {
  const auto tells = [](const TakeoverService* s) {
    return s != nullptr && s->claim != Claim::not_claimable && !s->pages.empty();
  };
  if (host.end != chain_end::kAddresses) return {};
  for (const auto& name : host.chain)
    if (const auto* service = match(name); tells(service)) return {service, name};
  for (const auto& address : host.addresses)
    if (const auto* service = match_address(address); tells(service)) return {service, address};
  return {};
}

const NameServerProvider* TakeoverFacts::match_name_server(std::string_view name) const {
  for (const auto& provider : name_servers_)
    for (const auto& pattern : provider.patterns)
      if (matches_name_pattern(name, pattern)) return &provider;
  return nullptr;
}

const Parking* TakeoverFacts::parked_at(std::string_view name_server) const {
  for (const auto& parking : parking_)
    for (const auto& pattern : parking.name_servers)
      if (matches_name_pattern(name_server, pattern)) return &parking;
  return nullptr;
}

const ElasticRange* TakeoverFacts::elastic(std::string_view address) const {
  for (const auto& range : elastic_)
    for (const auto& network : range.networks)
      if (in_network(address, network)) return &range;
  return nullptr;
}

}  // namespace assay

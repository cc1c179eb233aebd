#include "net/address.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <vector>

#include "base/text.h"

namespace assay::net {

namespace {

// The networks that no scan may reach. Sources: the IANA special-purpose address registries for IPv4 and IPv6 (RFC 6890
// and the RFCs named), the registries of multicast and global unicast space, and cloud providers' documentation. The
// first match speaks, so that the narrow rows come first.
struct SpecialNetwork {
  std::string_view network;
  std::string_view reason;
};

constexpr SpecialNetwork kSpecial[] = {
    // Cloud metadata and platform services.
    {"168.63.129.16/32", "Azure platform service in public address space"},
    {"169.254.169.254/32", "cloud metadata service"},
    {"169.254.170.2/32", "container credentials service (AWS)"},
    {"169.254.170.23/32", "container credentials service (AWS)"},
    {"100.100.100.200/32", "cloud metadata service (Alibaba)"},
    {"192.0.0.192/32", "cloud metadata service (Oracle)"},
    {"fd00:ec2::254/128", "cloud metadata service (AWS)"},
    {"fd00:ec2::23/128", "container credentials service (AWS)"},
    // IPv4.
    {"0.0.0.0/8", "\"this network\" (RFC 791)"},
    {"10.0.0.0/8", "private use (RFC 1918)"},
    {"100.64.0.0/10", "shared address space of carriers (RFC 6598)"},
    {"127.0.0.0/8", "loopback (RFC 1122)"},
    {"169.254.0.0/16", "link-local (RFC 3927)"},
    {"172.16.0.0/12", "private use (RFC 1918)"},
    {"192.0.0.0/24", "IETF protocol assignments (RFC 6890)"},
    {"192.0.2.0/24", "documentation TEST-NET-1 (RFC 5737)"},
    {"192.31.196.0/24", "AS112 service (RFC 7535)"},
    {"192.52.193.0/24", "automatic multicast tunnelling (RFC 7450)"},
    {"192.88.99.0/24", "6to4 relay anycast (RFC 7526)"},
    {"192.168.0.0/16", "private use (RFC 1918)"},
    {"192.175.48.0/24", "AS112 service (RFC 7534)"},
    {"198.18.0.0/15", "benchmarking (RFC 2544)"},
    {"198.51.100.0/24", "documentation TEST-NET-2 (RFC 5737)"},
    {"203.0.113.0/24", "documentation TEST-NET-3 (RFC 5737)"},
    {"224.0.0.0/4", "multicast (RFC 5771)"},
    {"255.255.255.255/32", "limited broadcast (RFC 919)"},
    {"240.0.0.0/4", "reserved (RFC 1112)"},
    // IPv6.
    {"::/128", "unspecified address (RFC 4291)"},
    {"::1/128", "loopback (RFC 4291)"},
    {"::ffff:0:0/96", "IPv4-mapped address (RFC 4291)"},
    {"::ffff:0:0:0/96", "IPv4-translated address of SIIT (RFC 2765)"},
    {"::/96", "IPv4-compatible address (RFC 4291)"},
    {"64:ff9b::/96", "NAT64 well-known prefix (RFC 6052)"},
    {"64:ff9b:1::/48", "NAT64 local-use prefix (RFC 8215)"},
    {"100::/64", "discard-only (RFC 6666)"},
    {"100:0:0:1::/64", "dummy prefix (RFC 9780)"},
    {"2001::/32", "Teredo (RFC 4380)"},
    {"2001:2::/48", "benchmarking (RFC 5180)"},
    {"2001:10::/28", "ORCHID (RFC 4843)"},
    {"2001:20::/28", "ORCHIDv2 (RFC 7343)"},
    {"2001:30::/28", "drone remote identifiers (RFC 9374)"},
    {"2001::/23", "IETF protocol assignments (RFC 2928)"},
    {"2001:db8::/32", "documentation (RFC 3849)"},
    {"2002::/16", "6to4 (RFC 3056)"},
    {"2620:4f:8000::/48", "AS112 service (RFC 7534)"},
    {"3fff::/20", "documentation (RFC 9637)"},
    {"5f00::/16", "segment routing identifiers (RFC 9602)"},
    {"fc00::/7", "unique local (RFC 4193)"},
    {"fe80::/10", "link-local (RFC 4291)"},
    {"fec0::/10", "site-local, deprecated (RFC 3879)"},
    {"ff00::/8", "multicast (RFC 4291)"},
};

struct ParsedNetwork {
  Cidr network;
  std::string_view reason;
};

const std::vector<ParsedNetwork>& special_networks() {
  static const std::vector<ParsedNetwork> kParsed = [] {
    std::vector<ParsedNetwork> parsed;
    for (const auto& row : kSpecial) {
      if (auto network = parse_cidr(row.network)) parsed.push_back({*network, row.reason});
    }
    return parsed;
  }();
  return kParsed;
}

bool in(const IpAddress& a, std::string_view network) {
  return parse_cidr(network).value_or(Cidr{}).contains(a);
}

// Only addresses of this block are handed out as global unicast (IANA, RFC 4291 §2.4 and its registry).
bool in_global_unicast(const IpAddress& a) {
  return !a.v6 || (a.bytes[0] & 0xE0U) == 0x20U;
}

IpAddress ipv4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d) {
  IpAddress address;
  address.bytes = {a, b, c, d};
  return address;
}

}  // namespace

std::string IpAddress::to_string() const {
  char text[INET6_ADDRSTRLEN] = {};
  inet_ntop(v6 ? AF_INET6 : AF_INET, bytes.data(), text, sizeof text);
  return text;
}

std::optional<IpAddress> parse_address(std::string_view text) {
  const bool bracketed = text.starts_with('[') && text.ends_with(']');
  const std::string inner(bracketed ? text.substr(1, text.size() - 2) : text);
  if (inner.find('\0') != std::string::npos) return std::nullopt;  // would end the text early for inet_pton
  IpAddress address;
  if (!bracketed && inet_pton(AF_INET, inner.c_str(), address.bytes.data()) == 1) return address;
  address.v6 = true;
  if (inet_pton(AF_INET6, inner.c_str(), address.bytes.data()) == 1) return address;
  return std::nullopt;
}

std::string format_endpoint(const IpAddress& a, std::uint16_t port) {
  return a.v6 ? fmt::format("[{}]:{}", a.to_string(), port) : fmt::format("{}:{}", a.to_string(), port);
}

unsigned to_sockaddr(const IpAddress& a, std::uint16_t port, sockaddr_storage& out) {
  out = {};
  if (a.v6) {
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    std::memcpy(&v6.sin6_addr, a.bytes.data(), 16);
    std::memcpy(&out, &v6, sizeof v6);
    return sizeof v6;
  }
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_port = htons(port);
  std::memcpy(&v4.sin_addr, a.bytes.data(), 4);
  std::memcpy(&out, &v4, sizeof v4);
  return sizeof v4;
}

std::optional<std::pair<IpAddress, std::uint16_t>> from_sockaddr(const sockaddr_storage& s) {
  IpAddress address;
  if (s.ss_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &s, sizeof v4);
    std::memcpy(address.bytes.data(), &v4.sin_addr, 4);
    return std::pair{address, ntohs(v4.sin_port)};
  }
  if (s.ss_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &s, sizeof v6);
    address.v6 = true;
    std::memcpy(address.bytes.data(), &v6.sin6_addr, 16);
    return std::pair{address, ntohs(v6.sin6_port)};
  }
  return std::nullopt;
}

bool Cidr::contains(const IpAddress& a) const {
  if (a.v6 != network.v6) return false;
  const unsigned whole = prefix / 8, rest = prefix % 8;
  if (!std::equal(a.bytes.begin(), a.bytes.begin() + whole, network.bytes.begin())) return false;
  if (rest == 0) return true;
  const auto mask = static_cast<std::uint8_t>(0xFFU << (8 - rest));
  return ((a.bytes[whole] ^ network.bytes[whole]) & mask) == 0;
}

std::string Cidr::to_string() const {
  return fmt::format("{}/{}", network.to_string(), prefix);
}

Result<Cidr> parse_cidr(std::string_view text) {
  const auto bad = [&](std::string reason) {
    return fail(ErrorCode::invalid_input, printable(ellipsis(text, 80)), std::move(reason),
                "write an address or a network such as 10.1.0.0/16 or fd00::/8");
  };
  const auto slash = text.find('/');
  const auto address = parse_address(text.substr(0, slash));
  if (!address) return bad("is no IPv4 or IPv6 address");
  const unsigned bits = address->v6 ? 128 : 32;
  Cidr cidr{*address, bits};
  if (slash == std::string_view::npos) return cidr;
  const auto digits = text.substr(slash + 1);
  const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), cidr.prefix);
  if (ec != std::errc{} || end != digits.data() + digits.size() || cidr.prefix > bits)
    return bad(fmt::format("the prefix length is no number from 0 to {}", bits));
  for (unsigned bit = cidr.prefix; bit < bits; ++bit) {
    if ((address->bytes[bit / 8] >> (7 - bit % 8) & 1U) != 0)
      return bad(fmt::format("has bits set behind its prefix of {} bits", cidr.prefix));
  }
  return cidr;
}

std::optional<EmbeddedIpv4> embedded_ipv4(const IpAddress& a) {
  if (!a.v6) return std::nullopt;
  const auto& b = a.bytes;
  const auto last = ipv4(b[12], b[13], b[14], b[15]);
  const auto inverted = [](std::uint8_t x) { return static_cast<std::uint8_t>(x ^ 0xFFU); };
  if (in(a, "::ffff:0:0/96")) return EmbeddedIpv4{"IPv4-mapped", last};
  if (in(a, "::ffff:0:0:0/96")) return EmbeddedIpv4{"SIIT", last};
  if (in(a, "64:ff9b::/96")) return EmbeddedIpv4{"NAT64", last};
  // RFC 6052 §2.2 for a /48: two octets, the reserved octet "u", two octets.
  if (in(a, "64:ff9b:1::/48")) return EmbeddedIpv4{"local NAT64", ipv4(b[6], b[7], b[9], b[10])};
  if (in(a, "2002::/16")) return EmbeddedIpv4{"6to4", ipv4(b[2], b[3], b[4], b[5])};
  // RFC 4380 §4: the client's address with every bit inverted.
  if (in(a, "2001::/32"))
    return EmbeddedIpv4{"Teredo", ipv4(inverted(b[12]), inverted(b[13]), inverted(b[14]), inverted(b[15]))};
  if (in(a, "::/96") && (b[12] != 0 || b[13] != 0 || b[14] != 0 || b[15] > 1))
    return EmbeddedIpv4{"IPv4-compatible", last};
  return std::nullopt;
}

std::optional<std::string> refusal_reason(const IpAddress& a) {
  const auto& rows = special_networks();
  const auto row = std::ranges::find_if(rows, [&](const ParsedNetwork& r) { return r.network.contains(a); });
  if (row == rows.end()) {
    if (in_global_unicast(a)) return std::nullopt;
    return "not in the global unicast space 2000::/3 (RFC 4291)";
  }
  if (const auto inner = embedded_ipv4(a))
    return fmt::format("{}, carries {}", row->reason, inner->address.to_string());
  return std::string(row->reason);
}

}  // namespace assay::net

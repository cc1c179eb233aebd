#pragma once

// IP addresses, networks, and the table of those that no scan may reach.

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"

struct sockaddr_storage;

namespace assay::net {

struct IpAddress {
  bool v6 = false;
  std::array<std::uint8_t, 16> bytes{};  // the first 4 for IPv4; network order

  std::string to_string() const;  // "127.0.0.1", "::1" (no brackets)
  friend auto operator<=>(const IpAddress&, const IpAddress&) = default;
};

// Strict text forms only (inet_pton), with or without brackets. WHATWG spellings are normalised by base/url.h before.
std::optional<IpAddress> parse_address(std::string_view text);

// "192.0.2.1:443", "[2001:db8::1]:443".
std::string format_endpoint(const IpAddress& a, std::uint16_t port);

// The system's form: to_sockaddr() fills `out` and returns how many of its bytes count; from_sockaddr() gives address
// and port, or nullopt for another family.
unsigned to_sockaddr(const IpAddress& a, std::uint16_t port, sockaddr_storage& out);
std::optional<std::pair<IpAddress, std::uint16_t>> from_sockaddr(const sockaddr_storage& s);

struct Cidr {
  IpAddress network;
  unsigned prefix = 0;
  bool contains(const IpAddress& a) const;
  std::string to_string() const;
};

// "127.0.0.0/8", "::1", "10.0.0.7"; host bits set, bad prefix or bad address are errors that say so.
Result<Cidr> parse_cidr(std::string_view text);

// The IPv4 address inside an IPv6 one, and the name of the form that carries it.
struct EmbeddedIpv4 {
  std::string_view form;  // "IPv4-mapped", "IPv4-compatible", "SIIT", "NAT64", "local NAT64", "6to4", "Teredo"
  IpAddress address;
};
std::optional<EmbeddedIpv4> embedded_ipv4(const IpAddress& a);

// Why `a` must not be connected to, e.g. "loopback (RFC 1122)", or nullopt for a globally reachable unicast address.
// IANA special-purpose registries for IPv4 and IPv6 with later RFCs, multicast, cloud metadata in public space;
// addresses that embed an IPv4 address (mapped, compatible, NAT64, 6to4, Teredo) are all refused and the text names the
// embedded one.
std::optional<std::string> refusal_reason(const IpAddress& a);

}  // namespace assay::net

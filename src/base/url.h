#pragma once

// URLs as the WHATWG URL standard reads them, for http(s) and the few schemes we must recognise to refuse.
// Hosts come out normalised: lower case, IDNA (UTS #46, non-transitional) to ASCII, every numeric spelling of an IPv4
// address (octal, hexadecimal, one to four parts, full-width digits) as dotted quad, IPv6 compressed, in brackets.

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace assay {

struct Url {
  std::string scheme;                 // lower case, without ':'
  std::string host;                   // normalised; "[…]" for IPv6; empty only for schemes without authority
  std::optional<std::uint16_t> port;  // only when given and not the scheme's default
  std::string path;                   // starts with '/' when there is a host; dot segments removed
  std::optional<std::string> query;   // without '?'
  bool has_userinfo = false;          // user:password@ was present (it is dropped; callers refuse it)

  // The port in use: given or the scheme's default; 0 for schemes without one.
  std::uint16_t effective_port() const;
  // "https://host" or "https://host:8443": no default port.
  std::string origin() const;
  // "/path?query": the request target.
  std::string target() const;
  std::string to_string() const;  // never has userinfo or a fragment
  bool host_is_ip() const;

  friend bool operator==(const Url&, const Url&) = default;
};

// An absolute URL of any scheme. Errors: empty, no scheme, forbidden host characters, bad port, longer than 8192 bytes.
Result<Url> parse_url(std::string_view text);

// `reference` (absolute or relative, as in a Location field) seen from `base`; fragments are dropped.
Result<Url> resolve_url(const Url& base, std::string_view reference);

// The normalised form of one host as described above; brackets around IPv6 are required.
Result<std::string> normalise_host(std::string_view host);

// The four bytes of a WHATWG IPv4 spelling ("0x7f.1", "2130706433", "017700000001"); nullopt when it is not one.
std::optional<std::uint32_t> parse_ipv4_number(std::string_view host);

// Percent-encoding by RFC 3986: everything but unreserved characters.
std::string percent_encode(std::string_view s);
std::string percent_decode(std::string_view s);

}  // namespace assay

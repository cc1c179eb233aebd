#pragma once

// Builds ClientHello messages byte by byte, to ask a server what it would choose without doing a handshake.
// RFC 8446 §4.1.2, RFC 5246 §7.4.1.2, RFC 6101; sizes avoid the limits of known broken servers
// (docs/tls-enumeration.md).

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "net/tls/code_points.h"

namespace assay::net::tls {

enum class KeyShareOffer {
  empty,   // a TLS 1.3 server answers with HelloRetryRequest: suite and group, and no work done
  x25519,  // for servers that do not answer an empty list
};

struct ClientHello {
  Version min_version = Version::tls13;  // below `max_version` only together with TLS 1.3, which lists its versions
  Version max_version = Version::tls13;
  std::string_view server_name;       // SNI; empty for addresses. Must outlive the hello.
  std::vector<std::uint16_t> suites;  // in order of preference; at most 119
  std::vector<std::uint16_t> groups;
  KeyShareOffer key_share = KeyShareOffer::empty;  // TLS 1.3 only
  bool small = false;                              // for servers that do not read large hellos: no padding, few extras
};

// The hello as one TLS record, ready to be sent. SSLv3 hellos have no extensions. The random bytes are fresh.
Bytes build_client_hello(const ClientHello& hello);

// The most suites that one hello may offer, the renegotiation SCSV not counted.
inline constexpr std::size_t kMaxOfferedSuites = 119;

}  // namespace assay::net::tls

#pragma once

// How notices leave the house: HTTPS and SMTP through libcurl, behind the same guard of addresses as scans. Sinks are
// the operator's own choice and no targets, so they are outside of the gate of net/, whose reader is made to tolerate
// what apps get wrong; here certificates are verified and a malformed answer is an error.

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "net/address.h"

namespace assay::ticket {

struct CourierSettings {
  std::vector<net::Cidr> allowed_networks;  // not public, and allowed all the same; plain text is spoken only here
  std::vector<net::Cidr> refused_networks;  // never connected to
  std::string trust_file;                   // certificates of authorities, PEM; empty: the system's
  Duration connect_timeout{10'000};
  Duration timeout{30'000};  // one whole exchange
};

struct HttpMessage {
  std::string method = "POST";
  std::string url;                   // http or https; no user information
  std::vector<std::string> headers;  // "Name: value"
  std::string body;
};

struct Letter {
  std::string url;  // smtp:// (STARTTLS is demanded unless `plain`) or smtps://
  bool plain = false;
  std::string user, password;  // empty: no AUTH
  std::string from, to;        // bare addresses
  std::string data;            // RFC 5322 with CRLF; dots are stuffed on the way
};

struct Reply {
  int status = 0;    // of HTTP or SMTP
  std::string body;  // of HTTP; at most kMaxReply bytes
  std::optional<Duration> retry_after;
};

inline constexpr std::size_t kMaxReply = 1U << 20U;

// Thread-safe; blocks its caller. Redirects are not followed, proxies not used. Errors: invalid_input, egress_refused,
// name_resolution, connection, timeout, tls, limit_exceeded, protocol.
class Courier {
 public:
  explicit Courier(CourierSettings settings);
  Result<Reply> send(const HttpMessage& message) const;
  Result<Reply> send(const Letter& letter) const;

 private:
  CourierSettings settings_;
};

}  // namespace assay::ticket

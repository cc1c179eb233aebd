#pragma once

// The code points of TLS: versions, cipher suites, groups, alerts, with their IANA names. Immutable; thread-safe.
// Source: IANA "Transport Layer Security (TLS) Parameters".

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace assay::net::tls {

enum class Version : std::uint16_t { ssl3 = 0x0300, tls10 = 0x0301, tls11 = 0x0302, tls12 = 0x0303, tls13 = 0x0304 };

// Newest first: the order in which a server is asked.
inline constexpr Version kVersions[] = {Version::tls13, Version::tls12, Version::tls11, Version::tls10, Version::ssl3};

std::string_view version_name(Version v);  // "TLSv1.2", "SSLv3": as in model/tls.h
std::optional<Version> version_from_code(std::uint16_t code);

// The suites offered in one ordinary hello of at most version `max`: no more than 119, those of any TLS library that
// serves certificates. Below TLS 1.3 none of TLS 1.3, and below TLS 1.2 none that need TLS 1.2.
std::span<const std::uint16_t> ordinary_suites(Version max);
// Every other registered suite that a hello of at most `max` could offer.
std::span<const std::uint16_t> rare_suites(Version max);
// About 25 suites, one of which nearly every server of any age accepts: for servers that do not answer larger offers.
std::span<const std::uint16_t> common_suites();

// Supported groups (elliptic curves, finite fields, post-quantum hybrids), the most usual first.
std::span<const std::uint16_t> offered_groups();
inline constexpr std::uint16_t kX25519 = 0x001D;
inline constexpr std::uint16_t kX448 = 0x001E;
inline constexpr std::uint16_t kX25519MlKem768 = 0x11EC;

inline constexpr std::uint16_t kRenegotiationScsv = 0x00FF;  // TLS_EMPTY_RENEGOTIATION_INFO_SCSV, RFC 5746

// IANA names; "0x1234" for codes without one.
std::string suite_name(std::uint16_t code);
std::string group_name(std::uint16_t code);
std::string alert_name(std::uint8_t code);  // "protocol_version"; "alert 200" for others
std::string unnamed_code(std::uint16_t code);

// How a suite before TLS 1.3 agrees on a key: decides what its ServerKeyExchange holds.
enum class KeyExchange { ecdhe, dhe, other };
KeyExchange key_exchange(std::uint16_t suite_code);

// ECDHE with an RSA signature: its groups do not depend on the certificate's curve.
bool accepts_rsa_certificate(std::uint16_t suite_code);

}  // namespace assay::net::tls

#include "net/tls/code_points.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

namespace assay::net::tls {

namespace {

struct Named {
  std::uint16_t code;
  const char* name;
};

// Sorted by code.
constexpr Named kGroups[] = {
    {0x0001, "sect163k1"},
    {0x0002, "sect163r1"},
    {0x0003, "sect163r2"},
    {0x0004, "sect193r1"},
    {0x0005, "sect193r2"},
    {0x0006, "sect233k1"},
    {0x0007, "sect233r1"},
    {0x0008, "sect239k1"},
    {0x0009, "sect283k1"},
    {0x000A, "sect283r1"},
    {0x000B, "sect409k1"},
    {0x000C, "sect409r1"},
    {0x000D, "sect571k1"},
    {0x000E, "sect571r1"},
    {0x000F, "secp160k1"},
    {0x0010, "secp160r1"},
    {0x0011, "secp160r2"},
    {0x0012, "secp192k1"},
    {0x0013, "secp192r1"},
    {0x0014, "secp224k1"},
    {0x0015, "secp224r1"},
    {0x0016, "secp256k1"},
    {0x0017, "secp256r1"},
    {0x0018, "secp384r1"},
    {0x0019, "secp521r1"},
    {0x001A, "brainpoolP256r1"},
    {0x001B, "brainpoolP384r1"},
    {0x001C, "brainpoolP512r1"},
    {0x001D, "x25519"},
    {0x001E, "x448"},
    {0x001F, "brainpoolP256r1tls13"},
    {0x0020, "brainpoolP384r1tls13"},
    {0x0021, "brainpoolP512r1tls13"},
    {0x0029, "curveSM2"},
    {0x0100, "ffdhe2048"},
    {0x0101, "ffdhe3072"},
    {0x0102, "ffdhe4096"},
    {0x0103, "ffdhe6144"},
    {0x0104, "ffdhe8192"},
    {0x0200, "MLKEM512"},
    {0x0201, "MLKEM768"},
    {0x0202, "MLKEM1024"},
    {0x11EB, "SecP256r1MLKEM768"},
    {0x11EC, "X25519MLKEM768"},
    {0x11ED, "SecP384r1MLKEM1024"},
    {0x6399, "X25519Kyber768Draft00"},
    {0x639A, "SecP256r1Kyber768Draft00"},
};

// Sorted by code.
constexpr Named kAlerts[] = {
    {0, "close_notify"},
    {10, "unexpected_message"},
    {20, "bad_record_mac"},
    {21, "decryption_failed"},
    {22, "record_overflow"},
    {30, "decompression_failure"},
    {40, "handshake_failure"},
    {41, "no_certificate"},
    {42, "bad_certificate"},
    {43, "unsupported_certificate"},
    {44, "certificate_revoked"},
    {45, "certificate_expired"},
    {46, "certificate_unknown"},
    {47, "illegal_parameter"},
    {48, "unknown_ca"},
    {49, "access_denied"},
    {50, "decode_error"},
    {51, "decrypt_error"},
    {60, "export_restriction"},
    {70, "protocol_version"},
    {71, "insufficient_security"},
    {80, "internal_error"},
    {86, "inappropriate_fallback"},
    {90, "user_canceled"},
    {100, "no_renegotiation"},
    {109, "missing_extension"},
    {110, "unsupported_extension"},
    {111, "certificate_unobtainable"},
    {112, "unrecognized_name"},
    {113, "bad_certificate_status_response"},
    {114, "bad_certificate_hash_value"},
    {115, "unknown_psk_identity"},
    {116, "certificate_required"},
    {120, "no_application_protocol"},
    {121, "ech_required"},
};

template <std::size_t N>
const char* find_name(const Named (&table)[N], std::uint16_t code) {
  const auto* at = std::ranges::lower_bound(table, code, {}, &Named::code);
  return at != std::end(table) && at->code == code ? at->name : nullptr;
}

}  // namespace

std::string_view version_name(Version v) {
  switch (v) {
    case Version::ssl3:
      return "SSLv3";
    case Version::tls10:
      return "TLSv1.0";
    case Version::tls11:
      return "TLSv1.1";
    case Version::tls12:
      return "TLSv1.2";
    case Version::tls13:
      return "TLSv1.3";
  }
  return "";
}

std::optional<Version> version_from_code(std::uint16_t code) {
  if (code < 0x0300 || code > 0x0304) return std::nullopt;
  return static_cast<Version>(code);
}

std::span<const std::uint16_t> common_suites() {
  static constexpr std::array<std::uint16_t, 25> kCodes{
      0xC02B, 0xC02F, 0xC02C, 0xC030, 0xCCA9, 0xCCA8, 0xC009, 0xC013, 0xC00A, 0xC014, 0xC023, 0xC027, 0x009E,
      0x009F, 0x0033, 0x0039, 0x009C, 0x009D, 0x003C, 0x002F, 0x0035, 0x000A, 0x0005, 0x0004, 0x0009};
  return kCodes;
}

std::span<const std::uint16_t> offered_groups() {
  static constexpr std::array<std::uint16_t, 23> kCodes{
      kX25519, 0x0017, 0x0018, 0x0019, kX448,  kX25519MlKem768, 0x11EB, 0x11ED, 0x0100, 0x0101, 0x0102, 0x0103,
      0x0104,  0x001A, 0x001B, 0x001C, 0x0016, 0x0015,          0x0013, 0x000E, 0x000D, 0x000C, 0x000B};
  return kCodes;
}

std::string group_name(std::uint16_t code) {
  const char* name = find_name(kGroups, code);
  return name != nullptr ? name : unnamed_code(code);
}

std::string alert_name(std::uint8_t code) {
  const char* name = find_name(kAlerts, code);
  return name != nullptr ? name : fmt::format("alert {}", code);
}

std::string unnamed_code(std::uint16_t code) {
  return fmt::format("0x{:04X}", code);
}

}  // namespace assay::net::tls

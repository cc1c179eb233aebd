#include "secrets/checks.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>

#include "base/bytes.h"
#include "base/json.h"
#include "base/text.h"
#include "secrets/pem.h"

namespace assay::secrets {
namespace {

constexpr std::string_view kBase62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::string_view kBase32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

constexpr std::array<std::uint32_t, 256> crc_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    auto c = i;
    for (int bit = 0; bit < 8; ++bit) c = (c & 1U) != 0 ? 0xEDB88320U ^ (c >> 1U) : c >> 1U;
    table[i] = c;
  }
  return table;
}

std::uint32_t crc32(std::string_view s) {
  static constexpr auto kTable = crc_table();
  std::uint32_t c = 0xFFFFFFFFU;
  for (const char byte : s) c = kTable[(c ^ static_cast<std::uint8_t>(byte)) & 0xFFU] ^ (c >> 8U);
  return ~c;
}

// CRC-16/XMODEM, which NATS uses (nkeys, crc16.go).
std::uint16_t crc16(ByteView bytes) {
  std::uint32_t c = 0;
  for (const auto byte : bytes) {
    c ^= static_cast<std::uint32_t>(byte) << 8U;
    for (int bit = 0; bit < 8; ++bit) c = (c & 0x8000U) != 0 ? (c << 1U) ^ 0x1021U : c << 1U;
  }
  return static_cast<std::uint16_t>(c);
}

Bytes from_base32(std::string_view s) {
  Bytes bytes;
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const char c : s) {
    const auto at = kBase32.find(c);
    if (at == std::string_view::npos) return {};
    bits = (bits << 5U) | static_cast<std::uint32_t>(at);
    count += 5;
    if (count >= 8) {
      count -= 8;
      bytes.push_back(static_cast<std::uint8_t>((bits >> count) & 0xFFU));
    }
  }
  return bytes;
}

// The prefix, the two bytes of the kind, 32 of the seed, and their checksum, low byte first.
bool nkey_right(std::string_view secret) {
  const auto bytes = from_base32(secret);
  if (bytes.size() < 4) return false;
  const ByteView body(bytes.data(), bytes.size() - 2);
  return crc16(body) == (bytes[bytes.size() - 2] | (bytes[bytes.size() - 1] << 8U));
}

// Eight digits at the end. They cover all before them (Atlassian: prefix and "=" too), all but the "_" directly before
// (Grafana), or all but the prefix (Cloudflare).
bool crc32_hex_right(std::string_view secret) {
  constexpr std::size_t kHexDigits = 8;
  if (secret.size() <= kHexDigits) return false;
  const auto digits = ascii_lower(secret.substr(secret.size() - kHexDigits));
  const auto body = secret.substr(0, secret.size() - kHexDigits);
  const auto prefix = body.find('_');
  return crc32_hex(body) == digits || (body.ends_with('_') && crc32_hex(body.substr(0, body.size() - 1)) == digits) ||
         (prefix != std::string_view::npos && crc32_hex(body.substr(prefix + 1)) == digits);
}

bool checksum_right(std::string_view scheme, std::string_view secret) {
  if (scheme == "nkey") return nkey_right(secret);
  if (scheme == "crc32-hex") return crc32_hex_right(secret);
  constexpr std::size_t kDigits = 6;
  if (secret.size() <= kDigits) return false;
  auto body = secret.substr(0, secret.size() - kDigits);
  const auto prefix = body.rfind('_');
  if (prefix != std::string_view::npos) body.remove_prefix(prefix + 1);
  return secret.substr(secret.size() - kDigits) == crc32_base62(body);
}

bool is_json_object(std::string_view base64) {
  const auto bytes = from_base64(base64);
  return bytes && Json::parse(as_text(*bytes), nullptr, false).is_object();
}

// RFC 7519: header and payload are JSON objects in Base64url; the header of a JWE or JWS names an algorithm. A
// signature that is empty opens nothing.
bool is_jwt(std::string_view secret) {
  const auto parts = split(secret, '.');
  if (parts.size() != 3 && parts.size() != 5) return false;
  const auto header = from_base64(parts[0]);
  if (!header) return false;
  const auto json = Json::parse(as_text(*header), nullptr, false);
  if (!json.is_object() || !json.contains("alg")) return false;
  return parts.size() == 5 || (is_json_object(parts[1]) && !parts[2].empty());
}

// RFC 7617: "user:password" in Base64.
bool is_basic(std::string_view secret) {
  const auto bytes = from_base64(secret);
  if (!bytes) return false;
  const auto text = as_text(*bytes);
  const auto colon = text.find(':');
  return colon != std::string_view::npos && colon + 1 < text.size() && is_valid_utf8(text) &&
         std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20; });
}

bool all_in(std::string_view s, std::string_view allowed) {
  return s.find_first_not_of(allowed) == std::string_view::npos;
}

// "AKIA", "ASIA" and the like, then base 32 (AWS, "IAM identifiers").
bool is_aws_key_id(std::string_view s) {
  return s.size() >= 16 && all_in(s.substr(4), kBase32);
}

bool is_uuid(std::string_view s) {
  constexpr std::string_view kHex = "0123456789abcdefABCDEF";
  if (s.size() != 36) return false;
  for (std::size_t i = 0; i < s.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? s[i] != '-' : kHex.find(s[i]) == std::string_view::npos) return false;
  }
  return true;
}

bool is_url_userinfo(std::string_view s) {
  const auto scheme = s.find("://");
  if (scheme == std::string_view::npos) return !s.empty();
  const auto rest = s.substr(scheme + 3);
  const auto at = rest.rfind('@', rest.find_first_of("/?#"));
  const auto colon = rest.find(':');
  return at != std::string_view::npos && colon < at && colon + 1 < at;
}

CheckResult check_structure(std::string_view kind, std::string_view secret, std::string& note) {
  const auto when = [](bool right) { return right ? CheckResult::right : CheckResult::failed; };
  if (kind == "pem") return check_pem(secret, note);
  if (kind == "jwt") return when(is_jwt(secret));
  if (kind == "basic") return when(is_basic(secret));
  if (kind == "base64-json") return when(is_json_object(secret));
  if (kind == "aws-key-id") return when(is_aws_key_id(secret));
  if (kind == "url-userinfo") return when(is_url_userinfo(secret));
  if (kind == "base64") return when(from_base64(secret).has_value());
  if (kind == "hex") return when(from_hex(secret).has_value());
  return when(is_uuid(secret));
}

bool has_classes(std::string_view classes, std::string_view secret) {
  const auto any = [&](char from, char to) {
    return std::ranges::any_of(secret, [=](char c) { return c >= from && c <= to; });
  };
  const auto wants = [&](std::string_view name) { return classes.find(name) != std::string_view::npos; };
  return (!wants("lower") || any('a', 'z')) && (!wants("upper") || any('A', 'Z')) && (!wants("digit") || any('0', '9'));
}

}  // namespace

double entropy(std::string_view s) {
  if (s.empty()) return 0;
  std::array<std::size_t, 256> counts{};
  for (const char c : s) ++counts[static_cast<unsigned char>(c)];
  double bits = 0;
  for (const auto count : counts)
    if (count != 0) {
      const auto share = static_cast<double>(count) / static_cast<double>(s.size());
      bits -= share * std::log2(share);
    }
  return bits;
}

std::string crc32_base62(std::string_view body) {
  std::string digits(6, '0');
  auto rest = crc32(body);
  for (auto at = digits.rbegin(); at != digits.rend(); ++at, rest /= 62U) *at = kBase62[rest % 62U];
  return digits;
}

std::string crc32_hex(std::string_view body) {
  const auto crc = crc32(body);
  Bytes bytes;
  for (unsigned shift = 0; shift < 32; shift += 8) bytes.push_back(static_cast<std::uint8_t>((crc >> shift) & 0xFFU));
  return to_hex(bytes);
}

CheckResult check_secret(const SecretCheck& check, std::string_view secret, std::string& note) {
  if (check.kind == "entropy") {
    double least = 0;
    std::from_chars(check.argument.data(), check.argument.data() + check.argument.size(), least);
    return entropy(secret) >= least ? CheckResult::right : CheckResult::failed;
  }
  if (check.kind == "classes") return has_classes(check.argument, secret) ? CheckResult::right : CheckResult::failed;
  if (check.kind == "checksum") {
    const bool right = checksum_right(check.argument, secret);
    note = right ? "checksum-right" : "checksum-wrong";
    return right ? CheckResult::right : CheckResult::wrong;
  }
  const auto result = check_structure(check.argument, secret, note);
  if (result == CheckResult::right && note.empty()) note = "structure-right";
  return result;
}

}  // namespace assay::secrets

#include "base/bytes.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <cstdlib>
#include <memory>

namespace assay {

namespace {

constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::string_view kStandard = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kUrl = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

int base64_value(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+' || c == '-') return 62;
  if (c == '/' || c == '_') return 63;
  return -1;
}

std::string encode(ByteView b, std::string_view alphabet, bool pad) {
  std::string out;
  out.reserve((b.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < b.size(); i += 3) {
    const std::size_t n = std::min<std::size_t>(3, b.size() - i);
    const std::uint32_t v = b[i] << 16U | (n > 1 ? b[i + 1] : 0) << 8U | (n > 2 ? b[i + 2] : 0);
    for (std::size_t k = 0; k < 4; ++k) {
      if (k <= n) {
        out += alphabet[v >> (18 - 6 * k) & 63U];
      } else if (pad) {
        out += '=';
      }
    }
  }
  return out;
}

}  // namespace

std::string to_hex(ByteView b) {
  std::string out;
  out.reserve(b.size() * 2);
  for (const auto c : b) {
    out += kHex[c >> 4U];
    out += kHex[c & 15U];
  }
  return out;
}

Result<Bytes> from_hex(std::string_view hex) {
  if (hex.size() % 2 != 0) return fail(ErrorCode::invalid_input, "hex text", "has an odd number of digits");
  Bytes out;
  out.reserve(hex.size() / 2);
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    const int hi = hex_value(hex[i]), lo = hex_value(hex[i + 1]);
    if (hi < 0 || lo < 0) return fail(ErrorCode::invalid_input, "hex text", "holds a character that is no hex digit");
    out.push_back(static_cast<std::uint8_t>(hi << 4 | lo));
  }
  return out;
}

std::string to_base64(ByteView b) {
  return encode(b, kStandard, true);
}
std::string to_base64url(ByteView b) {
  return encode(b, kUrl, false);
}

Result<Bytes> from_base64(std::string_view s) {
  while (!s.empty() && s.back() == '=') s.remove_suffix(1);
  if (s.size() % 4 == 1) return fail(ErrorCode::invalid_input, "base64 text", "is cut short");
  Bytes out;
  out.reserve(s.size() * 3 / 4);
  std::uint32_t buffer = 0;
  int bits = 0;
  for (const char c : s) {
    const int v = base64_value(c);
    if (v < 0) return fail(ErrorCode::invalid_input, "base64 text", "holds a character outside the alphabet");
    buffer = buffer << 6U | static_cast<std::uint32_t>(v);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out.push_back(static_cast<std::uint8_t>(buffer >> static_cast<unsigned>(bits) & 0xFFU));
    }
  }
  return out;
}

Sha256 sha256(ByteView b) {
  struct Free {
    void operator()(EVP_MD* method) const { EVP_MD_free(method); }
  };
  // Looked up once: with EVP_sha256() every digest searches OpenSSL's providers, which costs more than a short digest.
  static const std::unique_ptr<EVP_MD, Free> kMethod(EVP_MD_fetch(nullptr, "SHA256", nullptr));
  Sha256 out{};
  unsigned n = 0;
  if (EVP_Digest(b.data(), b.size(), out.data(), &n, kMethod.get(), nullptr) != 1) std::abort();
  return out;
}

std::string sha256_hex(std::string_view s) {
  return to_hex(sha256(as_bytes(s)));
}

Sha256 hmac_sha256(ByteView key, ByteView data) {
  Sha256 out{};
  unsigned n = 0;
  // OpenSSL wants a non-null key pointer even for an empty key.
  static constexpr std::uint8_t kEmpty = 0;
  if (HMAC(EVP_sha256(), key.empty() ? &kEmpty : key.data(), static_cast<int>(key.size()), data.data(), data.size(),
           out.data(), &n) == nullptr)
    std::abort();
  return out;
}

Bytes random_bytes(std::size_t n) {
  Bytes out(n);
  if (n != 0 && RAND_bytes(out.data(), static_cast<int>(n)) != 1) std::abort();
  return out;
}

std::string random_uuid() {
  Bytes b = random_bytes(16);
  b[6] = static_cast<std::uint8_t>((b[6] & 0x0FU) | 0x40U);
  b[8] = static_cast<std::uint8_t>((b[8] & 0x3FU) | 0x80U);
  const std::string h = to_hex(b);
  return h.substr(0, 8) + '-' + h.substr(8, 4) + '-' + h.substr(12, 4) + '-' + h.substr(16, 4) + '-' + h.substr(20);
}

}  // namespace assay

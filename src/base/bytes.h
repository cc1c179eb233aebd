#pragma once

// Bytes, their text encodings, and the hashes that identify them.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace assay {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

inline ByteView as_bytes(std::string_view s) {
  return {reinterpret_cast<const std::uint8_t*>(s.data()), s.size()};
}
inline std::string_view as_text(ByteView b) {
  return {reinterpret_cast<const char*>(b.data()), b.size()};
}

std::string to_hex(ByteView b);                 // lower case
Result<Bytes> from_hex(std::string_view hex);   // either case, even length
std::string to_base64(ByteView b);              // RFC 4648 §4, padded
std::string to_base64url(ByteView b);           // RFC 4648 §5, no padding
Result<Bytes> from_base64(std::string_view s);  // either alphabet, padding optional, no white space

using Sha256 = std::array<std::uint8_t, 32>;
Sha256 sha256(ByteView b);
std::string sha256_hex(std::string_view s);
Sha256 hmac_sha256(ByteView key, ByteView data);

// Cryptographically secure random bytes; terminates the program when the system cannot give any.
Bytes random_bytes(std::size_t n);
// A random UUID (RFC 9562 version 4): names a scan, a job, a notice.
std::string random_uuid();

}  // namespace assay

#pragma once

// Reads DER (X.690) element by element without copying or building trees: revocation lists can have a million entries.

#include <cstdint>
#include <optional>

#include "base/bytes.h"

namespace assay::net::tls::der {

inline constexpr std::uint8_t kBoolean = 0x01;
inline constexpr std::uint8_t kInteger = 0x02;
inline constexpr std::uint8_t kBitString = 0x03;
inline constexpr std::uint8_t kOctetString = 0x04;
inline constexpr std::uint8_t kOid = 0x06;
inline constexpr std::uint8_t kEnumerated = 0x0A;
inline constexpr std::uint8_t kUtcTime = 0x17;
inline constexpr std::uint8_t kGeneralizedTime = 0x18;
inline constexpr std::uint8_t kSequence = 0x30;

struct Element {
  std::uint8_t tag = 0;
  ByteView content;
  ByteView whole;  // with tag and length
};

// A row of elements. Reading never goes beyond the bytes given; low tag numbers and definite lengths only.
class Reader {
 public:
  explicit Reader(ByteView bytes) : rest_(bytes) {}

  bool at_end() const { return rest_.empty(); }
  // The tag of the next element; 0 at the end.
  std::uint8_t peek() const { return rest_.empty() ? 0 : rest_.front(); }
  // The next element; nullopt, and nothing read, when it is broken or there is none.
  std::optional<Element> next();
  // The same when it has `tag`; nullopt, and nothing read, otherwise.
  std::optional<Element> next(std::uint8_t tag);

 private:
  ByteView rest_;
};

}  // namespace assay::net::tls::der

#include "net/tls/der.h"

#include <cstddef>

namespace assay::net::tls::der {

std::optional<Element> Reader::next() {
  constexpr std::uint8_t kHighTagNumber = 0x1F;
  constexpr std::uint8_t kLongLength = 0x80;
  constexpr std::size_t kMaxLengthOctets = 4;
  if (rest_.size() < 2 || (rest_[0] & kHighTagNumber) == kHighTagNumber) return std::nullopt;
  std::size_t length = rest_[1];
  std::size_t head = 2;
  if (length >= kLongLength) {
    const std::size_t octets = length - kLongLength;
    if (octets == 0 || octets > kMaxLengthOctets || rest_.size() < head + octets) return std::nullopt;
    length = 0;
    for (std::size_t i = 0; i < octets; ++i) length = length << 8U | rest_[head + i];
    head += octets;
  }
  if (length > rest_.size() - head) return std::nullopt;
  const Element element{.tag = rest_[0], .content = rest_.subspan(head, length), .whole = rest_.first(head + length)};
  rest_ = rest_.subspan(head + length);
  return element;
}

std::optional<Element> Reader::next(std::uint8_t tag) {
  if (peek() != tag) return std::nullopt;
  return next();
}

}  // namespace assay::net::tls::der

#pragma once

// What inputs hand over: bytes in order, and why there are no more of them.

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <expected>
#include <span>
#include <string>
#include <string_view>

namespace assay::source {

// Why something could not be looked at; becomes a SweepGap (model/secret.h), which names the place.
struct Obstacle {
  std::string reason;  // one of assay::gap
  std::string detail;  // for people
};

template <class T>
using Look = std::expected<T, Obstacle>;

// Bytes that are read once, front to back. Not thread-safe.
class ByteStream {
 public:
  virtual ~ByteStream() = default;
  // Fills `to`; fewer bytes than asked for only at the end, and none after it.
  virtual Look<std::size_t> read(std::span<char> to) = 0;
};

// Bytes that are at hand. The view must outlive it.
class MemoryStream final : public ByteStream {
 public:
  explicit MemoryStream(std::string_view bytes) : bytes_(bytes) {}
  Look<std::size_t> read(std::span<char> to) override {
    const std::size_t n = std::min(to.size(), bytes_.size());
    std::memcpy(to.data(), bytes_.data(), n);
    bytes_.remove_prefix(n);
    return n;
  }

 private:
  std::string_view bytes_;
};

// Bytes that were read already, then what is left of the stream that they came from. Both must outlive it.
class RewoundStream final : public ByteStream {
 public:
  RewoundStream(std::string_view head, ByteStream& rest) : head_(head), rest_(rest) {}
  Look<std::size_t> read(std::span<char> to) override {
    auto from_head = head_.read(to);
    if (*from_head == to.size()) return from_head;
    auto more = rest_.read(to.subspan(*from_head));
    if (!more) return more;
    return *from_head + *more;
  }

 private:
  MemoryStream head_;
  ByteStream& rest_;
};

}  // namespace assay::source

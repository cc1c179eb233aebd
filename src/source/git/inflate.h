#pragma once

// Blocks of bytes, and inflating into them.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/bytes.h"

struct libdeflate_decompressor;

namespace assay::source::git {

// Bytes that are written before they are read: never zeroed. Moves, does not copy.
class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(std::size_t capacity)
      : bytes_(std::make_unique_for_overwrite<std::uint8_t[]>(capacity)), capacity_(capacity) {}

  // The content is undefined afterwards.
  void reset(std::size_t size) {
    if (size > capacity_) *this = Buffer(size);
    size_ = size;
  }
  std::uint8_t* data() { return bytes_.get(); }
  std::size_t size() const { return size_; }
  std::size_t capacity() const { return capacity_; }
  std::span<std::uint8_t> span() { return {bytes_.get(), size_}; }
  ByteView view() const { return {bytes_.get(), size_}; }

 private:
  std::unique_ptr<std::uint8_t[]> bytes_;
  std::size_t capacity_ = 0, size_ = 0;
};

// Buffers of one thread that wait for their next use; keeps at most `most` bytes.
class BufferPool {
 public:
  explicit BufferPool(std::size_t most) : most_(most) {}
  Buffer take(std::size_t size);
  void give(Buffer&& buffer);

 private:
  std::vector<Buffer> free_;  // by capacity, smallest first
  std::size_t most_, held_ = 0;
};

// Inflates zlib streams (RFC 1950) of known sizes. One thread at a time.
class Inflater {
 public:
  Inflater();
  // Fills all of `out` from the stream at the start of `in`, which may be longer than it. False when the stream is
  // broken, its checksum is wrong, or its content has another size.
  bool inflate(ByteView in, std::span<std::uint8_t> out);

 private:
  struct Freed {
    void operator()(libdeflate_decompressor* p) const;
  };
  std::unique_ptr<libdeflate_decompressor, Freed> decompressor_;
};

}  // namespace assay::source::git

#include "source/git/inflate.h"

#include <libdeflate.h>

#include <algorithm>
#include <cstddef>
#include <utility>

namespace assay::source::git {

Buffer BufferPool::take(std::size_t size) {
  const auto fits = std::ranges::lower_bound(free_, size, {}, &Buffer::capacity);
  if (fits == free_.end() || fits->capacity() > 2 * size + 4096) {
    Buffer fresh(size + size / 4);  // some room: the next version of a file is a little longer
    fresh.reset(size);
    return fresh;
  }
  Buffer buffer = std::move(*fits);
  free_.erase(fits);
  held_ -= buffer.capacity();
  buffer.reset(size);
  return buffer;
}

void BufferPool::give(Buffer&& buffer) {
  if (buffer.capacity() == 0 || held_ + buffer.capacity() > most_ || free_.size() >= 64) return;
  held_ += buffer.capacity();
  free_.insert(std::ranges::upper_bound(free_, buffer.capacity(), {}, &Buffer::capacity), std::move(buffer));
}

void Inflater::Freed::operator()(libdeflate_decompressor* p) const {
  libdeflate_free_decompressor(p);
}

Inflater::Inflater() : decompressor_(libdeflate_alloc_decompressor()) {}

bool Inflater::inflate(ByteView in, std::span<std::uint8_t> out) {
  std::size_t used = 0, written = 0;
  return libdeflate_zlib_decompress_ex(decompressor_.get(), in.data(), in.size(), out.data(), out.size(), &used,
                                       &written) == LIBDEFLATE_SUCCESS &&
         written == out.size();
}

}  // namespace assay::source::git

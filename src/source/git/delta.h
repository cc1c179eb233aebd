#pragma once

// Deltas of a pack: a later version of an object as copies from its base and inserted bytes (gitformat-pack).

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/bytes.h"

namespace assay::source::git {

struct DeltaHead {
  std::uint64_t base_size = 0, result_size = 0;
  std::size_t length = 0;  // of the head itself, bytes
};
// Nothing when the head is cut off or a number has more than 64 bits.
std::optional<DeltaHead> read_delta_head(ByteView delta);

// Bytes of a text: [begin, end).
struct Span {
  std::uint64_t begin = 0, end = 0;
  bool operator==(const Span&) const = default;
};

// Where a result is not as its base is.
struct DeltaTrace {
  struct Copy {
    std::uint64_t from = 0, to = 0, size = 0;
  };
  // Spans of the result, in their order: inserted bytes, and with begin == end the places where two neighbours of the
  // result are none in the base.
  std::vector<Span> fresh;
  std::vector<Copy> copies;
};

// Makes `result`, which has the size that the head states, and tells in `trace` what is new. False, with `result` half
// filled, when an instruction is cut off, copies from outside the base, or does not fit the result's size.
bool apply_delta(ByteView base, ByteView delta, std::span<std::uint8_t> result, DeltaTrace& trace);
// The same, untraced.
bool apply_delta(ByteView base, ByteView delta, std::span<std::uint8_t> result);

}  // namespace assay::source::git

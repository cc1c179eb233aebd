#pragma once

// From bits that say where something stands to the places, without a branch for each.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

namespace assay::secrets {

inline constexpr std::size_t kSpareBitPlaces = 2;

// Writes the numbers of the bits of `words`, in order, the first word's lowest being 0; returns how many there are.
// `places` has room for them and kSpareBitPlaces more. Two are written for each word, whether it has them or not: which
// words have one cannot be foretold, and few have more.
inline std::size_t bit_places(std::span<const std::uint64_t> words, std::uint32_t* places) {
  const auto* const first = places;
  std::uint32_t base = 0;
  for (auto left : words) {
    for (std::size_t i = 0; i < kSpareBitPlaces; ++i, left &= left - 1) {
      *places = base + static_cast<std::uint32_t>(std::countr_zero(left));
      places += left != 0 ? 1 : 0;
    }
    for (; left != 0; left &= left - 1) *places++ = base + static_cast<std::uint32_t>(std::countr_zero(left));
    base += 64;
  }
  return static_cast<std::size_t>(places - first);
}

}  // namespace assay::secrets

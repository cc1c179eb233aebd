#pragma once

// From bits that say where something stands to the places, without a branch for each.

#include <cstddef>
#include <cstdint>
#include <span>

#include "secrets/vector_width.h"

namespace assay::secrets {

inline constexpr std::size_t kSpareBitPlaces = 16;

// Writes the numbers of the bits of `words`, in order, the first word's lowest being 0; returns how many there are.
// `places` has room for them and kSpareBitPlaces more: some are written for each word, whether it has them or not,
// because which words have how many cannot be foretold.
std::size_t bit_places(std::span<const std::uint64_t> words, std::uint32_t* places, VectorWidth width);

}  // namespace assay::secrets

#include "secrets/bit_places.h"

#include <array>
#include <bit>
#include <numeric>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace assay::secrets {
namespace {

constexpr std::uint32_t kWord = 64;

std::size_t bit_places_plainly(std::span<const std::uint64_t> words, std::uint32_t* places) {
  constexpr int kAtOnce = 2;  // few words have more
  const auto* const first = places;
  std::uint32_t base = 0;
  for (auto left : words) {
    for (int i = 0; i < kAtOnce; ++i, left &= left - 1) {
      *places = base + static_cast<std::uint32_t>(std::countr_zero(left));
      places += left != 0 ? 1 : 0;
    }
    for (; left != 0; left &= left - 1) *places++ = base + static_cast<std::uint32_t>(std::countr_zero(left));
    base += kWord;
  }
  return static_cast<std::size_t>(places - first);
}

#if defined(__x86_64__)

alignas(kWord) constexpr auto kNumbers = [] {
  std::array<std::uint8_t, kWord> numbers{};
  std::iota(numbers.begin(), numbers.end(), std::uint8_t{0});
  return numbers;
}();

__attribute__((target("avx512f,avx512bw,avx512vbmi2,popcnt"))) std::size_t bit_places_with_avx512(
    std::span<const std::uint64_t> words, std::uint32_t* places) {
  constexpr std::size_t kAtOnce = 16;
  static_assert(kSpareBitPlaces >= kAtOnce);
  const auto* const first = places;
  const auto numbers = _mm512_load_si512(kNumbers.data());
  auto base = _mm512_setzero_si512();
  for (const auto word : words) {
    auto found = _mm512_maskz_compress_epi8(word, numbers);
    const auto count = static_cast<std::size_t>(std::popcount(word));
    for (std::size_t i = 0;; i += kAtOnce) {
      const auto some = _mm512_cvtepu8_epi32(_mm512_castsi512_si128(found));
      _mm512_storeu_si512(places + i, _mm512_add_epi32(some, base));
      if (count <= i + kAtOnce) break;
      found = _mm512_alignr_epi64(found, found, 2);
    }
    places += count;
    base = _mm512_add_epi32(base, _mm512_set1_epi32(kWord));
  }
  return static_cast<std::size_t>(places - first);
}

#endif

}  // namespace

std::size_t bit_places(std::span<const std::uint64_t> words, std::uint32_t* places, VectorWidth width) {
#if defined(__x86_64__)
  if (width == VectorWidth::avx512) return bit_places_with_avx512(words, places);
#endif
  return bit_places_plainly(words, places);
}

}  // namespace assay::secrets

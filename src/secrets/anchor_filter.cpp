#include "secrets/anchor_filter.h"

#include <algorithm>
#include <limits>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace assay::secrets {
namespace {

// Characters of source code, most frequent first, counted in this repository's own; each is about a twentieth rarer
// than the one before it, and those that are not named are as rare as the last.
constexpr std::string_view kMostFrequent =
    " etsnroaidc\nl:up()\",h._mfg;kw/yv=b{}ET>-x0S<&CRAP1'2#qL`|*jX[]I\\HzOF+34!ND65UWMQB98?VKJ7G$@Y%";
constexpr double kShareOfFirst = 0.05;
constexpr double kShareOfNext = 0.95;

std::array<double, 128> character_shares() {
  std::array<double, 128> shares{};
  double share = kShareOfFirst;
  for (const char c : kMostFrequent) {
    shares.at(static_cast<unsigned char>(c)) = share;
    share *= kShareOfNext;
  }
  for (auto& each : shares)
    if (each == 0) each = share;
  return shares;
}

std::size_t low_seven(char c) {
  return static_cast<unsigned char>(c) & 0x7FU;
}

}  // namespace

AnchorFilter::Choice AnchorFilter::choose(const Anchor& anchor) const {
  static const auto kShares = character_shares();
  Choice best{.cost = std::numeric_limits<double>::infinity()};
  for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) {
    double before = 1;
    double after = 1;
    for (std::size_t i = 0; i < Anchor::kCharacters; ++i) {
      const auto& place = anchor.places[i];
      const auto& takes = takes_[i][bucket / 8];
      const auto is_new = [&](char c) { return ((takes[low_seven(c)] >> (bucket % 8)) & 1U) == 0; };
      const double share = shares_[bucket][i];
      double added = is_new(place.one) ? kShares[low_seven(place.one)] : 0;
      if (place.other != place.one && is_new(place.other)) added += kShares[low_seven(place.other)];
      before *= share;
      after *= place.any ? 1 : std::min(1.0, share + added);
    }
    if (after - before < best.cost) best = {after - before, bucket};
  }
  return best;
}

void AnchorFilter::add(const Anchor& anchor, std::size_t bucket) {
  static const auto kShares = character_shares();
  const auto group = bucket / 8;
  const auto bit = static_cast<std::uint8_t>(1U << (bucket % 8));
  for (std::size_t i = 0; i < Anchor::kCharacters; ++i) {
    auto& takes = takes_[i][group];
    const auto take = [&](std::size_t c) {
      takes[c] |= bit;
      low_[i][group][c % kHalves] |= bit;
      high_[i][group][c / kHalves] |= bit;
    };
    const auto& place = anchor.places[i];
    if (place.any) {
      for (std::size_t c = 0; c < kCharacters; ++c) take(c);
    } else {
      take(low_seven(place.one));
      take(low_seven(place.other));
    }
    shares_[bucket][i] = 0;
    for (std::size_t c = 0; c < kCharacters; ++c)
      if ((takes[c] & bit) != 0) shares_[bucket][i] += kShares[c];
    shares_[bucket][i] = std::min(1.0, shares_[bucket][i]);
  }
}

void AnchorFilter::find(const char* text, std::size_t blocks, std::uint64_t* places, VectorWidth width) const {
#if defined(__x86_64__)
  if (width == VectorWidth::avx512) return find_with_avx512(text, blocks, places);
  if (width == VectorWidth::avx2) return find_with_avx2(text, blocks, places);
#endif
  find_plainly(text, blocks, places);
}

void AnchorFilter::find_plainly(const char* text, std::size_t blocks, std::uint64_t* places) const {
  for (std::size_t block = 0; block < blocks; ++block, text += kBlock) {
    std::uint64_t passed = 0;
    for (std::size_t at = 0; at < kBlock; ++at) {
      unsigned any = 0;
      for (std::size_t group = 0; group < kGroups; ++group)
        any |= takes_[0][group][low_seven(text[at])] & takes_[1][group][low_seven(text[at + 1])] &
               takes_[2][group][low_seven(text[at + 2])] & takes_[3][group][low_seven(text[at + 3])];
      passed |= static_cast<std::uint64_t>(any != 0) << at;
    }
    places[block] = passed;
  }
}

#if defined(__x86_64__)

namespace {

#define ASSAY_AVX2 __attribute__((target("avx2")))
#define ASSAY_AVX512 __attribute__((target("avx512f,avx512bw,avx512vbmi")))

constexpr std::size_t kAvx2Width = 32;  // bytes

struct Halves {
  __m256i low, high;  // of each byte, the highest bit left out
};

ASSAY_AVX2 inline Halves halves_at(const char* at) {
  const auto bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
  return {_mm256_and_si256(bytes, _mm256_set1_epi8(0x0F)),
          _mm256_and_si256(_mm256_srli_epi16(bytes, 4), _mm256_set1_epi8(0x07))};
}

ASSAY_AVX2 inline __m256i look_up(const std::uint8_t* sixteen, __m256i indices) {
  const auto table = _mm256_broadcastsi128_si256(_mm_load_si128(reinterpret_cast<const __m128i*>(sixteen)));
  return _mm256_shuffle_epi8(table, indices);
}

ASSAY_AVX2 inline __m256i look_up(const std::uint8_t* low, const std::uint8_t* high, const Halves& halves) {
  return _mm256_and_si256(look_up(low, halves.low), look_up(high, halves.high));
}

ASSAY_AVX512 inline __m512i look_up(const std::uint8_t* table, __m512i indices) {
  constexpr std::size_t kHalf = 64;
  return _mm512_permutex2var_epi8(_mm512_load_si512(table), indices, _mm512_load_si512(table + kHalf));
}

}  // namespace

ASSAY_AVX2 void AnchorFilter::find_with_avx2(const char* text, std::size_t blocks, std::uint64_t* places) const {
  for (std::size_t block = 0; block < blocks; ++block) {
    places[block] = 0;
    for (std::size_t at = 0; at < kBlock; at += kAvx2Width, text += kAvx2Width) {
      const auto first = halves_at(text);
      const auto second = halves_at(text + 1);
      const auto third = halves_at(text + 2);
      const auto fourth = halves_at(text + 3);
      auto any = _mm256_setzero_si256();
      for (std::size_t group = 0; group < kGroups; ++group) {
        const auto begin = _mm256_and_si256(look_up(low_[0][group].data(), high_[0][group].data(), first),
                                            look_up(low_[1][group].data(), high_[1][group].data(), second));
        const auto end = _mm256_and_si256(look_up(low_[2][group].data(), high_[2][group].data(), third),
                                          look_up(low_[3][group].data(), high_[3][group].data(), fourth));
        any = _mm256_or_si256(any, _mm256_and_si256(begin, end));
      }
      const auto none = _mm256_cmpeq_epi8(any, _mm256_setzero_si256());
      places[block] |= static_cast<std::uint64_t>(~static_cast<std::uint32_t>(_mm256_movemask_epi8(none))) << at;
    }
  }
}

ASSAY_AVX512 void AnchorFilter::find_with_avx512(const char* text, std::size_t blocks, std::uint64_t* places) const {
  for (std::size_t block = 0; block < blocks; ++block, text += kBlock) {
    const auto first = _mm512_loadu_si512(text);
    const auto second = _mm512_loadu_si512(text + 1);
    const auto third = _mm512_loadu_si512(text + 2);
    const auto fourth = _mm512_loadu_si512(text + 3);
    auto any = _mm512_setzero_si512();
    for (std::size_t group = 0; group < kGroups; ++group) {
      const auto begin =
          _mm512_and_si512(look_up(takes_[0][group].data(), first), look_up(takes_[1][group].data(), second));
      const auto end =
          _mm512_and_si512(look_up(takes_[2][group].data(), third), look_up(takes_[3][group].data(), fourth));
      any = _mm512_or_si512(any, _mm512_and_si512(begin, end));
    }
    places[block] = _mm512_test_epi8_mask(any, any);
  }
}

#endif

}  // namespace assay::secrets

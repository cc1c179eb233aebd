#pragma once

// The places of a text where one of many short pieces may begin, 64 places at a time.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "secrets/vector_width.h"

namespace assay::secrets {

// A piece of four characters of a text. Each place takes one character, two (a letter in both its cases), or any.
struct Anchor {
  static constexpr std::size_t kCharacters = 4;
  struct Place {
    char one = 0, other = 0;  // equal when it takes only one
    bool any = false;
  };
  std::array<Place, kCharacters> places;
};

// Anchors are put into buckets. A place of a text passes when there is a bucket that takes each of the four characters
// from it on at the place where it stands, whichever of its anchors they are of: every place of an anchor passes, and
// few others do when the anchors of a bucket are alike. Characters are told apart by their low seven bits.
class AnchorFilter {
 public:
  static constexpr std::size_t kBlock = 64;                        // bytes looked at together: a bit each
  static constexpr std::size_t kBehind = Anchor::kCharacters - 1;  // bytes that are read behind the last block
  static constexpr std::size_t kBuckets = 16;

  // How many more places of ordinary text pass, as a share of all, when `anchor` is added to the bucket that this costs
  // least; and that bucket.
  struct Choice {
    double cost = 0;
    std::size_t bucket = 0;
  };
  Choice choose(const Anchor& anchor) const;
  void add(const Anchor& anchor, std::size_t bucket);

  // The places of `blocks` blocks of text into as many words, the first character's in the lowest bit. kBehind bytes
  // behind the blocks must be readable.
  void find(const char* text, std::size_t blocks, std::uint64_t* places) const {
    find(text, blocks, places, widest_vectors());
  }
  void find(const char* text, std::size_t blocks, std::uint64_t* places, VectorWidth width) const;

 private:
  static constexpr std::size_t kCharacters = 128;  // low seven bits
  static constexpr std::size_t kHalves = 16;       // values of half a byte
  static constexpr std::size_t kGroups = kBuckets / 8;
  template <std::size_t kEntries>
  using Tables = std::array<std::array<std::array<std::uint8_t, kEntries>, kGroups>, Anchor::kCharacters>;

  void find_plainly(const char* text, std::size_t blocks, std::uint64_t* places) const;
  void find_with_avx2(const char* text, std::size_t blocks, std::uint64_t* places) const;
  void find_with_avx512(const char* text, std::size_t blocks, std::uint64_t* places) const;

  // By place in the anchor, then group of eight buckets: the buckets that take a character there, by the character, and
  // by its low and its high half, which together take more.
  alignas(64) Tables<kCharacters> takes_{};
  alignas(64) Tables<kHalves> low_{}, high_{};
  // By bucket, then place: the share of ordinary text that it takes there.
  std::array<std::array<double, Anchor::kCharacters>, kBuckets> shares_{};
};

}  // namespace assay::secrets

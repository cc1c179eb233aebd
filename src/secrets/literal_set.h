#pragma once

// Literals found in one pass over bytes, at a cost that does not grow with their number.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace assay::secrets {

struct Literal {
  std::string text;       // not empty
  bool caseless = false;  // ASCII only
};

// A bit for each hash of three characters (fewer, when a literal is shorter) says whether a literal holds them at a
// place where they are looked for; where it is set, and another for a fourth character beside them, literals are
// compared. When all literals have three characters or more, each is entered with two of its places, one even and one
// odd, and only every second place of a text is looked at. Immutable; safe to share between threads.
class LiteralSet {
 public:
  LiteralSet() = default;  // finds nothing
  explicit LiteralSet(const std::vector<Literal>& literals);

  std::size_t longest() const { return longest_; }

  // Calls found(index of the literal, offset of its end) for each place of each literal, in no particular order.
  template <class Found>
  void scan(std::string_view text, Found& found) const {
    const auto tell = [](void* context, std::uint32_t literal, std::size_t end) {
      (*static_cast<Found*>(context))(literal, end);
    };
    const Listener listener{tell, &found};
    if (step_ == 2)
      scan_by<2>(text, listener);
    else
      scan_by<1>(text, listener);
  }

 private:
  static constexpr std::size_t kHashBits = 16;
  using Bits = std::array<std::uint64_t, (1U << kHashBits) / 64>;

  struct Listener {
    void (*tell)(void* context, std::uint32_t literal, std::size_t end);
    void* context;
  };
  struct Entry {
    std::uint32_t literal;
    int offset;  // in it, of the characters that were hashed: -1 when they begin before it
    // Its first characters, four at most, with `mask` over them: most places end here.
    std::uint32_t head, mask;
  };

  void enter(std::uint32_t literal, int offset, std::vector<std::pair<std::uint32_t, Entry>>& hashed);
  std::uint32_t hash(std::uint32_t four_bytes) const {
    return (((four_bytes | fold_) << shift_) * 0x9E3779B1U) >> kHashBits;
  }
  std::uint32_t hash_of_four(std::uint32_t bytes) const { return ((bytes | fold_) * 0x9E3779B1U) >> kHashBits; }
  static bool holds(const Bits& bits, std::uint32_t hash) { return ((bits[hash / 64] >> (hash % 64)) & 1U) != 0; }
  static void set(Bits& bits, std::uint32_t hash) { bits[hash / 64] |= 1ULL << (hash % 64); }
  // Whether a fourth character goes with those hashed at `at`.
  bool goes_on(std::string_view text, std::size_t at) const;
  template <std::size_t kStep>
  void scan_by(std::string_view text, const Listener& listener) const;
  void compare(std::string_view text, std::size_t at, std::uint32_t hash, const Listener& listener) const;

  std::vector<Literal> literals_;
  std::size_t longest_ = 0;
  std::size_t characters_ = 1;  // that are hashed
  unsigned shift_ = 24;         // drops the others of four
  std::uint32_t fold_ = 0;      // makes them lower case, when all literals are caseless
  std::size_t step_ = 1;
  Bits bits_{};
  Bits with_next_{}, with_previous_{};                        // of four characters, when step_ is 2
  std::array<std::uint32_t, (1U << kHashBits) / 64> rank_{};  // bits set before each word of bits_
  std::vector<std::uint32_t> first_;                          // by rank of a bit: its first entry; and the end
  std::vector<Entry> entries_;
};

}  // namespace assay::secrets

#pragma once

// Literals found in one pass over bytes, at a cost that hardly grows with their number.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "secrets/anchor_filter.h"

namespace assay::secrets {

struct Literal {
  std::string text;       // not empty
  bool caseless = false;  // ASCII only
};

// Of each literal four characters are sought (fewer, when it is shorter), those that cost the filter least; where they
// may stand, a table by their hash tells the literals to compare. Immutable; safe to share between threads.
class LiteralSet {
 public:
  LiteralSet() = default;  // finds nothing
  explicit LiteralSet(const std::vector<Literal>& literals);

  const std::vector<Literal>& literals() const { return literals_; }
  std::size_t longest() const { return longest_; }

  // Calls found(index of the literal, offset of its end) for each place of each literal, in no particular order.
  template <class Found>
  void scan(std::string_view text, Found& found) const {
    const auto tell = [](void* context, std::uint32_t literal, std::size_t end) {
      (*static_cast<Found*>(context))(literal, end);
    };
    scan(text, {tell, &found}, AnchorFilter::widest());
  }

  struct Listener {
    void (*tell)(void* context, std::uint32_t literal, std::size_t end);
    void* context;
  };
  // The same, for a processor that can do no more than `width`.
  void scan(std::string_view text, const Listener& listener, AnchorFilter::Width width) const;

 private:
  struct Entry {
    std::uint32_t hash;
    std::uint32_t literal;
    std::uint32_t offset;      // of the anchor in it
    std::uint64_t head, mask;  // its first characters, eight at most, with `mask` over them
  };
  static constexpr unsigned kHashBits = 16;
  // The literals whose anchors have one number of characters.
  struct Anchored {
    std::uint32_t characters = 0;                                // a mask over four bytes
    std::array<std::uint64_t, (1U << kHashBits) / 64> known{};   // a bit for each hash that an entry has
    std::array<std::uint16_t, (1U << kHashBits) / 64> before{};  // by word of `known`: entries of the words before it
    std::vector<Entry> entries;                                  // by hash
  };

  static std::uint32_t hash_of(std::uint32_t characters);
  void choose(std::uint32_t literal);
  // `passed`: a bit for each place from `at` on.
  void compare_at(std::string_view text, std::size_t at, std::span<const std::uint64_t> passed,
                  const Listener& listener) const;
  void compare(std::string_view text, std::size_t at, const Anchored& anchored, const Listener& listener) const;

  std::vector<Literal> literals_;
  std::size_t longest_ = 0;
  AnchorFilter filter_;
  std::vector<Anchored> anchored_;  // not empty
};

}  // namespace assay::secrets

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
// may stand, a table by the hash of the first three tells the literals to compare. Immutable; safe to share between
// threads.
class LiteralSet {
 public:
  LiteralSet() = default;  // finds nothing
  explicit LiteralSet(const std::vector<Literal>& literals);

  const std::vector<Literal>& literals() const { return literals_; }
  std::size_t longest() const { return longest_; }

  // Calls found(index of the literal, offset of its end) for each place of each literal, in no particular order.
  template <class Found>
  void scan(std::string_view text, Found& found) const {
    scan(text, {0, text.size()}, found);
  }

  // The same for those that stand in a part of a text. Offsets are those in the text.
  struct Part {
    std::size_t begin, end;
  };
  template <class Found>
  void scan(std::string_view text, Part part, Found& found) const {
    const auto tell = [](void* context, std::uint32_t literal, std::size_t end) {
      (*static_cast<Found*>(context))(literal, end);
    };
    scan(text, part, {tell, &found}, widest_vectors());
  }

  struct Listener {
    void (*tell)(void* context, std::uint32_t literal, std::size_t end);
    void* context;
  };
  // The same, for a processor that can do no more than `width`.
  void scan(std::string_view text, Part part, const Listener& listener, VectorWidth width) const;

 private:
  struct Entry {
    std::uint32_t hash;
    std::uint32_t literal;
    std::uint32_t offset;      // of the anchor in it
    bool more = false;         // the next entry has the same hash
    std::uint64_t head, mask;  // its first characters, eight at most, with `mask` over them
  };
  static constexpr unsigned kHashBits = 14;
  static constexpr std::size_t kHashed = 3;  // characters of an anchor: few literals are shorter
  // The literals of whose anchors one number of characters is hashed.
  struct Anchored {
    std::uint32_t characters = 0;                               // a mask over four bytes
    std::array<std::uint64_t, (1U << kHashBits) / 64> known{};  // a bit for each hash that an entry has
    std::array<std::uint16_t, 1U << kHashBits> first{};         // by known hash: its first entry
    std::vector<Entry> entries;                                 // by hash
  };

  static std::uint32_t hash_of(std::uint32_t characters);
  void choose(std::uint32_t literal);
  // Where anchors may be: a bit for each place from `at` on, and the bytes there, with kBehind more.
  struct Passed {
    std::size_t at;
    const char* bytes;
    std::span<const std::uint64_t> places;
  };
  // `text` ends where the part does; `begin` is where that begins.
  void compare_at(std::string_view text, std::size_t begin, const Passed& passed, const Listener& listener,
                  VectorWidth width) const;
  void compare(std::string_view text, std::size_t begin, std::size_t at, const Anchored& anchored,
               const Listener& listener) const;

  std::vector<Literal> literals_;
  std::size_t longest_ = 0;
  AnchorFilter filter_;
  std::vector<Anchored> anchored_;  // not empty
};

}  // namespace assay::secrets

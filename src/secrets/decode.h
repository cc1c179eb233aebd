#pragma once

// Texts that stand encoded in other texts: Base64, hexadecimal, percent and string escapes, UTF-16.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "secrets/text_shapes.h"

namespace assay::secrets {

// One encoded region and what it says.
struct Decoded {
  std::string_view encoding;          // "base64" | "hex" | "percent" | "json" | "utf-16"
  std::size_t begin = 0, end = 0;     // of the region in the text that holds it
  std::string text;                   // decoded
  std::vector<std::uint32_t> origin;  // by byte of `text`: where its encoded form begins, from `begin`

  // Where the encoded form of [from, to) of `text` begins and ends in the text that holds the region. from < to.
  std::size_t outer_begin(std::size_t from) const { return begin + origin[from]; }
  std::size_t outer_end(std::size_t to) const;
};

inline constexpr std::size_t kMaxDecodedRegion = 8U << 20U;  // bytes; what follows in a longer one is left out

// Finds encoded regions from left to right; each is decoded once. Only what decodes to text is told of: images, keys
// and hashes are skipped after a few bytes.
class EncodedRegions {
 public:
  // `shapes`: those of the text; both must outlive this.
  EncodedRegions(std::string_view text, const TextShapes& shapes) : text_(text), shapes_(shapes) {}

  // Calls visit(Decoded&) for each region; it says whether to go on.
  template <class Visit>
  void each(Visit visit) const {
    Decoded region;
    for (const auto find : {&EncodedRegions::next_run, &EncodedRegions::next_percent, &EncodedRegions::next_escape,
                            &EncodedRegions::next_utf16})
      for (std::size_t at = 0; (this->*find)(at, region);)
        if (!visit(region)) return;
  }

 private:
  // Each finds the next region at or behind `at`, moves `at` behind it, and says whether there was one.
  bool next_run(std::size_t& at, Decoded& region) const;
  bool next_percent(std::size_t& at, Decoded& region) const;
  bool next_escape(std::size_t& at, Decoded& region) const;
  bool next_utf16(std::size_t& at, Decoded& region) const;

  std::string_view text_;
  const TextShapes& shapes_;
};

}  // namespace assay::secrets

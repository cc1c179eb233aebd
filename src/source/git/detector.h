#pragma once

// What the search of a history asks of whoever knows secrets.

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace assay::source::git {

// Names one secret of one rule, wherever it stands; made from both by the detector, and compared only.
using SecretKey = std::array<std::uint8_t, 16>;

struct Mark {
  std::uint64_t begin = 0, end = 0;  // bytes of the text
  SecretKey key{};
  bool own = true;  // seen in this text; else in its base, from which these bytes were copied
};

class Detector {
 public:
  virtual ~Detector() = default;
  // Appends what stands in `text`, in any order. Called from many threads, each with its number, from 0.
  virtual void detect(std::string_view text, unsigned thread, std::vector<Mark>& marks) const = 0;
};

}  // namespace assay::source::git

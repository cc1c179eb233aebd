#pragma once

// What the search of a history asks of whoever knows secrets.

#include <array>
#include <cstdint>
#include <string>
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

// What was found inside of an archive. Marks have the archive's bounds.
struct Opened {
  struct Gap {
    std::string inner;  // the path inside, from "!/" on; "" is the archive itself
    std::string reason, detail;
  };
  std::vector<Mark> marks;
  std::vector<Gap> gaps;
  std::uint64_t bytes = 0;  // unpacked
};

class Detector {
 public:
  virtual ~Detector() = default;
  // Whether `content`, all of a blob, is to be opened, and not read as a text.
  virtual bool is_archive(std::string_view /*content*/) const { return false; }
  // Of content that is one. Called as detect().
  virtual Opened open(std::string_view /*content*/, unsigned /*thread*/) const { return {}; }
  // Appends what stands in `text`, in any order. Called from many threads, each with its number, from 0.
  virtual void detect(std::string_view text, unsigned thread, std::vector<Mark>& marks) const = 0;
};

}  // namespace assay::source::git

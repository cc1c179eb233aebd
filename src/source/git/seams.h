#pragma once

// Which parts of a later version are to be searched when its base has been: what is new, with its surroundings.

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "source/git/delta.h"
#include "source/git/detector.h"

namespace assay::source::git {

// The spans of `text` to search, in their order and apart: every fresh one of `trace` with `window` bytes before and
// after, out to the ends of the lines there when these are near. What of the base's `marks` (sorted by begin) the delta
// tears apart counts as fresh, so that a long secret of which one line changed is seen whole.
std::vector<Span> spans_to_search(std::string_view text, const DeltaTrace& trace, const std::vector<Mark>& marks,
                                  std::uint64_t window);

// The base's `marks` (sorted by begin) that the delta copied whole, at their places in the result; not sorted, at most
// `most`.
std::vector<Mark> copied_marks(const DeltaTrace& trace, const std::vector<Mark>& marks, std::size_t most);

}  // namespace assay::source::git

#pragma once

// What a processor can do decides the way, not what is found: tests try each way that this one has.

#include <vector>

#include "secrets/vector_width.h"

namespace assay::secrets {

inline std::vector<VectorWidth> widths_here() {
  std::vector<VectorWidth> all;
  for (const auto width : {VectorWidth::plain, VectorWidth::avx2, VectorWidth::avx512})
    if (width <= widest_vectors()) all.push_back(width);
  return all;
}

}  // namespace assay::secrets

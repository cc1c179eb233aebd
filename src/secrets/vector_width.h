#pragma once

// How much a processor looks at in one instruction, which decides how texts are searched, not what is found.

namespace assay::secrets {

enum class VectorWidth {
  plain,   // no more than the language has
  avx2,    // with BMI, BMI2 and POPCNT
  avx512,  // F, BW, VBMI and VBMI2, and what avx2 has
};

VectorWidth widest_vectors();  // of this processor

}  // namespace assay::secrets

#include "secrets/vector_width.h"

namespace assay::secrets {

VectorWidth widest_vectors() {
#if defined(__x86_64__)
  static const auto kWidest = [] {
    const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
                      __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt");
    const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                        __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512vbmi2");
    return !avx2 ? VectorWidth::plain : avx512 ? VectorWidth::avx512 : VectorWidth::avx2;
  }();
  return kWidest;
#else
  return VectorWidth::plain;
#endif
}

}  // namespace assay::secrets

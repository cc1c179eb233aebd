#pragma once

// The scores of the CVSS 4.0 macrovectors, as FIRST publishes them with the specification (section 8.3, "CVSS v4.0
// scoring using MacroVectors and interpolation"): facts, in tenths. Internal to the model room.

#include <array>
#include <cstdint>

namespace assay::cvss {

// The levels of the six equivalence classes; a level past its class's last means "there is no such macrovector".
struct Macrovector {
  int eq1 = 0;  // 0…2
  int eq2 = 0;  // 0…1
  int eq3 = 0;  // 0…2
  int eq4 = 0;  // 0…2
  int eq5 = 0;  // 0…2
  int eq6 = 0;  // 0…1
};

// One row for each eq1, eq2, eq3; in a row eq4, then eq5, then eq6. 0 where no vector has the combination (eq3=2,
// eq6=0).
inline constexpr std::array<std::uint8_t, 324> kMacrovectorTenths{
    // clang-format off
    100,  99,  98,  95,  95,  92, 100,  96,  93,  87,  91,  81,  93,  90,  89,  80,  81,  68,  // 000xxx
     98,  95,  95,  92,  90,  84,  93,  92,  89,  81,  81,  65,  88,  80,  78,  70,  69,  48,  // 001xxx
      0,  92,   0,  82,   0,  72,   0,  79,   0,  69,   0,  50,   0,  69,   0,  55,   0,  27,  // 002xxx
     99,  97,  95,  92,  92,  85,  95,  91,  90,  83,  84,  71,  92,  81,  82,  71,  72,  53,  // 010xxx
     95,  93,  92,  85,  85,  73,  92,  82,  80,  72,  70,  59,  84,  70,  71,  52,  50,  30,  // 011xxx
      0,  86,   0,  75,   0,  52,   0,  71,   0,  52,   0,  29,   0,  63,   0,  29,   0,  17,  // 012xxx
     98,  95,  94,  87,  91,  81,  94,  89,  86,  74,  77,  64,  87,  75,  74,  63,  63,  49,  // 100xxx
     94,  89,  88,  77,  76,  67,  86,  76,  74,  58,  59,  50,  72,  57,  57,  52,  52,  25,  // 101xxx
      0,  83,   0,  70,   0,  54,   0,  65,   0,  58,   0,  26,   0,  53,   0,  21,   0,  13,  // 102xxx
     95,  90,  88,  76,  76,  70,  90,  77,  75,  62,  61,  53,  77,  66,  68,  59,  52,  30,  // 110xxx
     89,  78,  76,  67,  62,  58,  74,  59,  57,  57,  47,  23,  61,  52,  57,  29,  24,  16,  // 111xxx
      0,  71,   0,  59,   0,  30,   0,  58,   0,  26,   0,  15,   0,  23,   0,  13,   0,   6,  // 112xxx
     93,  87,  86,  72,  75,  58,  86,  74,  74,  61,  56,  34,  70,  54,  52,  40,  40,  22,  // 200xxx
     85,  75,  74,  55,  62,  51,  72,  57,  55,  41,  46,  19,  53,  36,  34,  19,  19,   8,  // 201xxx
      0,  64,   0,  51,   0,  20,   0,  47,   0,  21,   0,  11,   0,  24,   0,   9,   0,   4,  // 202xxx
     88,  75,  73,  53,  60,  50,  73,  55,  59,  40,  41,  20,  54,  43,  45,  22,  20,  11,  // 210xxx
     75,  55,  58,  45,  40,  21,  61,  51,  48,  18,  20,   9,  46,  18,  17,   7,   8,   2,  // 211xxx
      0,  53,   0,  24,   0,  14,   0,  24,   0,  12,   0,   5,   0,  10,   0,   3,   0,   1,  // 212xxx
    // clang-format on
};

// The score of `m` in tenths; 0 when there is no such macrovector.
constexpr int macrovector_tenths(const Macrovector& m) {
  if (m.eq1 > 2 || m.eq2 > 1 || m.eq3 > 2 || m.eq4 > 2 || m.eq5 > 2 || m.eq6 > 1) return 0;
  const int row = (m.eq1 * 2 + m.eq2) * 3 + m.eq3;
  const int column = (m.eq4 * 3 + m.eq5) * 2 + m.eq6;
  return kMacrovectorTenths.at(static_cast<std::uint32_t>(row * 18 + column));
}

}  // namespace assay::cvss

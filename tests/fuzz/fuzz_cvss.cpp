// Any text as a CVSS vector: an error, or a score from 0.0 to 10.0 with one decimal that scoring again repeats.

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "model/cvss.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view vector(reinterpret_cast<const char*>(data), size);
  const auto cvss = assay::score_cvss(vector);
  if (!cvss) {
    if (cvss.error().message().empty()) std::abort();
    return 0;
  }
  const double tenths = cvss->score * 10.0;
  if (cvss->vector != vector || tenths < 0.0 || tenths > 100.0 || std::abs(tenths - std::round(tenths)) > 1e-9)
    std::abort();
  if (assay::score_cvss(cvss->vector)->score != cvss->score) std::abort();
  return 0;
}

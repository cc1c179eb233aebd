// Lists of apps: whatever is read must be within the limits and name lines of the text.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "model/app_rows.h"

namespace {

void check(const assay::Result<assay::AppRows>& rows, std::string_view text) {
  if (!rows) return;
  const auto lines = 1 + static_cast<std::size_t>(std::ranges::count(text, '\n') + std::ranges::count(text, '\r'));
  for (const auto& row : rows->good)
    if (!assay::invalid_app_key(row.key).empty() || row.target.empty() || row.line == 0 || row.line > lines)
      std::abort();
  for (const auto& row : rows->bad)
    if (row.reason.empty() || row.line == 0 || row.line > lines) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check(assay::parse_app_csv(text), text);
  check(assay::parse_app_json_lines(text), text);
  return 0;
}

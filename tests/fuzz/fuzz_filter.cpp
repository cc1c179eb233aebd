// Filters: one that parses must be written as a text that parses to the same filter.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "model/filter.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto filter = assay::parse_filter(text);
  if (!filter) return 0;
  const auto again = assay::parse_filter(assay::format_filter(*filter));
  // Quotation marks may lengthen a text beyond the limit; nothing else may fail.
  if (again ? !(*again == *filter) : again.error().code != assay::ErrorCode::limit_exceeded) std::abort();
  for (const auto& term : filter->terms)
    for (const auto& value : term.values) static_cast<void>(assay::parse_filter_time(value.text, assay::Time{}));
  return 0;
}

#include "model/exchange.h"

#include <algorithm>

#include "base/text.h"

namespace assay {

std::vector<std::string> field_values(const std::vector<HttpField>& fields, std::string_view name) {
  std::vector<std::string> values;
  for (const auto& field : fields)
    if (iequals(field.name, name)) values.push_back(field.value);
  return values;
}

std::optional<std::string> field_value(const std::vector<HttpField>& fields, std::string_view name) {
  for (const auto& field : fields)
    if (iequals(field.name, name)) return field.value;
  return std::nullopt;
}

bool fields_complete(const HttpResponseRecord& response) {
  // Codes of net/http/anomaly.h.
  constexpr std::string_view kLosses[] = {"head-cut", "head-limit", "field-limit", "interim-limit"};
  return std::ranges::none_of(kLosses,
                              [&](std::string_view code) { return std::ranges::count(response.anomalies, code) > 0; });
}

}  // namespace assay

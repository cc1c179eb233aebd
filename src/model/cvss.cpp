#include "model/cvss.h"

#include <algorithm>
#include <string>

#include "base/text.h"
#include "model/cvss_metrics.h"

namespace assay {

namespace {

constexpr std::size_t kMaxVectorBytes = 512;  // the longest valid 4.0 vector has fewer than 250

std::unexpected<Error> bad_vector(std::string_view vector, std::string reason) {
  return fail(ErrorCode::invalid_input, "CVSS vector \"" + printable(ellipsis(vector, 120)) + "\"", std::move(reason),
              "write it as FIRST specifies, e.g. CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H");
}

}  // namespace

namespace cvss {

Result<Metrics> Metrics::parse(std::string_view vector, std::string_view body, std::span<const MetricSpec> specs) {
  Metrics metrics;
  for (const auto part : split(body, '/')) {
    const auto colon = part.find(':');
    if (colon == std::string_view::npos)
      return bad_vector(vector, "has \"" + printable(part) + "\" where METRIC:VALUE is due");
    const auto name = part.substr(0, colon);
    const auto value = part.substr(colon + 1);
    const auto spec = std::ranges::find(specs, name, &MetricSpec::name);
    if (spec == specs.end()) return bad_vector(vector, "has the unknown metric \"" + printable(name) + "\"");
    const auto allowed = split(spec->values, ',');
    if (std::ranges::find(allowed, value) == allowed.end())
      return bad_vector(vector, "gives " + std::string(name) + " the value \"" + printable(value) +
                                    "\", which is none of " + std::string(spec->values));
    if (!metrics.values_.emplace(name, value).second)
      return bad_vector(vector, "gives the metric " + std::string(name) + " twice");
  }
  for (const auto& spec : specs)
    if (spec.mandatory && !metrics.values_.contains(spec.name))
      return bad_vector(vector, "lacks the mandatory metric " + std::string(spec.name));
  return metrics;
}

std::string_view Metrics::get(std::string_view name, std::string_view absent) const {
  const auto at = values_.find(name);
  return at == values_.end() || at->second == "X" ? absent : at->second;
}

std::string_view Metrics::modified(std::string_view modified_name) const {
  return defined(modified_name) ? get(modified_name) : get(modified_name.substr(1));
}

}  // namespace cvss

Result<Cvss> score_cvss(std::string_view vector) {
  constexpr std::string_view kLabel31 = "CVSS:3.1/";
  constexpr std::string_view kLabel40 = "CVSS:4.0/";
  if (vector.size() > kMaxVectorBytes) return bad_vector(vector, "is longer than 512 bytes");
  Result<int> tenths = 0;
  if (vector.starts_with(kLabel31)) {
    tenths = cvss::score31(vector, vector.substr(kLabel31.size()));
  } else if (vector.starts_with(kLabel40)) {
    tenths = cvss::score40(vector, vector.substr(kLabel40.size()));
  } else {
    return bad_vector(vector, "does not begin with CVSS:3.1/ or CVSS:4.0/");
  }
  if (!tenths) return std::unexpected(std::move(tenths.error()));
  return Cvss{.vector = std::string(vector), .score = *tenths / 10.0};
}

}  // namespace assay

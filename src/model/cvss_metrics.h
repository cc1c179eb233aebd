#pragma once

// What the two CVSS versions share: the metrics of a vector string, and the scorers behind score_cvss(). Internal to
// the model room; callers use model/cvss.h.

#include <map>
#include <span>
#include <string_view>

#include "base/error.h"

namespace assay::cvss {

struct MetricSpec {
  std::string_view name;
  std::string_view values;  // separated by commas, in the order of the specification
  bool mandatory = false;
};

// The metrics of one vector. Views into the vector's text and the specification table, which must outlive it.
class Metrics {
 public:
  // Reads "AV:N/AC:L/…" (the part after the label). Metrics may come in any order; every one must be known, given once,
  // have one of its values, and the mandatory ones must be there. Errors name the metric; `vector` is what they are
  // about.
  static Result<Metrics> parse(std::string_view vector, std::string_view body, std::span<const MetricSpec> specs);

  // The value as written; `absent` when the metric is not there or is "X" (not defined).
  std::string_view get(std::string_view name, std::string_view absent = "X") const;
  bool defined(std::string_view name) const { return get(name) != "X"; }
  // The environmental value "M"+name where it is defined, the base value otherwise.
  std::string_view modified(std::string_view modified_name) const;

 private:
  std::map<std::string_view, std::string_view> values_;
};

// Scores in tenths, 0…100: the environmental score when an environmental metric is defined, else the temporal (threat)
// score, which equals the base score when none of its metrics is defined.
Result<int> score31(std::string_view vector, std::string_view body);
Result<int> score40(std::string_view vector, std::string_view body);

}  // namespace assay::cvss

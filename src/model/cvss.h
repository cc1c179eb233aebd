#pragma once

// CVSS vectors and scores: 3.1 (FIRST, specification document §7) and 4.0 (§8), base, threat/temporal and
// environmental. Scores are computed in exact integers and rounded as the specifications say (3.1: Roundup; 4.0: half
// up to one decimal).

#include <string_view>

#include "base/error.h"
#include "model/requirement.h"

namespace assay {

// `vector` with its score; the vector is kept as written. Errors name the metric that is unknown, repeated or missing.
Result<Cvss> score_cvss(std::string_view vector);

}  // namespace assay

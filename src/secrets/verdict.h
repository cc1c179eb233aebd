#pragma once

// From candidates to hits: which of several stays, what is no finding and why, and how sure the rest is.

#include <string_view>
#include <vector>

#include "secrets/finder.h"

namespace assay::secrets {

// Leaves in `candidates` what is reported, in the order of begin, end and rule, each with its confidence, its reasons,
// and why it is no finding. `text` is the one that was given to Engine::scan().
void decide(const RuleTable& table, std::string_view text, const PlaceFacts& facts, std::vector<Candidate>& candidates);

}  // namespace assay::secrets

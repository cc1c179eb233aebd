#pragma once

// The bug fix policy: how long an owner has to mend a finding of each severity.

#include <map>
#include <string>

#include "model/requirement.h"

namespace assay {

struct BugFixPolicy {
  int version = 0;                    // counts up with every change of the figures; 0 means "no policy given"
  std::string effective_from;         // "YYYY-MM-DD": findings first seen on or after this day fall under it
  std::map<Severity, int> due_weeks;  // from the day the owner is told; one entry for each severity above none
};

}  // namespace assay

#pragma once

// Display conditions of Connect modules, read for one question: is the module shown to administrators only?

#include "base/json.h"

namespace assay::source {

// True when every way to satisfy `conditions` (the value of a module's "conditions" key) needs an administrator. Reads
// lists (all must hold), {"or": […]}, {"and": […]}, {"type": "or", "conditions": […]}, and single conditions with
// "invert" and "params"; what it does not know needs nobody special.
bool requires_admin(const Json& conditions);

}  // namespace assay::source

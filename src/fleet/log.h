#pragma once

// What the fleet tells whoever runs it; the server writes it to its log.

#include <functional>
#include <string_view>

#include "base/json.h"

namespace assay::fleet {

enum class LogLevel { error, warning, info };

// `type`: what happened, e.g. "fleet.scan-degraded"; `fields`: an object. Called from several threads; may be empty.
using LogHook = std::function<void(LogLevel level, std::string_view type, Json fields)>;

}  // namespace assay::fleet

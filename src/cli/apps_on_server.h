#pragma once

// `assay apps` on a server: what is printed, asked of its API. JSON is that of docs/openapi.yaml.

#include <string>

#include "base/error.h"
#include "cli/platform_api.h"

namespace assay::cli {

// The apps that `filter` names, at most `limit`.
Result<std::string> list_server_apps(PlatformApi& api, const std::string& filter, std::size_t limit, bool json);

// One app with its last scans and its findings.
Result<std::string> show_server_app(PlatformApi& api, const std::string& key, bool json);

// `app`: a NewApp.
Result<std::string> add_server_app(PlatformApi& api, const Json& app);

}  // namespace assay::cli

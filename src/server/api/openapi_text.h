#pragma once

#include <string_view>

namespace assay::server::api {

// docs/openapi.yaml as JSON; written by the build.
std::string_view openapi_text();

}  // namespace assay::server::api

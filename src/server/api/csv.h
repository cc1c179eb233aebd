#pragma once

// CSV (RFC 4180) for people with spreadsheets.

#include <span>
#include <string>
#include <string_view>

#include "base/json.h"

namespace assay::server::api {

// The heading: JSON pointers as names, "/open/high" as "open_high". Ends with CRLF.
std::string csv_heading(std::span<const std::string_view> columns);

// The values at those pointers; absent ones are empty. Text that a spreadsheet would take for a formula begins with an
// apostrophe: a title that an app's author chose must not run on the desk of who reads it.
std::string csv_row(const Json& row, std::span<const std::string_view> columns);

}  // namespace assay::server::api

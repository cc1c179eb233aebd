#pragma once

#include <cstdint>
#include <string>

#include "base/error.h"

namespace assay {

// The bytes of a file ("-" is standard input), read whole. Errors name the path: cannot be opened or read, is a
// directory, holds more than `max_bytes` (reading stops there, so endless files are no danger).
Result<std::string> read_file(const std::string& path, std::uint64_t max_bytes);

}  // namespace assay

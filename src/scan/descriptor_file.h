#pragma once

#include <string>

#include "base/error.h"

namespace assay::scan {

// The bytes of a descriptor file. Errors: cannot be opened, is no regular file, longer than 2 MB (nothing is read
// then).
Result<std::string> read_descriptor_file(const std::string& path);

}  // namespace assay::scan

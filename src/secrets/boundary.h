#pragma once

// Where a secret may begin and end.

#include <cstddef>
#include <string_view>

namespace assay::secrets {

// Whether no letter, digit, "_" or "-" stands directly before `begin` or after `end`. What an escape ends with is no
// letter: "\n", "%3D", "\u003d" and "\x3d" before the secret are boundaries.
bool is_bounded(std::string_view text, std::size_t begin, std::size_t end);

}  // namespace assay::secrets

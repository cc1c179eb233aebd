#pragma once

// Values of what is called "key" and nothing more: key: "…", "key" = '…'. Most of these are names of data, so that only
// what was drawn beyond doubt counts, and only where nothing around it speaks of data.

#include <string_view>
#include <vector>

#include "secrets/generic.h"

namespace assay::secrets {

// Cheap: whether `at` is behind the quote of a value that "key" is given.
bool is_given_to_key(std::string_view text, std::size_t at);

// Adds the value that begins at `at`, for which is_given_to_key() holds. Never more than low.
void find_bare_key(std::string_view text, std::size_t at, const PlaceFacts& facts, std::vector<GenericFind>& finds);

}  // namespace assay::secrets

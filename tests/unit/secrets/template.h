#pragma once

// Fills the templates of the rules' examples (docs/secrets.md).

#include <cstdint>
#include <string>
#include <string_view>

namespace assay::secrets {

// The same text for the same seed, but for private keys, which are fresh in each process. Throws std::runtime_error on
// a template that docs/secrets.md does not know.
std::string fill_template(std::string_view text, std::uint64_t seed);

}  // namespace assay::secrets

#pragma once

// Reads an Atlassian Connect app descriptor into a surface.

#include <cstddef>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/url.h"
#include "model/surface.h"

namespace assay::source {

// Nothing longer is read as a descriptor; the largest published ones have some 100 kB.
inline constexpr std::size_t kMaxDescriptorBytes = 2U << 20U;

// True when `text` looks like a Connect descriptor: a JSON object with "baseUrl" and "key" (cheap, lenient check on a
// parsed or parseable document; false for HTML and everything else).
bool looks_like_descriptor(std::string_view text);

// `text` is the descriptor, `source` names it in messages (URL or file). `descriptor_url`, when there is one, resolves
// the placeholders {{localBaseUrl}} and ${addon.base-url} and is the fall-back for host ownership. Leniencies become
// notes. Errors: not JSON, too large (2 MB), too deep (64), not an object, no key, no baseUrl — with line and column
// where there is one. A baseUrl that is no usable URL (file:, octal address, userinfo…) is NOT an error: base_url stays
// empty, the note "base-url-unusable" says why, and nothing can be asked.
Result<Surface> read_descriptor(std::string_view text, std::string_view source, const Url* descriptor_url);

// The surface of a service known only by its base URL: one endpoint (role base) and one origin.
Surface surface_of_base_url(const Url& base, std::string_view source);

}  // namespace assay::source

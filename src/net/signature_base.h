#pragma once

// The text that an HTTP message signature signs (RFC 9421 §2.5), for the signer and for who verifies.

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/url.h"
#include "model/exchange.h"

namespace assay::net {

// `("@method" "@authority" …)`: the inner list of Signature-Input, without parameters.
std::string component_list(const std::vector<std::string>& components);

// `parameters`: the value of Signature-Input after its label. Components: "@method", "@authority", "@scheme",
// "@target-uri", "@request-target", "@path", "@query" and names of fields (lower case). Errors: unsupported for another
// derived component, not_found for a field that is not among `fields`, invalid_input for one that is named twice.
Result<std::string> signature_base(const std::vector<std::string>& components, std::string_view parameters,
                                   std::string_view method, const Url& url, const std::vector<HttpField>& fields);

}  // namespace assay::net

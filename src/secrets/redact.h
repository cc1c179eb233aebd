#pragma once

// How a secret is shown to people.

#include <string>
#include <string_view>

namespace assay::secrets {

// "ghp_…9f2a (40)": the first four characters and the last four, never more than a third of the secret in all, and its
// length; "… (8)" of a secret shorter than 12 characters. Bytes that are no printable ASCII become "?".
std::string redact(std::string_view secret);

}  // namespace assay::secrets

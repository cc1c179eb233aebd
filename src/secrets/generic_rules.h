#pragma once

// What is found by the name it is given, of no provider known.

#include <span>
#include <string_view>
#include <vector>

#include "model/secret_rule.h"

namespace assay::secrets {

// generic-assignment, generic-url-credentials, generic-authorization-header, in this order.
std::vector<SecretRule> generic_rules();

// Parts of names that secrets are given, four characters or more, lower case.
std::span<const std::string_view> key_words();

}  // namespace assay::secrets

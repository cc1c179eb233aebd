#pragma once

// Why a candidate is no finding. docs/secrets.md explains each reason.

#include <string>
#include <string_view>

#include "secrets/finder.h"

namespace assay::secrets {

// "placeholder", "template", …; "" when the candidate is a finding. What a check of its structure or checksum has shown
// to be a secret is suppressed only as an example of its provider's documentation.
std::string reason_to_suppress(const RuleTable& table, const PlaceFacts& facts, const Candidate& candidate);

// Whether it stands in a comment that documents code, " * password: …": an example most of the time. Strings that hold
// code, as source maps do, end their lines with "\n".
bool in_document_comment(const PlaceFacts& facts, const Candidate& candidate);

// Whether `value`, which a person wrote into a place for a secret, stands for one.
bool is_placeholder(std::string_view value);
// Whether it is filled in later: ${X}, {{ x }}, %X%, <%= x %>, $(x), @x@.
bool is_template(std::string_view value);

}  // namespace assay::secrets

#pragma once

// What is looked at beyond a rule's pattern: entropy, classes, checksums, structure.

#include <string>
#include <string_view>

#include "model/secret_rule.h"

namespace assay::secrets {

// Shannon entropy of the bytes, bits a byte: 0 of "aaaa", 8 at most.
double entropy(std::string_view s);

enum class CheckResult { right, wrong, failed };

// What one check of a rule says of a secret that its pattern matched. `failed` takes the candidate away; `wrong` (of
// checksums only) leaves it at low confidence; `note` gets what is worth saying ("checksum-right", "pem-encrypted").
CheckResult check_secret(const SecretCheck& check, std::string_view secret, std::string& note);

// Six base-62 digits of the CRC-32 of `body`: the end of GitHub's and npm's tokens.
// GitHub, "Behind GitHub's new authentication token formats" (2021).
std::string crc32_base62(std::string_view body);
// The CRC-32 of `body` in hexadecimal, low byte first: the end of Grafana's service account tokens.
std::string crc32_hex(std::string_view body);

}  // namespace assay::secrets

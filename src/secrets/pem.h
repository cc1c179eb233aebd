#pragma once

// Private keys in PEM form (RFC 7468), also as people paste them: in one line, with "\n" written out, indented.

#include <string>
#include <string_view>

#include "secrets/checks.h"

namespace assay::secrets {

// `right` when it parses as a private key, or is one that a passphrase protects (note "pem-encrypted"); `failed`
// otherwise. The note of a key that parses names its kind: "key-rsa-2048", "key-ec", "key-ed25519".
CheckResult check_pem(std::string_view pem, std::string& note);

}  // namespace assay::secrets

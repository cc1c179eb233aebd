#pragma once

// Webhooks as the Standard Webhooks specification has them: the headers webhook-id, webhook-timestamp and
// webhook-signature, HMAC-SHA256 over "ID.TIMESTAMP.BODY". https://www.standardwebhooks.com

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/error.h"
#include "ticket/sinks/courier.h"

namespace assay::ticket {

// The bytes of one secret: "whsec_" and base64, 24 to 64 bytes.
Result<Bytes> webhook_key(std::string_view secret);

// "v1," and the signature in base64.
std::string webhook_signature(ByteView key, std::string_view id, std::string_view timestamp, std::string_view body);

// One signature for each of the secrets, which are separated by spaces, so that a secret can be changed without a gap.
Result<HttpMessage> webhook_message(const std::string& url, const std::string& secrets, const std::string& id, Time now,
                                    std::string body);

// Whether "sha256=…" (X-Hub-Signature, X-Hub-Signature-256) is that of `body`: how Jira and GitHub sign theirs.
bool hub_signature_matches(std::string_view header, std::string_view secret, std::string_view body);

}  // namespace assay::ticket

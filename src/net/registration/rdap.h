#pragma once

// Answers of RDAP (RFC 9083) as what they say of a registration. Never guesses: what cannot be read, belongs to another
// name or contradicts itself is `unknown`.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/dns.h"

namespace assay::net::registration {

// What an HTTP answer of the service that is authoritative for `domain` says. Sets everything but protocol, server and
// parent_says.
Registration read_rdap(std::string_view domain, int status, std::string_view content_type, std::string_view body);

// The RDAP value of an EPP status (RFC 8056 §2): "clientHold" → "client hold", "ok" → "active"; values that are already
// RDAP's, in any case, come out in lower case.
std::string rdap_status(std::string_view epp);

// The state that the statuses of a registered name give; one of assay::registration_state.
std::string_view state_of(const std::vector<std::string>& statuses);

}  // namespace assay::net::registration

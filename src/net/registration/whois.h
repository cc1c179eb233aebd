#pragma once

// Answers of WHOIS servers as what they say of a registration: whole lines against the patterns of the server
// (model/registries.h). Nothing is concluded from words inside other lines, such as disclaimers.

#include <string>
#include <string_view>

#include "model/dns.h"
#include "model/registries.h"

namespace assay::net::registration {

// What to send: the server's query for `domain`, with CR LF.
std::string whois_query(const WhoisServer& server, std::string_view domain);

// What `answer` (as received) says of `domain`. Sets everything but protocol, server and parent_says. Answers that say
// two things, or nothing that is known, are `unknown`. Referrals to other servers are ignored.
Registration read_whois(const WhoisServer& server, const WhoisCommons& commons, std::string_view domain,
                        std::string_view answer);

// Whether a line is one that `pattern` stands for.
bool line_matches(std::string_view line, std::string_view pattern, std::string_view domain);

}  // namespace assay::net::registration

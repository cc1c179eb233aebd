#pragma once

// Short forms of what the DNS and the registries say, for cases (docs/judges.md describes them).

#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"

namespace assay::judge_test {

struct ShortForm {
  std::string subject;  // of the evidence
  Json body;
};

// The body of kind surface.hosts, dns.host, dns.zone or registration.domain: the members of `given` over a sound
// default about `subject` (the case's: a host, a domain or an origin). nullopt for any other kind. Throws
// std::invalid_argument for a member that the kind does not have.
std::optional<ShortForm> dns_form(std::string_view kind, const Json& given, const std::string& subject);

}  // namespace assay::judge_test

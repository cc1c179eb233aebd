// What the model and the judges read from the text of DNS records. Besides not crashing: what is read keeps the
// promises of model/dns.h and judge/certificate_records.h.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "judge/certificate_records.h"
#include "model/dns.h"

namespace {

void require(bool promise) {
  if (!promise) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace assay;
  const std::string text(reinterpret_cast<const char*>(data), size);
  for (const auto* type : {"MX", "TXT"}) {
    const auto targets = mail_targets({.name = "acme.com", .type = type, .data = text});
    require(targets.size() <= 10);
    for (const auto& target : targets)
      require(!target.empty() && target.find_first_of("% \"\\\r\n") == std::string::npos);
  }
  DnsHost host;
  host.host = "acme.com";
  DnsAnswer answer;
  answer.name = "acme.com";
  answer.type = "CAA";
  answer.rcode = "NOERROR";
  answer.answer.push_back({.name = "acme.com", .type = "CAA", .data = text});
  host.answers.push_back(answer);
  if (const auto rules = judge::issue_rules(host, "acme.com"))
    require(rules->owner == "acme.com" && rules->issuers.size() <= 1);
  CertificateRecord leaf;
  leaf.issuer = text;
  require(judge::identifiers_of_issuer(leaf, {text}).size() <= 1);
  (void)judge::match_tlsa({text}, {leaf});
  return 0;
}

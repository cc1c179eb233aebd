#include "judge/certificate_records.h"

#include <algorithm>
#include <span>

#include "base/bytes.h"
#include "base/text.h"

namespace assay::judge {

namespace {

struct CaaRecord {
  std::string tag;     // in lower case
  std::string issuer;  // of "issue" and "issuewild", without parameters; "" names nobody
};

// `data`: "0 issue "ca.example; account=1"".
CaaRecord read_caa(std::string_view data) {
  CaaRecord record;
  const auto tag = data.find(' ');
  if (tag == std::string_view::npos) return record;
  const auto value = data.find(' ', tag + 1);
  if (value == std::string_view::npos) return record;
  record.tag = ascii_lower(data.substr(tag + 1, value - tag - 1));
  auto text = data.substr(value + 1);
  if (text.starts_with('"')) text.remove_prefix(1);
  if (text.ends_with('"')) text.remove_suffix(1);
  record.issuer = ascii_lower(trim(text.substr(0, text.find(';'))));
  return record;
}

// The CAA records of `name`, also behind a CNAME; nullopt when nobody said.
std::optional<std::vector<CaaRecord>> caa_of(const DnsHost& host, std::string_view name) {
  for (const auto& answer : host.answers) {
    if (answer.type != "CAA" || answer.name != name) continue;
    if (answer.rcode != "NOERROR" && answer.rcode != "NXDOMAIN") return std::nullopt;
    std::vector<CaaRecord> records;
    for (const auto& r : answer.answer)
      if (r.type == "CAA") records.push_back(read_caa(r.data));
    return records;
  }
  return std::nullopt;
}

std::optional<IssueRules> rules_in(const std::vector<CaaRecord>& records, std::string_view tag) {
  std::optional<IssueRules> rules;
  for (const auto& r : records) {
    if (r.tag != tag) continue;
    if (!rules) rules.emplace();
    if (!r.issuer.empty()) rules->issuers.push_back(r.issuer);
  }
  return rules;
}

// RFC 6698 §2.1.
enum Usage { kAnchorOfPath = 0, kLeafOfPath = 1, kAnchor = 2, kLeaf = 3 };

TlsaMatch match_record(std::string_view data, std::span<const CertificateRecord> chain) {
  const auto parts = split(data, ' ');
  if (parts.size() != 4) return TlsaMatch::open;
  const auto bytes = from_hex(parts[3]);
  const auto number = [&](std::size_t i) { return parts[i].size() == 1 ? parts[i].front() - '0' : -1; };
  const int usage = number(0), selector = number(1), type = number(2);
  const bool readable =
      bytes && usage >= kAnchorOfPath && usage <= kLeaf && (selector == 0 || selector == 1) && (type == 0 || type == 1);
  if (!readable) return TlsaMatch::open;
  const auto digest = type == 1 ? to_hex(*bytes) : sha256_hex(as_text(*bytes));
  const bool of_leaf = usage == kLeafOfPath || usage == kLeaf;
  const auto candidates = of_leaf ? chain.first(1) : chain;
  const auto has_digest = [&](const CertificateRecord& c) {
    return (selector == 0 ? c.sha256 : c.spki_sha256) == digest;
  };
  if (std::ranges::any_of(candidates, has_digest)) return TlsaMatch::agrees;
  // Of a path that ends at the client's own anchor, the server need not send that one.
  return usage == kAnchorOfPath ? TlsaMatch::open : TlsaMatch::differs;
}

}  // namespace

std::optional<IssueRules> issue_rules(const DnsHost& host, std::string_view name) {
  const bool wildcard = name.starts_with("*.");
  if (wildcard) name.remove_prefix(2);
  for (;;) {
    const auto records = caa_of(host, name);
    if (!records) return std::nullopt;
    if (!records->empty()) {
      auto rules = wildcard ? rules_in(*records, "issuewild") : std::nullopt;
      if (!rules) rules = rules_in(*records, "issue");
      if (rules) rules->owner = name;
      return rules;
    }
    const auto dot = name.find('.');
    if (dot == std::string_view::npos) return std::nullopt;
    name.remove_prefix(dot + 1);
  }
}

std::vector<std::string> identifiers_of_issuer(const CertificateRecord& certificate,
                                               const std::vector<std::string>& known) {
  std::vector<std::string> found;
  for (const auto& entry : known) {
    const auto sign = entry.find('=');
    if (sign == std::string::npos) continue;
    // In RFC 2253's order and escapes: "CN=R11,O=Let's Encrypt,C=US".
    if ((',' + certificate.issuer).find(",O=" + entry.substr(sign + 1)) != std::string::npos)
      found.push_back(entry.substr(0, sign));
  }
  return found;
}

std::vector<std::string> validated_tlsa(const DnsHost& host) {
  std::vector<std::string> records;
  for (const auto& answer : host.answers) {
    if (answer.type != "TLSA" || answer.name != "_443._tcp." + host.host) continue;
    if (!answer.authenticated || answer.rcode != "NOERROR") continue;
    for (const auto& r : answer.answer)
      if (r.type == "TLSA") records.push_back(r.data);
  }
  return records;
}

TlsaMatch match_tlsa(const std::vector<std::string>& records, const std::vector<CertificateRecord>& chain) {
  auto match = TlsaMatch::differs;
  for (const auto& record : records) {
    const auto one = match_record(record, chain);
    if (one == TlsaMatch::agrees) return one;
    if (one == TlsaMatch::open) match = one;
  }
  return match;
}

}  // namespace assay::judge

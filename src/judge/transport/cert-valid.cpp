// cert-valid: every address of the host shows a certificate that names the host, is in its dates, chains to a trusted
// authority with every intermediate sent, keeps to the rules of the Web PKI, and is not revoked.
//
// Proof of a miss: the chain as sent in a real handshake, or a signed statement of the authority. Dates are compared
// with the time of the evidence. Whether a certificate is revoked is said when it is known; when it is not, the verdict
// says so, and is inconclusive only if `require_revocation_status` asks for it: clients go on, too, and no owner can
// mend an authority's server (docs/judges/cert-valid.md).

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "base/time.h"
#include "judge/addresses.h"
#include "judge/certificate_records.h"
#include "judge/certificate_rules.h"
#include "judge/judge.h"
#include "judge/ruling.h"

namespace assay::judge {

namespace {

using std::chrono::days;

struct Limits {
  days expiry_warning{14};
  int rsa_bits = 2048;
  int ec_bits = 256;
};

struct Period {
  Time begin;
  Time end;
};

std::optional<Period> period_of(const CertificateRecord& certificate) {
  const auto begin = parse_rfc3339(certificate.not_before);
  const auto end = parse_rfc3339(certificate.not_after);
  if (!begin || !end || *end < *begin) return std::nullopt;
  return Period{*begin, *end};
}

std::string describe(const TlsHandshake& h) {
  const auto& leaf = h.chain.front();
  return printable(fmt::format("{} ({}) shows the certificate \"{}\" of \"{}\", valid {} to {}, SHA-256 {}", h.host,
                               h.address, ellipsis(leaf.subject, 120), ellipsis(leaf.issuer, 120), leaf.not_before,
                               leaf.not_after, leaf.sha256.substr(0, 16)));
}

Miss miss_of(const CertificateRule& rule, const Observed<TlsHandshake>& h, std::string_view detail) {
  auto proof = describe(h.value);
  if (!detail.empty()) proof += "\n" + printable(ellipsis(detail, 400));
  return {std::string(rule.id), std::string(rule.title), std::move(proof), std::string(rule.remedy), {h.id},
          rule.severity};
}

void miss(Ruling& ruling, const Observed<TlsHandshake>& h, std::string_view rule, std::string_view detail) {
  ruling.miss(miss_of(certificate_rule(rule), h, detail));
}

bool has_broken_hash(const std::string& algorithm) {
  for (const std::string_view hash : {"md2", "md4", "md5", "sha1"})
    if (icontains(algorithm, hash)) return true;
  return false;
}

void judge_strength(Ruling& ruling, const Observed<TlsHandshake>& h, const Limits& limits) {
  for (std::size_t depth = 0; depth < h.value.chain.size(); ++depth) {
    const auto& c = h.value.chain[depth];
    if (depth > 0 && c.self_signed) continue;  // a root that was sent along; its own signature protects nothing
    const auto which = depth == 0 ? std::string("The leaf") : fmt::format("The certificate at depth {}", depth);
    const bool rsa = c.key_type == "RSA" && c.key_bits < limits.rsa_bits;
    const bool ec = c.key_type == "EC" && c.key_bits < limits.ec_bits;
    if (rsa || ec || c.key_type == "DSA")
      miss(ruling, h, chain_rule::kWeakKey,
           fmt::format("{} has a key of type {} and {} bits.", which, c.key_type, c.key_bits));
    if (has_broken_hash(c.signature_algorithm))
      miss(ruling, h, chain_rule::kWeakSignature, fmt::format("{} is signed with {}.", which, c.signature_algorithm));
  }
}

void judge_dates(Ruling& ruling, const Observed<TlsHandshake>& h, const Limits& limits) {
  const auto period = period_of(h.value.chain.front());
  if (!period) return ruling.unknown({"unreadable-certificate", describe(h.value) + ": the dates cannot be read."});
  if (h.time > period->end) return miss(ruling, h, chain_rule::kExpired, "");
  if (h.time < period->begin) return miss(ruling, h, chain_rule::kNotYetValid, "");
  const Duration left = period->end - h.time;
  const Duration horizon = renewal_horizon(period->end - period->begin, limits.expiry_warning);
  if (left > horizon) return;
  ruling.warn({"expires-soon",
               "The certificate expires soon",
               fmt::format("{}, which was {} away", describe(h.value), format_duration(left)),
               "Renew it now, and have it renewed automatically with a third of its life left.",
               {h.id},
               left <= horizon / 2 ? Severity::medium : Severity::low});
}

// What only holds for certificates of public authorities.
void judge_public_rules(Ruling& ruling, const Observed<TlsHandshake>& h) {
  const auto period = period_of(h.value.chain.front());
  if (!h.value.public_trust || !period) return;
  const Duration lifetime = period->end - period->begin + std::chrono::seconds(1);
  const days longest = longest_lifetime(period->begin);
  if (lifetime > longest)
    miss(ruling, h, "lives-too-long",
         fmt::format("It lives for {}; issued on that day, it may live for {} days.", format_duration(lifetime),
                     longest.count()));
  if (!h.value.timestamps) return;
  const auto& t = *h.value.timestamps;
  const int seen = t.embedded + t.tls + t.ocsp;
  const int wanted = wanted_timestamps(lifetime);
  if (seen < wanted)
    ruling.warn({"few-timestamps",
                 "The certificate has too few certificate timestamps",
                 fmt::format("{}\nSigned certificate timestamps: {} embedded, {} by TLS, {} by OCSP; browsers want {}.",
                             describe(h.value), t.embedded, t.tls, t.ocsp, wanted),
                 "Have the certificate issued anew by an authority that logs it (certificate transparency).",
                 {h.id},
                 {}});
}

// The certificate that an error is about, for people.
std::string subject_of(const TlsHandshake& h, const ChainError& e) {
  const auto named = [&](const std::vector<CertificateRecord>& chain) {
    const auto at = std::ranges::find(chain, e.sha256, &CertificateRecord::sha256);
    return at == chain.end() ? std::string() : at->subject;
  };
  auto subject = e.sha256.empty() ? std::string() : named(h.chain);
  if (subject.empty() && h.completion && !e.sha256.empty()) subject = named(h.completion->certificates);
  const auto where = e.depth == 0 ? std::string("The leaf") : fmt::format("Depth {}", e.depth);
  return subject.empty() ? where : fmt::format("{}, \"{}\"", where, ellipsis(subject, 120));
}

// Three outcomes: valid as served; valid only for clients that fetch what is missing; invalid.
void judge_chain(Ruling& ruling, const Observed<TlsHandshake>& h) {
  const bool mended = h.value.completion && h.value.completion->trusted;
  for (const auto& e : h.value.chain_errors) {
    auto rule = certificate_rule(e.rule);
    auto detail = fmt::format("{}: {}.", subject_of(h.value, e), e.detail.empty() ? e.rule : e.detail);
    if (e.rule == chain_rule::kIncompleteChain && mended) {
      rule.severity = Severity::medium;
      detail += fmt::format(
          " The chain verifies with the issuer that the certificate names ({}): browsers fetch it, other clients fail.",
          join(h.value.completion->urls, ", "));
    }
    auto m = miss_of(rule, h, detail);
    if (e.rule == chain_rule::kProfile) {
      ruling.warn(std::move(m));
    } else {
      ruling.miss(std::move(m));
    }
  }
  if (!h.value.trusted && h.value.chain_errors.empty()) miss(ruling, h, "untrusted", "");
  if (std::ranges::find(h.value.chain_notes, chain_note::kOutOfOrder) != h.value.chain_notes.end())
    ruling.warn({"chain-order",
                 "The certificates are sent in the wrong order",
                 describe(h.value),
                 "Send the leaf first, then each issuer behind what it issued: TLS 1.2 clients may rely on it.",
                 {h.id},
                 {}});
}

void judge_address(Ruling& ruling, const Observed<TlsHandshake>& h, const Limits& limits) {
  const auto where = fmt::format("{} ({})", printable(h.value.host), printable(h.value.address));
  if (h.value.failure) return ruling.unknown(unknown_of(*h.value.failure, "No handshake with " + where));
  if (h.value.chain.empty()) return ruling.unknown({"no-certificate", where + " sent no certificate."});
  if (!h.value.name_matches) {
    std::vector<std::string> names = h.value.chain.front().dns_names;
    names.insert(names.end(), h.value.chain.front().ip_addresses.begin(), h.value.chain.front().ip_addresses.end());
    miss(ruling, h, "name-mismatch",
         "It names " + (names.empty() ? "nothing" : ellipsis(join(names, ", "), 150)) + ".");
  }
  judge_chain(ruling, h);
  judge_strength(ruling, h, limits);
  judge_dates(ruling, h, limits);
  judge_public_rules(ruling, h);
}

std::string describe(const Revocation& r) {
  return fmt::format("\"{}\" (serial number {}, SHA-256 {})", ellipsis(r.subject, 120), ellipsis(r.serial, 64),
                     r.certificate.substr(0, 16));
}

void miss_revoked(Ruling& ruling, const Observed<Revocation>& r) {
  const auto rule = certificate_rule("revoked");
  std::string proof = describe(r.value);
  for (const auto& s : r.value.sources) {
    if (s.status != revocation_status::kRevoked) continue;
    proof += fmt::format("\nRevoked {}({}) by {}, {}, of {}.", s.revoked_at.empty() ? "" : s.revoked_at + " ",
                         s.detail.empty() ? "no reason given" : s.detail, s.method == "crl" ? "the list" : "OCSP",
                         s.url.empty() ? "stapled" : ellipsis(s.url, 200), s.this_update);
  }
  ruling.miss({std::string(rule.id),
               std::string(rule.title),
               printable(proof),
               std::string(rule.remedy),
               {r.id},
               rule.severity});
}

// Judges what is known of revocation; what is not, in one sentence; "" when all of it is known.
std::string judge_revocation(Ruling& ruling, const EvidenceView& view) {
  std::string unknown;
  const auto records = view.revocations();
  for (const auto* r : records) {
    ruling.rests_on(r->id);
    if (r->value.status == revocation_status::kRevoked) miss_revoked(ruling, *r);
    if (r->value.status != revocation_status::kUnknown || r->value.exempt == "short-lived" || !unknown.empty())
      continue;
    std::string why = "it names no source that would say so";
    if (!r->value.sources.empty()) {
      const auto& last = r->value.sources.back();
      why = fmt::format("{}: {}", last.url.empty() ? "the stapled answer" : ellipsis(last.url, 150), last.detail);
    }
    unknown = printable(fmt::format("whether {} is revoked is not known ({})", describe(r->value), why));
  }
  if (records.empty()) unknown = "whether it is revoked was not looked at";
  return unknown;
}

// The name for which the leaf was issued: the host, or the wildcard that covers it.
std::string issued_for(const CertificateRecord& leaf, const std::string& host) {
  if (std::ranges::find(leaf.dns_names, host) != leaf.dns_names.end()) return host;
  const auto wildcard = "*" + host.substr(std::min(host.find('.'), host.size()));
  return std::ranges::find(leaf.dns_names, wildcard) != leaf.dns_names.end() ? wildcard : host;
}

// CAA binds at issuance (RFC 8659 §1), so it speaks of the next renewal only.
void judge_caa(Ruling& ruling, const Observed<TlsHandshake>& h, const Observed<DnsHost>& dns,
               const std::vector<std::string>& authorities) {
  const auto& leaf = h.value.chain.front();
  const auto rules = issue_rules(dns.value, issued_for(leaf, dns.value.host));
  if (!rules) return;
  ruling.rests_on(dns.id);
  if (rules->issuers.empty())
    return ruling.warn(
        {"caa-forbids",
         "The DNS forbids every authority to issue for this name",
         fmt::format("The CAA records of {} name no authority that may issue.", printable(rules->owner)),
         "Name the authority that issues for this host in a CAA record: the next renewal will fail otherwise.",
         {dns.id},
         {}});
  const auto names = identifiers_of_issuer(leaf, authorities);
  const bool named = std::ranges::any_of(
      names, [&](const std::string& name) { return std::ranges::find(rules->issuers, name) != rules->issuers.end(); });
  if (names.empty() || named) return;
  ruling.warn(
      {"caa-other-authority",
       "The DNS lets only other authorities issue for this name",
       printable(fmt::format("The CAA records of {} name {}; the certificate is issued by \"{}\" ({}).", rules->owner,
                             ellipsis(join(rules->issuers, ", "), 200), ellipsis(leaf.issuer, 120), join(names, ", "))),
       "Name the authority that issues for this host in a CAA record, or renew with one that is named.",
       {dns.id, h.id},
       {}});
}

// DANE, which browsers do not look at: a difference is a record that was not renewed with the key.
void judge_tlsa(Ruling& ruling, const Observed<TlsHandshake>& h, const Observed<DnsHost>& dns) {
  const auto records = validated_tlsa(dns.value);
  if (records.empty()) return;
  ruling.rests_on(dns.id);
  if (match_tlsa(records, h.value.chain) != TlsaMatch::differs) return;
  ruling.warn({"tlsa-mismatch",
               "The TLSA records of the host name another certificate",
               printable(fmt::format("{}\n_443._tcp.{} TLSA {}", describe(h.value), dns.value.host,
                                     ellipsis(join(records, "; "), 400))),
               "Publish a record for the key in use, or remove the old ones: clients that check DANE refuse the host.",
               {dns.id, h.id},
               {}});
}

// What the DNS says of the certificates that were shown.
void judge_records(Ruling& ruling, const EvidenceView& view, const std::vector<std::string>& authorities) {
  for (const auto& dns : view.all().dns_hosts()) {
    if (dns.value.host != view.origin().host) continue;
    for (const auto* h : view.handshakes()) {
      if (h->value.chain.empty()) continue;
      judge_caa(ruling, *h, dns, authorities);
      if (view.origin().port == 443) judge_tlsa(ruling, *h, dns);
    }
  }
}

std::string pass_reason(const EvidenceView& view, std::size_t addresses, const std::string& unknown) {
  auto reason = fmt::format("The certificate of {} is trusted, names the host, is in its dates and strong, on {}",
                            view.origin().host, plural(addresses, "address", "addresses"));
  const auto seen = view.handshakes();
  if (!seen.empty() && !seen.front()->value.trust_store.empty())
    reason += fmt::format(", by {}", printable(ellipsis(seen.front()->value.trust_store, 200)));
  return reason + (unknown.empty() ? ", and is not revoked." : "; " + unknown + ".");
}

}  // namespace

Verdict cert_valid(const EvidenceView& view, const Requirement& requirement) {
  Ruling ruling(view, requirement);
  const auto& origin = view.origin();
  if (origin.scheme != "https")
    return ruling.not_applicable("not-https", "The origin has no TLS; see https-only and tls-version.");
  const Limits limits{days(requirement.parameter("expiry_warning_days", 14)),
                      requirement.parameter("minimum_rsa_bits", 2048), requirement.parameter("minimum_ec_bits", 256)};
  const auto looked_at =
      judge_every_address(ruling, view, view.handshakes(), "No handshake was made with this origin.",
                          [&](const Observed<TlsHandshake>& h) { judge_address(ruling, h, limits); });
  const std::string unknown = judge_revocation(ruling, view);
  if (!unknown.empty() && requirement.parameter("require_revocation_status", false))
    ruling.unknown({"revocation-unknown", "It cannot be said of " + origin.host + ": " + unknown + "."});
  judge_records(ruling, view, requirement.parameter("caa_authorities", std::vector<std::string>()));
  return ruling.decide(pass_reason(view, looked_at, unknown));
}

}  // namespace assay::judge

// cert-valid: every address of the host shows a certificate that names the host, is in its dates, chains to a trusted
// authority, and has a strong key and signature.
//
// Proof of a miss: the chain as sent in a real handshake. Dates are compared with the time of the evidence. A
// certificate that ends soon is a warning: within `expiry_warning_days`, or the last third of its life where that is
// shorter.

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "base/time.h"
#include "judge/addresses.h"
#include "judge/judge.h"
#include "judge/ruling.h"

namespace assay::judge {

namespace {

using std::chrono::days;

constexpr days kShortestWarning{2};

struct Limits {
  days expiry_warning{14};
  int rsa_bits = 2048;
  int ec_bits = 256;
};

std::string describe(const TlsHandshake& h) {
  const auto& leaf = h.chain.front();
  return printable(fmt::format("{} ({}) shows the certificate \"{}\" of \"{}\", valid {} to {}, SHA-256 {}", h.host,
                               h.address, ellipsis(leaf.subject, 120), ellipsis(leaf.issuer, 120), leaf.not_before,
                               leaf.not_after, leaf.sha256.substr(0, 16)));
}

struct Rule {
  std::string_view id;
  std::string_view title;
  std::string_view remedy;
};

Rule rule_of(std::string_view id) {
  static constexpr Rule kRules[] = {
      {"self-signed", "The certificate is signed by itself", "Install a certificate from a public authority."},
      {"unknown-issuer", "The certificate's authority is not trusted",
       "Install a certificate from a public authority."},
      {"incomplete-chain", "An intermediate certificate is missing",
       "Send the whole chain: the leaf, then every intermediate."},
      {"expired", "A certificate of the chain has expired",
       "Renew it, automatically from now on, and reload every server."},
      {"not-yet-valid", "A certificate of the chain is not valid yet", "Install a certificate whose period has begun."},
      {"bad-signature", "A signature of the chain does not verify",
       "Install the certificates that the authority issued, in their order."},
      {"not-a-ca", "A certificate that may not issue others has issued one",
       "Install the intermediates that the authority names."},
      {"name-constraints", "The authority may not issue for this name",
       "Get the certificate from an authority that may."},
      {"weak-signature", "A certificate is signed with a broken hash",
       "Replace it by one signed with SHA-256 or better."},
      {"weak-key", "A certificate has a weak key",
       "Make a new key (ECDSA P-256, or RSA of 2048 bits or more) and have it certified."},
      {"purpose", "The certificate is not meant for servers",
       "Install a certificate with the server authentication purpose."},
      {"name-mismatch", "The certificate does not name the host",
       "Install a certificate whose subject alternative names cover the host."},
  };
  for (const auto& r : kRules)
    if (r.id == id) return r;
  return {"untrusted", "The certificate chain does not verify",
          "Install a certificate from a public authority with its whole chain."};
}

void miss(Ruling& ruling, const Observed<TlsHandshake>& h, std::string_view id, std::string_view detail) {
  const auto rule = rule_of(id);
  auto proof = describe(h.value);
  if (!detail.empty()) proof += "\n" + printable(ellipsis(detail, 200));
  ruling.miss({std::string(rule.id), std::string(rule.title), std::move(proof), std::string(rule.remedy), {h.id}, {}});
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
      miss(ruling, h, "weak-key", fmt::format("{} has a key of type {} and {} bits.", which, c.key_type, c.key_bits));
    if (has_broken_hash(c.signature_algorithm))
      miss(ruling, h, "weak-signature", fmt::format("{} is signed with {}.", which, c.signature_algorithm));
  }
}

void judge_dates(Ruling& ruling, const Observed<TlsHandshake>& h, const Limits& limits) {
  const auto& leaf = h.value.chain.front();
  const auto begin = parse_rfc3339(leaf.not_before);
  const auto end = parse_rfc3339(leaf.not_after);
  if (!begin || !end)
    return ruling.unknown({"unreadable-certificate", describe(h.value) + ": the dates cannot be read."});
  if (h.time > *end) return miss(ruling, h, "expired", "");
  if (h.time < *begin) return miss(ruling, h, "not-yet-valid", "");
  const Duration third = (*end - *begin) / 3;
  const auto horizon = std::max<Duration>(std::min<Duration>(limits.expiry_warning, third), kShortestWarning);
  if (*end - h.time <= horizon)
    ruling.warn({"expires-soon",
                 "The certificate expires soon",
                 fmt::format("{}, which was {} away", describe(h.value), format_duration(*end - h.time)),
                 "Renew it now, and have it renewed automatically with a third of its life left.",
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
  for (const auto& e : h.value.chain_errors) miss(ruling, h, e.rule, e.detail);
  if (!h.value.trusted && h.value.chain_errors.empty()) miss(ruling, h, "untrusted", "");
  judge_strength(ruling, h, limits);
  judge_dates(ruling, h, limits);
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
  return ruling.decide(
      fmt::format("The certificate of {} is trusted, names the host, is in its dates and strong, on {}.", origin.host,
                  plural(looked_at, "address", "addresses")));
}

}  // namespace assay::judge

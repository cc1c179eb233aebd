#include "judge/certificate_rules.h"

#include <algorithm>
#include <iterator>

#include "model/tls.h"

namespace assay::judge {

namespace {

using std::chrono::days;

constexpr std::string_view kPublic = "Install a certificate from a public authority.";
constexpr std::string_view kReissue = "Have the certificate issued anew by an authority that keeps to the rules.";
constexpr std::string_view kNewKey = "Make a new key (ECDSA P-256, or RSA of 2048 bits or more) and have it certified.";

constexpr CertificateRule kRules[] = {
    {chain_rule::kSelfSigned, "The certificate is signed by itself", kPublic, {}},
    {chain_rule::kUnknownIssuer, "The certificate's authority is not trusted", kPublic, {}},
    {chain_rule::kIncompleteChain,
     "An intermediate certificate is missing",
     "Send the whole chain: the leaf, then every intermediate.",
     {}},
    {chain_rule::kExpired,
     "A certificate of the chain has expired",
     "Renew it, automatically from now on, and reload every server.",
     {}},
    {chain_rule::kNotYetValid,
     "A certificate of the chain is not valid yet",
     "Install a certificate whose period has begun.",
     {}},
    {chain_rule::kBadSignature,
     "A signature of the chain does not verify",
     "Install the certificates that the authority issued, in their order.",
     {}},
    {chain_rule::kNotACa,
     "A certificate that may not issue others has issued one",
     "Install the intermediates that the authority names.",
     {}},
    {chain_rule::kPathLength,
     "The chain is longer than an authority in it allows",
     "Install the intermediates that the authority names.",
     {}},
    {chain_rule::kNameConstraints,
     "The authority may not issue for this name",
     "Get the certificate from an authority that may.",
     {}},
    {chain_rule::kPurpose,
     "The certificate is not meant for servers",
     "Install a certificate with the server authentication purpose.",
     {}},
    {chain_rule::kDistrusted,
     "The authority had lost its trust when it issued the certificate",
     "Get a certificate from an authority that browsers trust.",
     {}},
    {chain_rule::kWeakSignature,
     "A certificate is signed with a broken hash",
     "Replace it by one signed with SHA-256 or better.",
     {}},
    {chain_rule::kWeakKey, "A certificate has a weak key", kNewKey, {}},
    {chain_rule::kNoPurpose, "The certificate does not say that it is meant for servers",
     "Install a certificate with the server authentication purpose.", Severity::medium},
    {chain_rule::kLeafIsCa, "The server's certificate is one of a certificate authority",
     "Install a certificate that may not issue others: whoever gets this key can issue for any name.",
     Severity::medium},
    {chain_rule::kOldVersion, "A certificate is not of X.509 version 3", kReissue, Severity::medium},
    {chain_rule::kBadSerial, "A certificate has a serial number that the rules forbid", kReissue, Severity::low},
    {chain_rule::kWildcardSuffix,
     "A wildcard covers every domain of a registry",
     "Install a certificate for your own names only.",
     {}},
    {chain_rule::kProfile, "A certificate breaks the profile of RFC 5280", kReissue, Severity::low},
    {"name-mismatch",
     "The certificate does not name the host",
     "Install a certificate whose subject alternative names cover the host.",
     {}},
    {"revoked",
     "A certificate of the chain is revoked",
     "Find out why the authority revoked it, make a new key, and install a new certificate on every server.",
     {}},
    {"lives-too-long", "The certificate was issued for longer than public authorities may",
     "Have it issued anew, for the period that the rules allow: the authority has to revoke this one.",
     Severity::medium},
};

}  // namespace

CertificateRule certificate_rule(std::string_view id) {
  const auto rule = std::ranges::find(kRules, id, &CertificateRule::id);
  if (rule != std::end(kRules)) return *rule;
  return {"untrusted",
          "The certificate chain does not verify",
          "Install a certificate from a public authority with its whole chain.",
          {}};
}

days longest_lifetime(Time issued) {
  using namespace std::chrono;
  struct Step {
    sys_days since;
    days longest;
  };
  constexpr Step kSteps[] = {{sys_days{year{2029} / March / 15}, days{47}},
                             {sys_days{year{2027} / March / 15}, days{100}},
                             {sys_days{year{2026} / March / 15}, days{200}},
                             {sys_days{year{2020} / September / 1}, days{398}}};
  for (const auto& step : kSteps)
    if (issued >= step.since) return step.longest;
  return days{825};
}

Duration renewal_horizon(Duration lifetime, days fixed) {
  constexpr days kLong{90};
  constexpr days kShortest{2};
  // Both ends count, so that a certificate for 90 days ends a second before they are over.
  if (lifetime + std::chrono::seconds(1) >= kLong) return fixed;
  return std::min<Duration>(std::max<Duration>(lifetime / 3, kShortest), lifetime / 2);
}

int wanted_timestamps(Duration lifetime) {
  constexpr days kShort{180};
  return lifetime <= kShort ? 2 : 3;
}

}  // namespace assay::judge

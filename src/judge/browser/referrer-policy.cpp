// referrer-policy: a page whose URL carries a token keeps that URL from other origins.
//
// The policy in force is the last recognised one of the header, then that of a <meta name="referrer">, which overrides
// it. Proof of a miss: a policy that sends the whole URL to other origins, or none at all on a page that the product
// opens with a token in its query; without one the page relies on whatever default the browser has.

#include <fmt/format.h>

#include "base/text.h"
#include "judge/answer.h"
#include "judge/judge.h"
#include "judge/ruling.h"
#include "model/http_fields.h"

namespace assay::judge {

namespace {

constexpr std::string_view kField = "Referrer-Policy";
constexpr std::string_view kRemedy =
    "Send \"Referrer-Policy: no-referrer\" (or same-origin, or strict-origin-when-cross-origin) on the page, or take "
    "the "
    "token and redirect with 302 to a URL without it.";

struct Policy {
  std::optional<std::string> in_force;
  std::string written;  // for people
};

Policy policy_of(const HttpResponseRecord& r) {
  const auto values = field_values(r.fields, kField);
  Policy p{referrer_policy_of(values),
           values.empty() ? fmt::format("no {}", kField)
                          : fmt::format("{}: {}", kField, printable(ellipsis(join(values, ", "), 150)))};
  if (auto meta = meta_referrer_policy(r.body)) {
    p.written += fmt::format(" and <meta name=\"referrer\"> {}", *meta);
    p.in_force = std::move(meta);
  }
  return p;
}

bool is_html(const HttpResponseRecord& r) {
  const auto type = media_type_of(field_value(r.fields, "Content-Type").value_or(""));
  return type.empty() || type == "text/html" || type == "application/xhtml+xml";
}

void look_at(Ruling& ruling, const Answer& a, bool token_in_url, std::string& reason) {
  const auto policy = policy_of(*a.last->value.response);
  const auto proof = fmt::format("{}, with {}", a.seen, policy.written);
  if (!policy.in_force) {
    if (token_in_url) {
      ruling.miss({std::string(kField),
                   "The page carries a token in its URL and states no referrer policy",
                   proof,
                   std::string(kRemedy),
                   a.evidence,
                   {}});
    } else {
      reason = proof + ": browsers then send other sites the origin at most, and the URL carries no token.";
    }
  } else if (*policy.in_force == "unsafe-url" || *policy.in_force == "no-referrer-when-downgrade") {
    ruling.miss({std::string(kField),
                 fmt::format("The referrer policy {} sends the whole URL to other sites", *policy.in_force),
                 proof,
                 std::string(kRemedy),
                 a.evidence,
                 {}});
  } else {
    reason = proof + ".";
  }
}

}  // namespace

Verdict referrer_policy(const EvidenceView& view, const Requirement& requirement) {
  Ruling ruling(view, requirement);
  const auto& endpoint = view.endpoint();
  if (endpoint.role != role::kPage && endpoint.role != role::kBase)
    return ruling.not_applicable("not-a-page", "No browser opens this endpoint.");
  if (endpoint.public_by_design)
    return ruling.not_applicable("public-by-design", fmt::format("The product opens it without a token in the URL: {}.",
                                                                 endpoint.public_reason));
  const bool token_in_url = endpoint.role == role::kPage && view.surface().value.authentication != "none";
  const auto answers = read_answers(view, kind::kHttpPage);
  std::string reason;
  bool shown = false;
  bool document = false;
  for (const auto& a : answers) {
    ruling.rests_on(a.evidence);
    if (a.kind == AnswerKind::unclear) ruling.unknown(a.unknown);
    if (a.kind != AnswerKind::accepted) continue;
    shown = true;
    if (!is_html(*a.last->value.response)) continue;
    document = true;
    look_at(ruling, a, token_in_url, reason);
  }
  if (shown && !document)
    return ruling.not_applicable("not-a-document",
                                 "The endpoint answers with data, which sends no requests of its own.");
  if (!shown) report_page_not_seen(ruling, answers);
  return ruling.decide(std::move(reason));
}

}  // namespace assay::judge

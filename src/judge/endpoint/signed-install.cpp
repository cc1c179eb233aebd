// signed-install: lifecycle callbacks refuse payloads that are unsigned or signed by anybody but the product.
//
// Proof of a miss: any 2xx of the callback's own to such a payload. Empty answers count here, unlike on other
// endpoints: 204 is what frameworks answer to an install that they have stored. A callback is one because the
// descriptor lists it under "lifecycle", never because of words in its path.

#include <fmt/format.h>

#include "judge/answer.h"
#include "judge/judge.h"
#include "judge/ruling.h"

namespace assay::judge {

namespace {

constexpr std::string_view kRemedy =
    "Verify the Authorization header with the RS256 key that the product publishes for the token's key id (signed "
    "installs), check audience, expiry and query string hash, and answer 401 before reading the payload.";

void judge_answers(Ruling& ruling, const std::vector<Answer>& answers, const SurfaceEndpoint& endpoint) {
  bool unsigned_taken = false;
  for (const auto& a : answers)
    unsigned_taken = unsigned_taken || (a.credential == credential::kNone &&
                                        (a.kind == AnswerKind::accepted || a.kind == AnswerKind::empty));
  for (const auto& a : answers) {
    if (a.kind == AnswerKind::unclear) ruling.unknown(a.unknown);
    if (a.kind != AnswerKind::accepted && a.kind != AnswerKind::empty) continue;
    if (a.credential == credential::kNone) {
      ruling.miss({"unsigned",
                   fmt::format("The {} callback takes a payload without a token", endpoint.lifecycle_event),
                   a.seen,
                   std::string(kRemedy),
                   a.evidence,
                   {}});
    } else if (!unsigned_taken) {
      ruling.miss({"token:" + a.credential,
                   fmt::format("The {} callback takes a payload {}", endpoint.lifecycle_event,
                               describe_credential(a.credential)),
                   a.seen,
                   std::string(kRemedy),
                   a.evidence,
                   {}});
    }
  }
}

}  // namespace

Verdict signed_install(const EvidenceView& view, const Requirement& requirement) {
  Ruling ruling(view, requirement);
  const auto& endpoint = view.endpoint();
  if (endpoint.role != role::kLifecycle)
    return ruling.not_applicable("not-lifecycle", "The descriptor does not list this endpoint under lifecycle.");
  if (!is_signed_event(endpoint.lifecycle_event))
    return ruling.not_applicable("tenant-signed",
                                 "Signed with the tenant's secret, like a webhook: judged by authn-endpoint.");

  const auto answers = read_answers(view, kind::kHttpLifecycle);
  for (const auto& a : answers) ruling.rests_on(a.evidence);
  judge_answers(ruling, answers, endpoint);
  bool tried_unsigned = false;
  bool tried_signed = false;
  int refused = 0;
  for (const auto& a : answers) {
    (a.credential == credential::kNone ? tried_unsigned : tried_signed) = true;
    if (a.kind == AnswerKind::refused) ++refused;
  }
  if (!tried_unsigned)
    ruling.unknown({std::string(kNotProbed), "The callback was not asked with an unsigned payload."});
  if (!tried_signed)
    ruling.unknown({std::string(kNotProbed), "The callback was not asked with a wrongly signed payload."});
  if (refused == 0)
    ruling.unknown(
        {"not-found", "Every answer was 404 or 410: the callback that the descriptor names does not seem to exist."});
  return ruling.decide(
      fmt::format("The {} callback refused {} of {} payloads that the product did not sign and took none.",
                  endpoint.lifecycle_event, refused, answers.size()));
}

}  // namespace assay::judge

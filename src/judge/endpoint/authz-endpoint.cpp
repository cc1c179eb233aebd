// authz-endpoint: a page for administrators refuses the genuine token of a user who is none.
//
// Proof of a miss: the page's own content in answer to the user's token, where the same request without a token got
// none. A pass needs a sign that the token was understood: 403 or 404 where no token (or a tampered one) is answered
// otherwise.

#include <fmt/format.h>

#include <algorithm>

#include "judge/answer.h"
#include "judge/judge.h"
#include "judge/ruling.h"

namespace assay::judge {

namespace {

constexpr std::string_view kRemedy =
    "Ask the product on each request whether the user of the token may administer, and answer 403 unless it says yes. "
    "Conditions in the descriptor only hide the link.";

bool any_open(const std::vector<Answer>& anonymous, std::string_view method) {
  return std::ranges::any_of(anonymous,
                             [&](const Answer& a) { return a.method == method && a.kind == AnswerKind::accepted; });
}

// True when a request that proves nothing is answered like this one: then the refusal is of the token, not of the user.
bool refused_alike(const Answer& answer, const std::vector<Answer>& unproven) {
  return std::ranges::any_of(unproven,
                             [&](const Answer& a) { return a.method == answer.method && a.status == answer.status; });
}

void judge_answer(Ruling& ruling, const Answer& a, const std::vector<Answer>& unproven, bool& refused) {
  switch (a.kind) {
    case AnswerKind::accepted:
      if (any_open(unproven, a.method)) {
        ruling.unknown({"not-authenticated", a.seen + ": it is served without a token, too; see authn-endpoint."});
      } else {
        ruling.miss({"user-token",
                     "A page for administrators is served to a user who is none",
                     a.seen,
                     std::string(kRemedy),
                     a.evidence,
                     {}});
      }
      break;
    case AnswerKind::refused:
    case AnswerKind::absent:
      if ((a.status == 403 || a.status == 404) && !refused_alike(a, unproven)) {
        refused = true;
      } else {
        ruling.unknown({"token-refused",
                        a.seen + ": the token itself may have been refused, which says nothing of the user's rights."});
      }
      break;
    case AnswerKind::empty:
      ruling.unknown({"empty-answer", a.seen + ": an empty answer shows nothing."});
      break;
    case AnswerKind::unclear:
      ruling.unknown(a.unknown);
      break;
  }
}

}  // namespace

Verdict authz_endpoint(const EvidenceView& view, const Requirement& requirement) {
  Ruling ruling(view, requirement);
  const auto& endpoint = view.endpoint();
  if (!endpoint.admin)
    return ruling.not_applicable("not-admin", "The descriptor does not keep this endpoint for administrators.");
  if (endpoint.public_by_design)
    return ruling.not_applicable("public-by-design",
                                 fmt::format("Served without a token by design: {}.", endpoint.public_reason));

  auto unproven = read_answers(view, kind::kHttpPage);
  std::erase_if(unproven, [](const Answer& a) { return a.credential == credential::kTenantJwt; });
  std::vector<Answer> with_user;
  for (auto& a : read_answers(view, kind::kHttpAuthz))
    (a.credential == credential::kUserJwt ? with_user : unproven).push_back(std::move(a));
  for (const auto* list : {&unproven, &with_user})
    for (const auto& a : *list) ruling.rests_on(a.evidence);
  if (with_user.empty())
    return ruling.inconclusive("no-user-token",
                               "No token of a low-privilege user was given (--user-jwt), so nobody tried.");
  bool refused = false;
  for (const auto& a : with_user) judge_answer(ruling, a, unproven, refused);
  if (unproven.empty() && refused)
    ruling.unknown(
        {std::string(kNotProbed), "The endpoint was not asked without a token, so there is nothing to compare with."});
  return ruling.decide("The user's token was understood and the page refused: " + with_user.front().seen + ".");
}

}  // namespace assay::judge

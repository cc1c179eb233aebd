// authn-endpoint: every endpoint refuses who does not prove to be the product: no token, and tokens that anybody can
// make.
//
// Proof of a miss: the endpoint's own content in answer to such a request. An empty 2xx is a miss only with a bad token
// where the same request without a token was refused: the difference shows that the token was believed.

#include <fmt/format.h>

#include <algorithm>

#include "judge/answer.h"
#include "judge/judge.h"
#include "judge/ruling.h"

namespace assay::judge {

namespace {

constexpr std::string_view kMissing =
    "Verify the token before anything else on this route, with the framework's own middleware, and answer 401 without "
    "one; when the page is meant for everybody, say so in the descriptor (cacheable) or serve it from a path of its "
    "own.";
constexpr std::string_view kForged =
    "Check the signature with the tenant's secret and the algorithm that the server expects (never the one that the "
    "token "
    "names), then the expiry and the query string hash, and answer 401 when any of them is wrong.";

struct Tally {
  int refused = 0;
  int absent = 0;
  int accepted_without_token = 0;
  bool tried_without_token = false;
  bool tried_bad_token = false;
};

bool is_bad_token(std::string_view c) {
  return c != credential::kNone && c != credential::kUserJwt && c != credential::kTenantJwt;
}

// True when the same method was refused outright without a token.
bool refused_without_token(const std::vector<Answer>& answers, std::string_view method) {
  return std::ranges::any_of(answers, [&](const Answer& a) {
    return a.credential == credential::kNone && a.method == method && a.kind == AnswerKind::refused;
  });
}

bool is_accepted(const Answer& a, const std::vector<Answer>& answers) {
  if (a.kind == AnswerKind::accepted) return true;
  return a.kind == AnswerKind::empty && is_bad_token(a.credential) && refused_without_token(answers, a.method);
}

Tally count(const std::vector<Answer>& answers) {
  Tally t;
  for (const auto& a : answers) {
    const bool none = a.credential == credential::kNone;
    t.tried_without_token = t.tried_without_token || none;
    t.tried_bad_token = t.tried_bad_token || is_bad_token(a.credential);
    if (a.kind == AnswerKind::refused) ++t.refused;
    if (a.kind == AnswerKind::absent) ++t.absent;
    if (none && is_accepted(a, answers)) ++t.accepted_without_token;
  }
  return t;
}

void report_misses(Ruling& ruling, const std::vector<Answer>& answers, const Tally& tally) {
  for (const auto& a : answers) {
    if (!is_accepted(a, answers)) continue;
    if (a.credential == credential::kNone) {
      ruling.miss({"no-token",
                   "The endpoint serves whoever asks, without a token",
                   a.seen,
                   std::string(kMissing),
                   a.evidence,
                   {}});
    } else if (tally.accepted_without_token == 0) {
      ruling.miss({"token:" + a.credential,
                   fmt::format("The endpoint accepts a request {}", describe_credential(a.credential)),
                   a.seen,
                   std::string(kForged),
                   a.evidence,
                   {}});
    }
  }
}

void report_unknowns(Ruling& ruling, const std::vector<Answer>& answers, const Tally& tally) {
  for (const auto& a : answers) {
    if (a.kind == AnswerKind::unclear) ruling.unknown(a.unknown);
    if (a.kind == AnswerKind::empty && !is_accepted(a, answers))
      ruling.unknown(
          {"empty-answer", a.seen + ": an empty answer does not show whether the request was taken or dropped."});
  }
  if (!tally.tried_without_token)
    ruling.unknown({std::string(kNotProbed), "The endpoint was not asked without a token."});
  if (!tally.tried_bad_token) ruling.unknown({std::string(kNotProbed), "The endpoint was not asked with a bad token."});
  if (tally.refused == 0 && tally.absent > 0)
    ruling.unknown(
        {"not-found", "Every answer was 404 or 410, which does not tell a refusal from an endpoint that is gone."});
}

}  // namespace

Verdict authn_endpoint(const EvidenceView& view, const Requirement& requirement) {
  Ruling ruling(view, requirement);
  const auto& endpoint = view.endpoint();
  if (endpoint.role == role::kLifecycle && is_signed_event(endpoint.lifecycle_event))
    return ruling.not_applicable("lifecycle",
                                 "The product signs this callback with its own key: judged by signed-install.");
  if (endpoint.role == role::kBase)
    return ruling.not_applicable("no-endpoint-named", "A base URL alone does not say which pages must be protected.");
  if (endpoint.public_by_design)
    return ruling.not_applicable("public-by-design",
                                 fmt::format("Served without a token by design: {}.", endpoint.public_reason));

  auto answers = read_answers(view, kind::kHttpPage);
  for (auto& a : read_answers(view, kind::kHttpAuthn)) answers.push_back(std::move(a));
  // What a good token is answered says nothing of who else is let in.
  std::erase_if(answers,
                [](const Answer& a) { return a.credential != credential::kNone && !is_bad_token(a.credential); });
  for (const auto& a : answers) ruling.rests_on(a.evidence);
  const auto tally = count(answers);
  // Without authentication in the descriptor the product sends no token, and the owner may mean every page to be
  // public.
  const bool declares_none = view.surface().value.authentication == "none";
  if (declares_none && tally.accepted_without_token > 0)
    return ruling.inconclusive(
        "authentication-none",
        "The descriptor declares no authentication and the endpoint serves everybody; whether it "
        "serves anything that needs protection takes a person to say.");
  report_misses(ruling, answers, tally);
  report_unknowns(ruling, answers, tally);
  return ruling.decide(
      fmt::format("Refused without a token and with bad tokens ({} of {} requests refused, none served).",
                  tally.refused + tally.absent, answers.size()));
}

}  // namespace assay::judge

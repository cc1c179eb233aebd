// cache-control: the answer of a page that is not meant for everybody says no-store.
//
// Judged is the answer that showed the page. A page that was only ever refused cannot be judged from outside: its
// refusal says nothing of the headers that a user gets. no-store alone is enough (RFC 9111 §5.2.2.5); no-cache and
// private are not.

#include <fmt/format.h>

#include "base/text.h"
#include "judge/answer.h"
#include "judge/judge.h"
#include "judge/ruling.h"
#include "model/http_fields.h"

namespace assay::judge {

namespace {

constexpr std::string_view kField = "Cache-Control";

bool is_page(const SurfaceEndpoint& e) {
  return e.role == role::kPage || e.role == role::kProviderAction || e.role == role::kBase;
}

// The page itself came, by a method whose answers are stored.
bool shows_page(const Answer& a) {
  return a.kind == AnswerKind::accepted && (a.method == "GET" || a.method == "HEAD");
}

void look_at(Ruling& ruling, const Answer& a, bool sensitive, std::string& reason) {
  const auto values = field_values(a.last->value.response->fields, kField);
  const auto written = values.empty() ? fmt::format("no {}", kField)
                                      : fmt::format("{}: {}", kField, printable(ellipsis(join(values, ", "), 150)));
  const auto proof = fmt::format("{}, with {}", a.seen, written);
  if (parse_cache_control(values).has("no-store")) {
    reason = proof + ".";
  } else if (!sensitive) {
    ruling.unknown(
        {"sensitivity-unknown", proof + ": whether this page shows anything to protect takes a person to say."});
  } else {
    ruling.miss({std::string(kField),
                 values.empty() ? "The page may be stored: it has no Cache-Control"
                                : "The page may be stored: Cache-Control lacks no-store",
                 proof,
                 "Send \"Cache-Control: no-store\" on this page, or mark the module as cacheable when it is the same "
                 "for everybody.",
                 a.evidence,
                 {}});
  }
}

}  // namespace

Verdict cache_control(const EvidenceView& view, const Requirement& requirement) {
  Ruling ruling(view, requirement);
  const auto& endpoint = view.endpoint();
  if (!is_page(endpoint))
    return ruling.not_applicable("not-a-page", "Answers to callbacks are not stored by browsers.");
  if (endpoint.public_by_design)
    return ruling.not_applicable("public-by-design",
                                 fmt::format("Meant for everybody and may be stored: {}.", endpoint.public_reason));
  const auto answers = read_answers(view, kind::kHttpPage);
  std::string reason;
  bool shown = false;
  for (const auto& a : answers) {
    ruling.rests_on(a.evidence);
    if (a.kind == AnswerKind::unclear) ruling.unknown(a.unknown);
    if (!shows_page(a)) continue;
    shown = true;
    look_at(ruling, a, endpoint.role != role::kBase, reason);
  }
  if (!shown) report_page_not_seen(ruling, answers);
  return ruling.decide(std::move(reason));
}

}  // namespace assay::judge

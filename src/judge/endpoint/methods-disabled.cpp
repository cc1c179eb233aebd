// methods-disabled: TRACE, and what else sends a request back, is refused.
//
// Proof of a miss: the request came back, either as message/http or with a header line of ours in the body. A server
// that answers 200 to any method with its ordinary page is not blamed. What OPTIONS advertises is a warning, never a
// miss.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "judge/judge.h"
#include "judge/ruling.h"
#include "model/http_fields.h"

namespace assay::judge {

namespace {

constexpr std::size_t kMinMarker = 12;  // bytes; shorter header values occur in pages by chance

// What of the request the answer repeats; "" when nothing.
std::string echo_in(const HttpExchange& e) {
  const auto& r = *e.response;
  if (r.status < 200 || r.status > 299) return {};
  if (media_type_of(field_value(r.fields, "Content-Type").value_or("")) == "message/http")
    return "Content-Type: message/http";
  if (istarts_with(trim(r.body), "TRACE /"))
    return std::string(trim(r.body).substr(0, trim(r.body).find_first_of("\r\n")));
  for (const auto& field : e.request.fields) {
    if (field.value.size() < kMinMarker) continue;
    const auto line = field.name + ": " + field.value;
    if (icontains(r.body, line)) return line;
  }
  return {};
}

void judge_trace(Ruling& ruling, const Observed<HttpExchange>& e, std::string& seen) {
  ruling.rests_on(e.id);
  if (auto why = unanswered(e.value)) {
    // 501 is the refusal that RFC 9110 §15.6.2 foresees.
    if (!e.value.response || e.value.response->status != 501) return ruling.unknown(std::move(*why));
  }
  seen = request_line(e.value) + " was answered " + status_line(*e.value.response);
  const auto echo = echo_in(e.value);
  if (echo.empty()) return;
  ruling.miss(
      {"TRACE",
       "The server sends TRACE requests back",
       seen + "\nEchoed: " + printable(ellipsis(echo, 120)),
       "Turn TRACE off in the server and in every proxy in front of it (\"TraceEnable off\" in Apache httpd; a rule "
       "that answers 405 elsewhere).",
       {e.id},
       {}});
}

void look_at_options(Ruling& ruling, const Observed<HttpExchange>& e) {
  ruling.rests_on(e.id);
  if (!e.value.response || e.value.response->status >= 500) return;
  constexpr std::array<std::string_view, 3> kUnwanted = {"TRACE", "TRACK", "DEBUG"};
  for (const auto& method : parse_allow(field_values(e.value.response->fields, "Allow"))) {
    if (std::ranges::find(kUnwanted, method) == kUnwanted.end()) continue;
    ruling.warn({"Allow:" + method,
                 fmt::format("OPTIONS advertises {}", method),
                 request_line(e.value) + " was answered " + status_line(*e.value.response) + " with Allow: " +
                     printable(ellipsis(join(field_values(e.value.response->fields, "Allow"), ", "), 120)),
                 fmt::format("Turn {} off where it is implemented, and take it out of the Allow list.", method),
                 {e.id},
                 {}});
  }
}

}  // namespace

Verdict methods_disabled(const EvidenceView& view, const Requirement& requirement) {
  Ruling ruling(view, requirement);
  std::string seen;
  const auto traces = view.exchanges(kind::kHttpOrigin, purpose::kTrace);
  for (const auto* e : traces)
    if (e->value.hop == 0) judge_trace(ruling, *e, seen);
  for (const auto* e : view.exchanges(kind::kHttpOrigin))
    if (e->value.hop == 0 && e->value.request.method == "OPTIONS") look_at_options(ruling, *e);
  if (traces.empty()) return ruling.inconclusive(std::string(kNotProbed), "TRACE was not tried on this origin.");
  return ruling.decide(seen + ", and nothing of the request came back.");
}

}  // namespace assay::judge

// https-only: a plain http request gets no answer, or a redirect to https on the same host and nothing else.
//
// Proof of a miss: any other answer in the clear; of low severity when it is an error page. Proof of a pass: the
// redirect, a port that is closed or speaks no HTTP, or a refusal of the scheme itself. A time-out proves nothing.

#include <fmt/format.h>

#include "base/text.h"
#include "base/url.h"
#include "judge/judge.h"
#include "judge/ruling.h"

namespace assay::judge {

namespace {

constexpr std::string_view kRemedy =
    "Answer every plain http request with a permanent redirect (308 or 301) to the same host and path on https, or "
    "close "
    "the port.";

// Bad request (what a TLS port answers to plain text), misdirected, upgrade required.
bool refuses_scheme(int status) {
  return status == 400 || status == 421 || status == 426;
}

bool is_redirect(int status) {
  return status >= 301 && status <= 308 && status != 304 && status != 305 && status != 306;
}

bool https_is_up(const EvidenceView& view) {
  for (const auto* e : exchanges_on_origin(view))
    if (e->value.response) return true;
  return false;
}

// A port that gives no HTTP: closed, or open and silent about HTTP after the request. The look-up and the network may
// not be at fault, so https on the same host must have answered.
void judge_failure(Ruling& ruling, const EvidenceView& view, const HttpExchange& e, std::string& reason) {
  const auto& f = *e.failure;
  const bool closed = f.code == "connection" && (icontains(f.detail, "refused") || !e.address.empty());
  if (!closed && f.code != "protocol") return ruling.unknown(unknown_of(f, request_line(e) + " got no answer"));
  if (!https_is_up(view))
    return ruling.unknown({"host-silent", request_line(e) + " got no answer, and neither did https on this host."});
  reason = fmt::format("Nothing answers plain http: {} ({}).", request_line(e),
                       f.detail.empty() ? f.code : printable(ellipsis(f.detail, 120)));
}

void judge_redirect(Ruling& ruling, const SurfaceOrigin& origin, const Observed<HttpExchange>& e, std::string& reason) {
  const auto location = field_value(e.value.response->fields, "Location").value_or("");
  const auto here = parse_url(e.value.request.url);
  const auto target = here ? resolve_url(*here, location) : Result<Url>(Url{});
  const auto proof = fmt::format("{} was answered {} with Location: {}", request_line(e.value),
                                 status_line(*e.value.response), printable(ellipsis(location, 200)));
  const auto miss = [&](std::string locator, std::string title) {
    ruling.miss({std::move(locator), std::move(title), proof, std::string(kRemedy), {e.id}, {}});
  };
  if (location.empty() || !target || target->host.empty())
    return ruling.unknown({"redirect-unreadable", proof + ", which is no usable target."});
  if (target->host != origin.host)
    return miss("redirect-off-host", fmt::format("Plain http redirects to another host, {}", printable(target->host)));
  if (target->scheme != "https") return miss("redirect-to-http", "Plain http redirects to another plain http URL");
  reason = proof + ".";
}

void judge_answer(Ruling& ruling, const SurfaceOrigin& origin, const Observed<HttpExchange>& e, std::string& reason) {
  const int status = e.value.response->status;
  const auto seen = fmt::format("{} was answered {}", request_line(e.value), status_line(*e.value.response));
  if (is_redirect(status)) return judge_redirect(ruling, origin, e, reason);
  if (refuses_scheme(status)) {
    reason = seen + ", which refuses plain http.";
  } else if (status >= 200 && status <= 299) {
    ruling.miss({"plain-content", "Content is served over plain http", seen, std::string(kRemedy), {e.id}, {}});
  } else if (status == 401) {
    ruling.miss(
        {"plain-credentials", "Credentials are asked for over plain http", seen, std::string(kRemedy), {e.id}, {}});
  } else if (status >= 400) {
    ruling.miss({"plain-error",
                 "Plain http is answered with an error page in place of a redirect",
                 seen,
                 std::string(kRemedy),
                 {e.id},
                 Severity::low});
  } else {
    ruling.unknown({"unexpected-status", seen + "."});
  }
}

}  // namespace

Verdict https_only(const EvidenceView& view, const Requirement& requirement) {
  Ruling ruling(view, requirement);
  const auto& origin = view.origin();
  if (origin.scheme != "https") {
    ruling.miss({"http-origin",
                 "The app names this origin with the http scheme",
                 fmt::format("{} is named at {}", origin.origin,
                             origin.named_by.empty() ? "the base URL" : printable(origin.named_by)),
                 "Serve it over https and change the URL.",
                 {view.surface().id},
                 {}});
    return ruling.decide({});
  }
  std::string reason;
  const auto plain = view.exchanges(kind::kHttpOrigin, purpose::kPlain);
  for (const auto* e : plain) {
    if (e->value.hop != 0) continue;
    ruling.rests_on(e->id);
    if (e->value.failure) {
      judge_failure(ruling, view, e->value, reason);
    } else if (auto why = unanswered(e->value)) {
      ruling.unknown(std::move(*why));
    } else {
      judge_answer(ruling, origin, *e, reason);
    }
  }
  if (plain.empty()) ruling.unknown({std::string(kNotProbed), "Plain http was not tried on this host."});
  return ruling.decide(std::move(reason));
}

}  // namespace assay::judge

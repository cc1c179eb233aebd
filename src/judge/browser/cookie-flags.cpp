// cookie-flags: cookies that may hold a session are Secure, HttpOnly, have a SameSite, keep their prefix's rule, and
// end.
//
// Every Set-Cookie of every answer of this origin is read as browsers read it (RFC 6265bis); what they drop, and
// deletions, are left out. Cookies that only look random get findings of low severity. Values never appear in a proof.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "base/url.h"
#include "judge/judge.h"
#include "judge/ruling.h"
#include "judge/session_cookie.h"
#include "model/http_fields.h"

namespace assay::judge {

namespace {

constexpr std::int64_t kDay = 86400;

// The cookie as it was set, without its value.
std::string shown(const Observed<HttpExchange>& e, const SetCookie& c) {
  std::string line = fmt::format("{} set {}=…", request_line(e.value), printable(ellipsis(c.name, 60)));
  if (!c.domain.empty()) line += "; Domain=" + printable(ellipsis(c.domain, 60));
  if (!c.path.empty()) line += "; Path=" + printable(ellipsis(c.path, 60));
  if (c.secure) line += "; Secure";
  if (c.http_only) line += "; HttpOnly";
  if (c.same_site) line += "; SameSite=" + printable(ellipsis(*c.same_site, 20));
  if (c.partitioned) line += "; Partitioned";
  if (const auto seconds = lifetime_of(c, e.time))
    line += "; lives " + plural(static_cast<std::uint64_t>(*seconds / kDay), "day");
  return line;
}

class CookieJudge {
 public:
  CookieJudge(Ruling& ruling, const Observed<HttpExchange>& e, const SetCookie& c, CookieRole role)
      : ruling_(ruling), e_(e), c_(c), role_(role) {}

  void judge(std::int64_t longest_days) {
    if (const auto why = prefix_violation(c_))
      add("prefix", "breaks the rule of its prefix, so browsers drop it",
          "Follow the prefix's rule or change the name: " + *why + ".", {});
    const bool session = role_ == CookieRole::session || role_ == CookieRole::likely_session;
    const auto severity = role_ == CookieRole::session ? std::optional<Severity>() : std::optional(Severity::low);
    if (!session) {
      // Not a session; still readable on the way.
      if (!c_.secure) warn("Secure", "is also sent over plain http", "Add Secure.");
      return;
    }
    if (!c_.secure) add("Secure", "is also sent over plain http", "Add Secure.", severity);
    if (!c_.http_only) add("HttpOnly", "can be read by scripts", "Add HttpOnly.", severity);
    judge_same_site();
    const auto seconds = lifetime_of(c_, e_.time);
    if (seconds && *seconds > longest_days * kDay)
      add("lifetime", fmt::format("lives longer than {}", plural(static_cast<std::uint64_t>(longest_days), "day")),
          "Give it a short Max-Age, and renew it while it is used.", Severity::low);
  }

 private:
  void judge_same_site() {
    constexpr std::array<std::string_view, 3> kKnown = {"strict", "lax", "none"};
    if (!c_.same_site)
      return add("SameSite", "does not say whether other sites may send it",
                 "Add SameSite=Lax or Strict (inside the product's iframe: SameSite=None with Secure).", Severity::low);
    if (std::ranges::find(kKnown, std::string_view(*c_.same_site)) == kKnown.end())
      add("SameSite", "has a SameSite that browsers do not know", "Write Strict, Lax or None.", Severity::low);
  }

  Miss miss(std::string_view flag, std::string_view what, std::string remedy) const {
    return {fmt::format("{}:{}", c_.name, flag),
            fmt::format("The cookie {} {}", printable(ellipsis(c_.name, 60)), what),
            shown(e_, c_),
            std::move(remedy),
            {e_.id},
            {}};
  }
  void add(std::string_view flag, std::string_view what, std::string remedy, std::optional<Severity> severity) {
    auto m = miss(flag, what, std::move(remedy));
    m.severity = severity;
    ruling_.miss(std::move(m));
  }
  void warn(std::string_view flag, std::string_view what, std::string remedy) {
    ruling_.warn(miss(flag, what, std::move(remedy)));
  }

  Ruling& ruling_;
  const Observed<HttpExchange>& e_;
  const SetCookie& c_;
  CookieRole role_;
};

// The answers of this origin, and that of its host to plain http.
bool concerns(const Observed<HttpExchange>& e, const std::string& subject) {
  if (e.value.origin == subject) return true;
  const auto asked = parse_url(e.value.origin);
  const auto own = parse_url(subject);
  return e.subject == subject && e.value.request.purpose == purpose::kPlain && asked && own && asked->host == own->host;
}

}  // namespace

Verdict cookie_flags(const EvidenceView& view, const Requirement& requirement) {
  Ruling ruling(view, requirement);
  const auto longest = requirement.parameter<std::int64_t>("maximum_lifetime_days", 400);
  std::uint64_t answers = 0;
  std::uint64_t cookies = 0;
  std::optional<Unknown> silent;
  for (const auto& e : view.all().exchanges()) {
    if (!concerns(e, view.subject())) continue;
    ruling.rests_on(e.id);
    if (!e.value.response) {
      if (!silent) silent = unanswered(e.value);
      continue;
    }
    ++answers;
    for (const auto& value : field_values(e.value.response->fields, "Set-Cookie")) {
      const auto cookie = parse_set_cookie(value);
      if (!cookie || lifetime_of(*cookie, e.time).value_or(1) <= 0) continue;
      const auto cookie_role = role_of(*cookie);
      if (cookie_role == CookieRole::infrastructure) continue;
      ++cookies;
      CookieJudge(ruling, e, *cookie, cookie_role).judge(longest);
    }
  }
  if (answers == 0) {
    if (silent) return ruling.inconclusive(silent->code, silent->reason);
    return ruling.inconclusive(std::string(kNotProbed), "No answer of this origin was seen.");
  }
  if (cookies == 0)
    return ruling.not_applicable(
        "no-cookies",
        fmt::format("None of {} of this origin set a cookie that could hold a session.", plural(answers, "answer")));
  return ruling.decide(fmt::format("{} of this origin have what they need.", plural(cookies, "cookie")));
}

}  // namespace assay::judge

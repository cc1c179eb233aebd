// hsts: the https answers of the host carry a valid Strict-Transport-Security with a max-age of at least the minimum.
//
// Counted are answers of this very origin, redirects included, that came over a certificate that verifies; the first
// header of an answer decides (RFC 6797 §8.1). Proof of a miss: no answer has the header, or one has it invalid or too
// short.

#include <fmt/format.h>

#include <chrono>

#include "base/text.h"
#include "judge/judge.h"
#include "judge/ruling.h"
#include "model/http_fields.h"

namespace assay::judge {

namespace {

constexpr std::string_view kField = "Strict-Transport-Security";

struct Seen {
  int answers = 0;
  int valid = 0;
  int untrusted = 0;                             // valid, and ignored by browsers
  const Observed<HttpExchange>* bare = nullptr;  // the first answer without the header
  const Observed<HttpExchange>* good = nullptr;  // the first answer with a valid one
};

std::string in_days(std::int64_t seconds) {
  constexpr std::int64_t kDay = 86400;
  return seconds < kDay ? fmt::format("{} s", seconds) : plural(static_cast<std::uint64_t>(seconds / kDay), "day");
}

std::string shown(const Observed<HttpExchange>& e, std::string_view value) {
  return fmt::format("{} was answered {} with {}: {}", request_line(e.value), status_line(*e.value.response), kField,
                     printable(ellipsis(value, 150)));
}

void look_at(Ruling& ruling, const Observed<HttpExchange>& e, std::int64_t minimum, Seen& seen) {
  ++seen.answers;
  const auto value = field_value(e.value.response->fields, kField);
  if (!value) {
    if (seen.bare == nullptr) seen.bare = &e;
    return;
  }
  const auto hsts = parse_hsts(*value);
  if (!hsts) {
    ruling.miss({"invalid",
                 "The HSTS header is invalid, so browsers ignore it",
                 shown(e, *value) + "\n" + hsts.error().reason,
                 fmt::format("Send exactly one header \"{}: max-age={}\".", kField, minimum),
                 {e.id},
                 {}});
  } else if (hsts->max_age < minimum) {
    ruling.miss({"max-age",
                 fmt::format("The HSTS max-age is {}, shorter than {}", in_days(hsts->max_age), in_days(minimum)),
                 shown(e, *value),
                 fmt::format("Raise max-age to {} or more, on every answer.", minimum),
                 {e.id},
                 {}});
  } else if (!e.value.tls_trusted) {
    ++seen.untrusted;
  } else {
    ++seen.valid;
    if (seen.good == nullptr) seen.good = &e;
  }
}

void conclude(Ruling& ruling, const Seen& seen, std::int64_t minimum, const std::optional<Unknown>& silent) {
  if (ruling.missed() || seen.answers == 0) return;
  if (seen.valid == 0 && seen.untrusted > 0)
    return ruling.unknown(
        {"untrusted-certificate",
         "The header came over a certificate that does not verify, so browsers ignore it; see cert-valid."});
  if (seen.bare == nullptr) return;
  const auto proof = fmt::format("{} was answered {} without {}", request_line(seen.bare->value),
                                 status_line(*seen.bare->value.response), kField);
  const auto remedy = fmt::format(
      "Send \"{}: max-age={}\" on every https answer, errors and redirects included (\"add_header … always\" in "
      "nginx).",
      kField, minimum);
  if (seen.valid == 0 && silent && seen.bare->value.response->status >= 400) {
    ruling.unknown(*silent);  // many servers leave the header out of error pages only, and nothing else was seen
  } else if (seen.valid == 0) {
    ruling.miss({"missing", "No https answer of the host has HSTS", proof, remedy, {seen.bare->id}, {}});
  } else {
    ruling.warn(
        {"not-everywhere", "Some https answers of the host come without HSTS", proof, remedy, {seen.bare->id}, {}});
  }
}

}  // namespace

Verdict hsts(const EvidenceView& view, const Requirement& requirement) {
  Ruling ruling(view, requirement);
  const auto& origin = view.origin();
  if (origin.scheme != "https")
    return ruling.not_applicable("not-https", "HSTS is a header of https answers; see https-only.");
  if (origin.host_is_ip)
    return ruling.not_applicable("ip-address", "Browsers keep no HSTS for addresses (RFC 6797 §8.1.1).");
  const auto minimum = requirement.parameter<std::int64_t>("minimum_max_age", 31536000);
  Seen seen;
  std::optional<Unknown> silent;
  for (const auto* e : exchanges_on_origin(view)) {
    if (e->value.request.purpose == purpose::kTrace) continue;
    ruling.rests_on(e->id);
    auto why = unanswered(e->value);
    if (why && (!e->value.response || !field_value(e->value.response->fields, kField))) {
      if (!silent) silent = std::move(why);
    } else {
      look_at(ruling, *e, minimum, seen);
    }
  }
  if (seen.answers == 0)
    ruling.unknown(silent.value_or(Unknown{std::string(kNotProbed), "No https answer of this host was seen."}));
  conclude(ruling, seen, minimum, silent);
  return ruling.decide(
      seen.good == nullptr ? "" : shown(*seen.good, *field_value(seen.good->value.response->fields, kField)) + ".");
}

}  // namespace assay::judge

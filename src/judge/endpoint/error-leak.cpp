// error-leak: error answers say nothing about the inside of the app.
//
// Only answers with an error status are looked at, so a page that explains stack traces is not blamed. Exact versions
// are findings of low severity.

#include <fmt/format.h>

#include <array>

#include "base/text.h"
#include "base/url.h"
#include "judge/judge.h"
#include "judge/leak.h"
#include "judge/ruling.h"
#include "model/http_fields.h"

namespace assay::judge {

namespace {

constexpr std::size_t kShortPage =
    2048;  // bytes; error pages of servers are shorter, and have their version in the footer

// "stack-trace:java" as a reader says it: "stack trace (java)".
std::string in_words(const std::string& what) {
  const auto colon = what.find(':');
  const auto kind = replace_all(what.substr(0, colon), "-", " ");
  return colon == std::string::npos ? kind : kind + " (" + what.substr(colon + 1) + ")";
}

std::string shown(const Observed<HttpExchange>& e, std::string_view what) {
  return fmt::format("{} was answered {}\n{}", request_line(e.value), status_line(*e.value.response), what);
}

void look_at_body(Ruling& ruling, const Observed<HttpExchange>& e) {
  const auto url = parse_url(e.value.request.url);
  for (const auto& leak : find_leaks(e.value.response->body, url ? url->path : std::string())) {
    const bool only_path = leak.what == "file-path";
    ruling.miss(
        {leak.what,
         fmt::format("An error answer shows a {}", in_words(leak.what)),
         shown(e, leak.excerpt),
         "Run the server in production mode, catch failures in one place, log the detail there and answer with a short "
         "message and a reference number.",
         {e.id},
         only_path ? std::optional(Severity::low) : std::nullopt});
  }
}

void look_at_versions(Ruling& ruling, const Observed<HttpExchange>& e) {
  const auto& r = *e.value.response;
  constexpr std::string_view kRemedy =
      "Take the version out (\"server_tokens off\" in nginx, \"ServerTokens Prod\" in Apache httpd, "
      "\"expose_php = Off\" in PHP).";
  for (const std::string_view name : {"Server", "X-Powered-By"})
    for (const auto& value : field_values(r.fields, name))
      if (const auto version = product_version(value))
        ruling.miss({fmt::format("version:{}", ascii_lower(name)),
                     fmt::format("Error answers name an exact version in {}", name),
                     shown(e, fmt::format("{}: {}", name, printable(ellipsis(value, 100)))),
                     std::string(kRemedy),
                     {e.id},
                     Severity::low});
  for (const std::string_view name : {"X-AspNet-Version", "X-AspNetMvc-Version"})
    if (const auto value = field_value(r.fields, name))
      ruling.miss({fmt::format("version:{}", ascii_lower(name)),
                   fmt::format("Error answers name an exact version in {}", name),
                   shown(e, fmt::format("{}: {}", name, printable(ellipsis(*value, 100)))),
                   std::string(kRemedy),
                   {e.id},
                   Severity::low});
  if (r.body.size() > kShortPage || media_type_of(field_value(r.fields, "Content-Type").value_or("")) != "text/html")
    return;
  constexpr std::array<std::string_view, 6> kServers = {"nginx/",     "Apache/", "Apache Tomcat/",
                                                        "openresty/", "Jetty",   "IIS/"};
  for (const auto server : kServers) {
    const auto at = r.body.find(server);
    if (at == std::string::npos) continue;
    if (const auto version = product_version(std::string_view(r.body).substr(at, 60)))
      ruling.miss({"version:page",
                   "An error page names an exact version",
                   shown(e, printable(*version)),
                   std::string(kRemedy),
                   {e.id},
                   Severity::low});
  }
}

}  // namespace

Verdict error_leak(const EvidenceView& view, const Requirement& requirement) {
  Ruling ruling(view, requirement);
  int errors = 0;
  std::optional<Unknown> silent;
  for (const auto* exchange : exchanges_on_origin(view)) {
    const auto& e = *exchange;
    if (!e.value.response) {
      ruling.rests_on(e.id);
      if (!silent) silent = unanswered(e.value);
      continue;
    }
    if (e.value.response->status < 400) continue;
    ruling.rests_on(e.id);
    ++errors;
    look_at_body(ruling, e);
    look_at_versions(ruling, e);
  }
  if (errors == 0) {
    if (silent) return ruling.inconclusive(silent->code, silent->reason);
    return ruling.inconclusive("no-error-seen",
                               "None of the requests brought about an error answer, so none could be read.");
  }
  return ruling.decide(fmt::format("{} of this origin show no inside of the app.",
                                   plural(static_cast<std::uint64_t>(errors), "error answer")));
}

}  // namespace assay::judge

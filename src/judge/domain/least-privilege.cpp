// least-privilege: the scopes of the descriptor are all needed.
//
// The descriptor alone proves few things: that the app has no part that could use a scope, or that it can never act as
// a user. Scopes that another one contains, unknown and repeated ones add no privilege and are warnings. Whether the
// rest is used takes the code, so the best verdict without it is `inconclusive`, unless nothing is declared.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "base/text.h"
#include "judge/judge.h"
#include "judge/ruling.h"

namespace assay::judge {

namespace {

// What each scope contains besides itself (developer.atlassian.com, "Scopes for Connect apps", Jira and Confluence).
constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kContains = {{
    {"NONE", ""},
    {"READ", ""},
    {"WRITE", "READ"},
    {"DELETE", "READ WRITE"},
    {"PROJECT_ADMIN", "READ WRITE DELETE"},
    {"SPACE_ADMIN", "READ WRITE DELETE"},
    {"ADMIN", "READ WRITE DELETE PROJECT_ADMIN SPACE_ADMIN"},
    {"ACT_AS_USER", ""},
}};
constexpr std::string_view kEmailScope = "ACCESS_EMAIL_ADDRESSES";

bool contains_scope(std::string_view wide, std::string_view narrow) {
  const auto at = std::ranges::find(kContains, wide, &std::pair<std::string_view, std::string_view>::first);
  if (at == kContains.end()) return false;
  const auto parts = split(at->second, ' ');
  return std::ranges::find(parts, narrow) != parts.end();
}

bool is_known(std::string_view scope) {
  return scope == kEmailScope ||
         std::ranges::find(kContains, scope, &std::pair<std::string_view, std::string_view>::first) != kContains.end();
}

void warn_of_wording(Ruling& ruling, const Observed<Surface>& surface) {
  std::set<std::string> seen;
  const auto proof = "scopes: " + printable(ellipsis(join(surface.value.scopes, ", "), 200));
  for (const auto& scope : surface.value.scopes) {
    if (!seen.insert(scope).second) {
      ruling.warn({"repeated:" + scope,
                   fmt::format("The scope {} is declared twice", printable(scope)),
                   proof,
                   "Remove the repetition.",
                   {surface.id},
                   {}});
      continue;
    }
    if (!is_known(scope))
      ruling.warn({"unknown:" + scope,
                   fmt::format("The scope {} is none that the product knows", printable(ellipsis(scope, 60))),
                   proof,
                   "Remove it, or write the scope that was meant.",
                   {surface.id},
                   {}});
    for (const auto& wide : surface.value.scopes)
      if (contains_scope(wide, scope))
        ruling.warn({"contained:" + scope,
                     fmt::format("The scope {} is already contained in {}", scope, wide),
                     proof,
                     fmt::format("If {} is needed, {} can go; if it is not, remove {}.", wide, scope, wide),
                     {surface.id},
                     {}});
  }
}

// Scopes that nothing in the descriptor can ever use.
void report_unusable(Ruling& ruling, const Observed<Surface>& surface, const std::vector<std::string>& scopes) {
  const auto& s = surface.value;
  const bool installed =
      std::ranges::any_of(s.endpoints, [](const SurfaceEndpoint& e) { return e.lifecycle_event == "installed"; });
  for (const auto& scope : scopes) {
    if (s.endpoints.empty() && !s.base_url.empty()) {
      ruling.miss({"unusable:" + scope,
                   fmt::format("The scope {} cannot be used: the app has no page and no callback", printable(scope)),
                   fmt::format("The descriptor declares {} and names no URL that the product would call or show.",
                               printable(scope)),
                   "Remove the scope.",
                   {surface.id},
                   {}});
    } else if (scope == "ACT_AS_USER" && (s.authentication == "none" || !installed)) {
      ruling.miss({"unusable:ACT_AS_USER",
                   "The scope ACT_AS_USER cannot be used: the app never receives a secret to sign with",
                   s.authentication == "none" ? "The descriptor declares ACT_AS_USER and authentication of type none."
                                              : "The descriptor declares ACT_AS_USER and no installed callback.",
                   "Remove ACT_AS_USER, or declare jwt authentication and an installed callback if the app really acts "
                   "for users.",
                   {surface.id},
                   {}});
    }
  }
}

}  // namespace

Verdict least_privilege(const EvidenceView& view, const Requirement& requirement) {
  Ruling ruling(view, requirement);
  const auto& surface = view.surface();
  if (surface.value.app_kind != "connect")
    return ruling.not_applicable("no-scopes", "An app of this kind declares no scopes.");
  std::vector<std::string> scopes;
  for (const auto& scope : surface.value.scopes)
    if (scope != "NONE" && std::ranges::find(scopes, scope) == scopes.end()) scopes.push_back(scope);
  if (scopes.empty()) return ruling.decide("The descriptor declares no scope.");
  warn_of_wording(ruling, surface);
  report_unusable(ruling, surface, scopes);
  ruling.unknown({"needs-code", fmt::format("Whether the app uses {} takes its code to say.",
                                            printable(ellipsis(join(scopes, ", "), 120)))});
  return ruling.decide({});
}

}  // namespace assay::judge

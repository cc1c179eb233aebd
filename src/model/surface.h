#pragma once

// The surface of an app: what its descriptor or base URL says can be reached. It is evidence (kind "surface") and the
// source of every subject that is judged.

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace assay {

// One thing that the reader was lenient about, or that the owner should know.
struct SurfaceNote {
  std::string code;     // stable, e.g. "authentication-list"
  std::string pointer;  // JSON pointer into the descriptor, "" when there is none
  std::string detail;   // for people
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(SurfaceNote, code, pointer, detail)

// What an endpoint is for; decides how it is asked and what a good answer is.
namespace role {
inline constexpr std::string_view kPage = "page";                       // a module's page, shown in an iframe (GET)
inline constexpr std::string_view kLifecycle = "lifecycle";             // installed, uninstalled, enabled, … (POST)
inline constexpr std::string_view kWebhook = "webhook";                 // called by the product (POST)
inline constexpr std::string_view kProviderAction = "provider-action";  // actions.*.templateUrl (GET, POST or PUT)
inline constexpr std::string_view kBase = "base";  // the base URL itself, when there is no descriptor
}  // namespace role

struct SurfaceEndpoint {
  std::string id;      // the URL template: absolute, variables unfilled, e.g. "https://app/x?p={project.key}"
  std::string url;     // the same with every variable filled, ready to be asked
  std::string origin;  // of `url`
  std::string role;    // one of assay::role
  std::vector<std::string> methods;  // in the order to try: {"GET"}, {"POST"}, {"GET","POST","PUT"}
  std::string module;                // descriptor module type, e.g. "generalPages"; "" for lifecycle and base
  std::string pointer;               // JSON pointer of the URL in the descriptor
  std::string lifecycle_event;       // "installed", …; only for role lifecycle
  bool own = true;                   // on one of the app's own hosts; only these are asked
  bool admin = false;                // only administrators may see it (module type or conditions)
  bool public_by_design = false;     // the framework serves it without a token
  std::string public_reason;         // why, e.g. "cacheable"
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(SurfaceEndpoint, id, url, origin, role, methods, module, pointer,
                                                lifecycle_event, own, admin, public_by_design, public_reason)

// True for the lifecycle events that the product signs with its own RSA key (signed install); the others it signs with
// the tenant's secret, like a webhook.
inline bool is_signed_event(std::string_view lifecycle_event) {
  return lifecycle_event == "installed" || lifecycle_event == "uninstalled";
}

struct SurfaceOrigin {
  std::string origin;  // "https://host:8443"; no default port
  std::string scheme;
  std::string host;  // normalised; "[…]" for IPv6
  int port = 0;      // effective
  bool own = true;   // same registrable domain as the base URL (or the base URL's host itself)
  bool host_is_ip = false;
  std::string public_suffix;
  std::string registrable_domain;
  bool suffix_is_private = false;  // the suffix is a provider's (PSL private section)
  std::string named_by;            // JSON pointer of the first URL that names it
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(SurfaceOrigin, origin, scheme, host, port, own, host_is_ip,
                                                public_suffix, registrable_domain, suffix_is_private, named_by)

// A host that the descriptor names and that is no origin's: of a picture, a link, the vendor's site.
struct SurfaceMention {
  std::string host;     // normalised
  std::string pointer;  // JSON pointer of the first URL that names it
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(SurfaceMention, host, pointer)

struct Surface {
  std::string app_kind;  // "connect" | "service" | "source"
  std::string app_key;   // the descriptor's key, the origin of a service, the name of a directory or archive
  std::string app_name;
  std::string source;               // where it was read: a URL or a file name
  std::string base_url_written;     // as the descriptor spells it
  std::string base_url;             // normalised; empty when `base_url_written` is no usable URL
  std::string authentication;       // "jwt" | "none" | "missing" | "other"; "" for a service
  std::vector<std::string> scopes;  // upper case
  Json api_migrations = Json::object();
  std::vector<SurfaceEndpoint> endpoints;
  std::vector<SurfaceOrigin> origins;
  std::vector<SurfaceMention> mentions;  // sorted by host
  std::vector<SurfaceNote> notes;
  std::uint64_t urls_left_out = 0;  // of the descriptor, beyond the number that is kept
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Surface, app_kind, app_key, app_name, source, base_url_written,
                                                base_url, authentication, scopes, api_migrations, endpoints, origins,
                                                mentions, notes, urls_left_out)

}  // namespace assay

#include "net/http/redirect.h"

#include <algorithm>

#include "base/text.h"

namespace assay::net::http {
namespace {

bool holds_secret(const std::string& text, const std::vector<std::string>& secrets) {
  return std::ranges::any_of(secrets, [&](const std::string& s) { return !s.empty() && text.contains(s); });
}

void forget_body(Request& request) {
  request.method = "GET";
  request.body.clear();
  request.body_type.clear();
}

void forget_credentials(Request& request) {
  std::erase_if(request.fields, [&](const HttpField& f) {
    return iequals(f.name, "Authorization") || iequals(f.name, "Cookie") || holds_secret(f.value, request.secrets);
  });
  if (!holds_secret(request.url.to_string(), request.secrets) && !holds_secret(request.body, request.secrets)) {
    request.credential = credential::kNone;
  }
}

}  // namespace

std::optional<Request> follow_redirect(const Request& request, int status, const std::vector<HttpField>& fields) {
  const bool any_method = status == 307 || status == 308;
  if (!any_method && status != 301 && status != 302 && status != 303) return std::nullopt;
  const auto location = field_value(fields, "Location");
  if (!location) return std::nullopt;
  auto url = resolve_url(request.url, *location);
  if (!url || url->has_userinfo || (url->scheme != "https" && url->scheme != "http")) return std::nullopt;
  if (std::ranges::find(request.redirect_hosts, url->host) == request.redirect_hosts.end()) return std::nullopt;
  Request next = request;
  const bool same_origin = url->origin() == request.url.origin();
  next.url = std::move(*url);
  if (!any_method && request.method != "HEAD") forget_body(next);
  if (!same_origin) forget_credentials(next);
  return next;
}

}  // namespace assay::net::http

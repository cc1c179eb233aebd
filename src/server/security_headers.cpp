#include "server/security_headers.h"

#include "base/text.h"

namespace assay::server {

namespace {

constexpr std::string_view kDocumentPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'; report-uri /__cspreport__";
constexpr std::string_view kApiPolicy =
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; report-uri /__cspreport__";
constexpr std::string_view kPermissions =
    "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()";

void set_default(Headers& headers, std::string_view name, std::string_view value) {
  if (!headers.find(name)) headers.set(name, std::string(value));
}

}  // namespace

void add_security_headers(Response& response, bool secure) {
  Headers& headers = response.headers;
  set_default(headers, "Content-Type", "text/plain; charset=utf-8");
  const bool document = istarts_with(headers.get("Content-Type"), "text/html");
  set_default(headers, "Content-Security-Policy", document ? kDocumentPolicy : kApiPolicy);
  set_default(headers, "Cache-Control", "no-store");
  headers.set("X-Content-Type-Options", "nosniff");
  headers.set("X-Frame-Options", "DENY");
  headers.set("Referrer-Policy", "same-origin");
  headers.set("Cross-Origin-Opener-Policy", "same-origin");
  headers.set("Cross-Origin-Resource-Policy", "same-origin");
  headers.set("Permissions-Policy", std::string(kPermissions));
  if (secure) headers.set("Strict-Transport-Security", "max-age=31536000; includeSubDomains");
}

}  // namespace assay::server

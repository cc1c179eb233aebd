#include "net/http/probe.h"

#include <algorithm>

#include "base/bytes.h"
#include "model/evidence.h"
#include "model/exchange.h"

namespace assay::net::http {
namespace {

constexpr int kFrontRedirects = 2;
constexpr std::size_t kRandomBytes = 16;

Url root_of(const SurfaceOrigin& origin) {
  Url url;
  url.scheme = origin.scheme;
  url.host = origin.host;
  const int usual = origin.scheme == "https" ? 443 : 80;
  if (origin.port != usual) url.port = static_cast<std::uint16_t>(origin.port);
  url.path = "/";
  return url;
}

// Where the same host is asked in plain http.
Url plain_root_of(const SurfaceOrigin& origin, const OriginProbeSettings& settings) {
  const auto& ports = settings.plain_ports;
  const auto mapped = std::ranges::find(ports, origin.port, &std::pair<int, int>::first);
  int port = origin.port == 443 ? 80 : origin.port;
  if (mapped != ports.end()) port = mapped->second;
  Url url = root_of(origin);
  url.scheme = "http";
  url.port.reset();
  if (port != 80) url.port = static_cast<std::uint16_t>(port);
  return url;
}

Request make_request(const SurfaceOrigin& origin, Url url, std::string_view method, std::string_view why) {
  Request request;
  request.method = method;
  request.url = std::move(url);
  request.link = origin.origin;
  request.subject = origin.origin;
  request.evidence_kind = kind::kHttpOrigin;
  request.purpose = why;
  return request;
}

}  // namespace

Task<void> probe_origin(Client& client, ScanContext& scan, SurfaceOrigin origin, const OriginProbeSettings& settings) {
  if (!origin.own) co_return;
  const Url root = root_of(origin);
  const Url plain = plain_root_of(origin, settings);
  std::vector<Request> requests;
  if (origin.scheme == "https") {
    auto front = make_request(origin, root, "GET", purpose::kFront);
    front.max_redirects = kFrontRedirects;
    front.redirect_hosts.push_back(origin.host);
    requests.push_back(std::move(front));
  }
  requests.push_back(make_request(origin, plain, "GET", purpose::kPlain));
  auto missing = make_request(origin, root, "GET", purpose::kMissing);
  missing.url.path = "/assay-" + to_hex(random_bytes(kRandomBytes));
  requests.push_back(std::move(missing));
  requests.push_back(make_request(origin, root, "OPTIONS", purpose::kOptions));
  // The last, because many servers close the connection that brought a TRACE.
  auto trace = make_request(origin, root, "TRACE", purpose::kTrace);
  trace.fields.push_back({"X-Assay-Trace", to_hex(random_bytes(kRandomBytes))});
  requests.push_back(std::move(trace));
  for (auto& request : requests) {
    // Redirects of the front page may have used what the last request needs. OPTIONS is the least telling one.
    if (request.purpose == purpose::kOptions && scan.budget.requests_left(origin.origin) <= 1) continue;
    auto hops = co_await client.fetch(std::move(request));
  }
}

}  // namespace assay::net::http

#include "net/dns/takeover.h"

#include <algorithm>
#include <array>

#include "base/bytes.h"
#include "base/url.h"
#include "model/evidence.h"

namespace assay::net::dns {

namespace {

constexpr std::size_t kRandomBytes = 16;
constexpr Duration kKeepControls = std::chrono::hours(6);
constexpr std::array<std::string_view, 2> kSchemes = {"https", "http"};

http::Request request_for(const std::string& subject, std::string_view scheme, const std::string& host, int port,
                          std::string_view why) {
  http::Request request;
  request.url.scheme = scheme;
  request.url.host = host;
  request.url.path = "/";
  const int usual = scheme == "https" ? 443 : 80;
  if (port != usual) request.url.port = static_cast<std::uint16_t>(port);
  request.link = subject;
  request.subject = subject;
  request.evidence_kind = kind::kHttpTakeover;
  request.purpose = why;
  return request;
}

bool shows_a_page(const TakeoverService& service, const HttpExchange& exchange) {
  return exchange.response && std::ranges::any_of(service.pages, [&](const TakeoverPage& page) {
           return page.shown_by(*exchange.response);
         });
}

Task<void> ask_control(http::Client& client, ScanContext& scan, std::string subject, const TakeoverService& service,
                       TakeoverControls& controls) {
  if (service.control.empty()) co_return;
  if (const auto* known = controls.find(service.id)) {
    scan.record(make_evidence(kind::kHttpTakeover, subject, known->time, "http", known->exchange));
    co_return;
  }
  const Time at = now();
  auto request = request_for(subject, "https", service.control, 443, purpose::kTakeoverControl);
  auto hops = co_await client.fetch(std::move(request));
  if (!hops.empty() && hops.front().exchange.response)
    controls.keep(service.id, {.time = at, .exchange = std::move(hops.front().exchange)});
}

// Whether the front page is the provider's of a name that nobody holds; then another path is asked as well.
Task<bool> ask_scheme(http::Client& client, std::string host, const TakeoverService& service, std::string_view scheme,
                      int port, bool want_path) {
  auto front = request_for(host, scheme, host, port, purpose::kTakeover);
  const auto hops = co_await client.fetch(std::move(front));
  const bool shown = !hops.empty() && shows_a_page(service, hops.front().exchange);
  if (!shown || !want_path) co_return shown;
  auto other = request_for(host, scheme, host, port, purpose::kTakeoverPath);
  other.url.path = "/assay-" + to_hex(random_bytes(kRandomBytes));
  const auto more = co_await client.fetch(std::move(other));
  co_return shown;
}

}  // namespace

const TakeoverControls::Answer* TakeoverControls::find(const std::string& service) const {
  const auto found = answers_.find(service);
  if (found == answers_.end() || std::chrono::abs(now() - found->second.time) > kKeepControls) return nullptr;
  return &found->second;
}

void TakeoverControls::keep(const std::string& service, Answer answer) {
  answers_.insert_or_assign(service, std::move(answer));
}

Task<void> probe_takeover(http::Client& client, ScanContext& scan, DnsHost host, const TakeoverFacts& facts,
                          TakeoverControls& controls, TakeoverPorts ports) {
  const auto* service = facts.bound_service(host).service;
  if (service == nullptr) co_return;
  bool shown = false;
  for (const auto scheme : kSchemes) {
    const int port = scheme == "https" ? ports.https : ports.http;
    const bool here = co_await ask_scheme(client, host.host, *service, scheme, port, !shown);
    shown = shown || here;
    // A provider has many hosts at few addresses: others wait for the place, and so does the other scheme.
    client.close_idle();
  }
  if (shown) co_await ask_control(client, scan, host.host, *service, controls);
  client.close_idle();
}

Task<void> probe_bucket(http::Client& client, ScanContext& scan, Bucket bucket) {
  auto url = parse_url(bucket.listing);
  if (!url || scan.budget.requests_by_link().contains(bucket.id())) co_return;
  auto request = request_for(url->host, "https", url->host, 443, purpose::kBucketListing);
  request.url = std::move(*url);
  request.link = bucket.id();  // stores serve many buckets under one name
  const auto hops = co_await client.fetch(std::move(request));
}

}  // namespace assay::net::dns

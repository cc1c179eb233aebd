#include "net/registration/probe.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "base/text.h"
#include "base/url.h"
#include "model/evidence.h"
#include "net/http/client.h"
#include "net/http/retry_after.h"
#include "net/registration/rdap.h"
#include "net/registration/whois.h"

namespace assay::net::registration {

namespace {

constexpr int kMaxRedirects = 5;
constexpr std::size_t kMaxAddresses = 3;  // of a WHOIS server that are tried
constexpr std::size_t kMaxKnown = 100'000;
constexpr Duration kKeepFailures = std::chrono::minutes(1);     // for the scans that wait for the same answer
constexpr Duration kAfterThrottling = std::chrono::minutes(1);  // when the server does not say for how long
constexpr std::string_view kPurpose = "registration";           // in the request log
constexpr std::string_view kLink = "registry";  // what RDAP requests are booked on, in a budget of their own

struct Sighting {
  Registration said;
  Time at;
};

struct Known {
  std::vector<Sighting> sightings;
  Deadline until;
};

Registration unknown(std::string_view domain, const Error& error) {
  Registration r;
  r.domain = domain;
  r.state = registration_state::kUnknown;
  r.failure = Failure{std::string(to_string(error.code)), printable(error.message())};
  return r;
}

// Names of other shapes come out of the DNS and are nothing that a registry has or that may stand in a query.
bool is_registrable_name(std::string_view domain) {
  return domain.size() <= 253 && domain.find('.') != std::string_view::npos && std::ranges::all_of(domain, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
         });
}

// One answer of an RDAP service, and how long it asks to be left alone.
struct RdapAnswer {
  Registration said;
  std::optional<Duration> retry_after;
};

http::Request rdap_request(Url url) {
  http::Request request;
  request.url = std::move(url);
  request.fields = {{"Accept", "application/rdap+json, application/json;q=0.9"}};
  request.link = kLink;
  request.evidence_kind = kind::kRegistration;
  request.purpose = kPurpose;
  return request;
}

// Where an answer sends us, if it may: never from https to http, where anybody on the way could answer.
Result<std::optional<Url>> redirect_of(const Url& asked, const HttpResponseRecord& response) {
  constexpr std::array<int, 5> kRedirects = {301, 302, 303, 307, 308};
  if (std::ranges::find(kRedirects, response.status) == kRedirects.end()) return std::nullopt;
  const auto location = field_value(response.fields, "Location");
  auto next = resolve_url(asked, location.value_or(""));
  if (!location || !next) return fail(ErrorCode::protocol, asked.origin(), "redirects to nowhere");
  const bool web = next->scheme == "https" || (next->scheme == "http" && asked.scheme == "http");
  if (!web || next->has_userinfo)
    return fail(ErrorCode::protocol, asked.origin(), "redirects to a URL that is not followed");
  return std::optional(std::move(*next));
}

RdapAnswer read_hop(const std::string& domain, const http::Hop& hop) {
  const auto& exchange = hop.exchange;
  if (!exchange.response) {
    Registration r;
    r.domain = domain;
    r.state = registration_state::kUnknown;
    r.failure = exchange.failure;
    return {std::move(r), {}};
  }
  const auto& response = *exchange.response;
  if (exchange.request.url.starts_with("https:") && !exchange.tls_trusted)
    return {unknown(domain, {ErrorCode::tls, exchange.origin, "the registry's certificate does not verify", ""}), {}};
  if (!response.complete)
    return {unknown(domain, {ErrorCode::protocol, exchange.origin, "the registry's answer is cut short", ""}), {}};
  RdapAnswer answer;
  const auto type = field_value(response.fields, "Content-Type").value_or("");
  answer.said = read_rdap(domain, response.status, type, hop.body);
  if (const auto wait = field_value(response.fields, "Retry-After"))
    answer.retry_after = http::parse_retry_after(*wait, now());
  if (response.status == 503 && answer.retry_after) answer.said.state = registration_state::kThrottled;
  if (answer.said.state == registration_state::kThrottled) answer.said.failure.reset();
  return answer;
}

void add(ScanStatistics& into, const ScanStatistics& more) {
  into.http_requests += more.http_requests;
  into.tls_connections += more.tls_connections;
  into.dns_queries += more.dns_queries;
  into.bytes_received += more.bytes_received;
  into.bytes_sent += more.bytes_sent;
}

}  // namespace

struct Registry::Impl {
  Gate& gate;
  tls::ClientContext& tls;
  const Registries& registries;
  Settings settings;
  std::map<std::string, Deadline> free_at;  // of each server: when it may be asked again
  std::map<std::string, Known> known;
  std::map<std::string, std::shared_ptr<Event>> running;  // domains that are being looked up

  Task<std::vector<Sighting>> look(ScanContext& scan, std::string domain);
  Task<Registration> ask(ScanContext& scan, std::string domain);
  Task<Registration> ask_rdap(ScanContext& scan, std::string domain, std::string base);
  Task<RdapAnswer> fetch(ScanContext& scan, std::string domain, Url url);
  Task<RdapAnswer> follow(ScanContext& side, std::string domain, Url url);
  Task<Registration> ask_whois(ScanContext& scan, std::string domain, const WhoisServer& server);
  Task<Result<std::string>> converse(ScanContext& scan, std::string domain, const WhoisServer& server);
  Task<Result<void>> turn(ScanContext& scan, std::string server);
  void leave_alone(const std::string& server, Duration wait);
  void keep(const std::string& domain, const std::vector<Sighting>& sightings);
};

Registry::Registry(Gate& gate, tls::ClientContext& tls, const Registries& registries, Settings settings)
    : impl_(new Impl{.gate = gate,
                     .tls = tls,
                     .registries = registries,
                     .settings = settings,
                     .free_at = {},
                     .known = {},
                     .running = {}}) {}
Registry::~Registry() = default;

// Waits for this server's next free moment. In the order of calls.
Task<Result<void>> Registry::Impl::turn(ScanContext& scan, std::string server) {
  const auto at = std::chrono::steady_clock::now();
  auto& free = free_at.try_emplace(server, at).first->second;
  const auto mine = std::max(free, at);
  if (mine > scan.deadline)
    co_return fail(ErrorCode::timeout, server, "too many domains wait for this registry before the deadline",
                   "scan again later, or fewer apps at once");
  const double rate = settings.queries_per_second;
  const std::chrono::duration<double> between(rate > 0 ? 1.0 / rate : 0.0);
  free = mine + std::chrono::duration_cast<Deadline::duration>(between);
  if (mine <= at) co_return Result<void>{};
  auto slept = co_await gate.loop().sleep_until(mine);
  co_return slept;
}

void Registry::Impl::leave_alone(const std::string& server, Duration wait) {
  auto& free = free_at.try_emplace(server, deadline_in(wait)).first->second;
  free = std::max(free, deadline_in(wait));
}

// Every hop through the gate; nothing of it is recorded.
Task<RdapAnswer> Registry::Impl::follow(ScanContext& side, std::string domain, Url url) {
  http::Client client(gate, side, tls);
  for (int hops = 0; hops <= kMaxRedirects; ++hops) {
    auto request = rdap_request(url);
    const auto answers = co_await client.fetch(std::move(request));
    const auto& hop = answers.back();
    if (!hop.exchange.response) co_return read_hop(domain, hop);
    auto next = redirect_of(url, *hop.exchange.response);
    if (!next) {
      RdapAnswer broken{unknown(domain, next.error()), {}};
      co_return broken;
    }
    if (!*next) co_return read_hop(domain, hop);
    url = std::move(**next);
  }
  const Error error{ErrorCode::limit_exceeded, url.origin(), "redirects more than five times", ""};
  RdapAnswer broken{unknown(domain, error), {}};
  co_return broken;
}

// In a context of its own: registries are not what the app's budget is for, and what they tell of people is not kept.
Task<RdapAnswer> Registry::Impl::fetch(ScanContext& scan, std::string domain, Url url) {
  ScanContext side;
  side.scan_id = scan.scan_id;
  side.app_key = scan.app_key;
  side.deadline = scan.deadline;
  side.requests = Activity::registration;
  side.budget = Budget({.validation_requests = 0, .requests_per_link = kMaxRedirects + 1, .bytes = 4U << 20U});
  side.record = [](const Evidence&) { return std::string(); };
  auto answer = co_await follow(side, std::move(domain), std::move(url));
  add(scan.statistics, side.statistics);
  co_return answer;
}

// Tries once more when the server asks to wait for a bearable time.
Task<Registration> Registry::Impl::ask_rdap(ScanContext& scan, std::string domain, std::string base) {
  const auto url = parse_url(base + "domain/" + domain);
  if (!url) co_return unknown(domain, url.error());
  RdapAnswer answer;
  for (int attempt = 0; attempt < 2; ++attempt) {
    auto mine = co_await turn(scan, url->host);
    if (!mine && attempt == 0) co_return unknown(domain, mine.error());
    if (!mine) break;
    answer = co_await fetch(scan, domain, *url);
    if (answer.said.state != registration_state::kThrottled) break;
    leave_alone(url->host, answer.retry_after.value_or(kAfterThrottling));
    if (!answer.retry_after || *answer.retry_after > settings.longest_wait) break;
  }
  answer.said.protocol = "rdap";
  answer.said.server = base;
  co_return std::move(answer.said);
}

// The whole answer, as the server closes after it.
Task<Result<std::string>> Registry::Impl::converse(ScanContext& scan, std::string domain, const WhoisServer& server) {
  const auto deadline = std::min(scan.deadline, deadline_in(settings.answer_timeout));
  auto addresses = co_await gate.resolve_allowed(scan, server.host);
  if (!addresses) co_return std::unexpected(std::move(addresses.error()));
  if (addresses->size() > kMaxAddresses) addresses->resize(kMaxAddresses);
  auto connected = co_await gate.connect_first(scan, server.host, std::move(*addresses), server.port,
                                               Activity::registration, deadline);
  if (!connected) co_return std::unexpected(std::move(connected.error()));
  auto& [stream, address] = *connected;
  const auto query = whois_query(server, domain);
  auto written = co_await stream->write_all(as_bytes(query), deadline);
  std::string answer;
  std::vector<std::uint8_t> portion(4096);
  while (written) {
    auto n = co_await stream->read_some(portion, deadline);
    if (!n) {
      written = std::unexpected(n.error());
    } else if (*n == 0) {
      co_return answer;
    } else if (answer.size() + *n > settings.max_whois_bytes) {
      co_return fail(ErrorCode::limit_exceeded, server.host,
                     "the answer is longer than " + format_bytes(settings.max_whois_bytes));
    } else {
      answer += as_text({portion.data(), *n});
    }
  }
  if (written.error().code != ErrorCode::cancelled)
    gate.report(address, server.host, std::nullopt, std::nullopt, server.port);
  co_return std::unexpected(written.error());
}

Task<Registration> Registry::Impl::ask_whois(ScanContext& scan, std::string domain, const WhoisServer& server) {
  Registration said;
  auto mine = co_await turn(scan, server.host);
  if (!mine) {
    said = unknown(domain, mine.error());
  } else {
    const auto answer = co_await converse(scan, domain, server);
    said = answer ? read_whois(server, registries.commons(), domain, *answer) : unknown(domain, answer.error());
  }
  if (said.state == registration_state::kThrottled) leave_alone(server.host, kAfterThrottling);
  said.protocol = "whois";
  said.server = server.port == 43 ? server.host : fmt::format("{}:{}", server.host, server.port);
  co_return said;
}

// RDAP, and WHOIS where there is none or where nothing could be made of its answer. Not after throttling: the limit
// is meant for both.
Task<Registration> Registry::Impl::ask(ScanContext& scan, std::string domain) {
  const auto* base = registries.rdap(domain);
  const auto* server = registries.whois(domain);
  Registration said;
  if (!is_registrable_name(domain)) {
    const Error error{ErrorCode::invalid_input, printable(domain), "is no name that a registry could know", ""};
    co_return unknown(domain, error);
  }
  if (base == nullptr && server == nullptr) {
    const Error error{ErrorCode::unsupported, domain, "no RDAP service and no WHOIS server is known for it", ""};
    co_return unknown(domain, error);
  }
  if (base != nullptr) said = co_await ask_rdap(scan, domain, *base);
  const bool settled = base != nullptr && said.state != registration_state::kUnknown;
  if (settled || server == nullptr) co_return said;
  auto second = co_await ask_whois(scan, domain, *server);
  if (base == nullptr || second.state != registration_state::kUnknown) co_return second;
  co_return said;
}

Task<std::vector<Sighting>> Registry::Impl::look(ScanContext& scan, std::string domain) {
  std::vector<Sighting> sightings;
  auto at = now();
  auto said = co_await ask(scan, domain);
  sightings.push_back({std::move(said), at});
  if (sightings.front().said.state != registration_state::kFree) co_return sightings;
  // Two records of one moment would be one.
  const auto again = deadline_in(std::max(settings.second_look, Duration(2)));
  if (again > scan.deadline) co_return sightings;
  auto slept = co_await gate.loop().sleep_until(again);
  if (!slept) co_return sightings;
  at = now();
  said = co_await ask(scan, domain);
  sightings.push_back({std::move(said), at});
  co_return sightings;
}

void Registry::Impl::keep(const std::string& domain, const std::vector<Sighting>& sightings) {
  const auto at = std::chrono::steady_clock::now();
  if (known.size() >= kMaxKnown) {
    std::erase_if(known, [&](const auto& entry) { return entry.second.until <= at; });
    if (known.size() >= kMaxKnown) known.clear();
  }
  const auto& state = sightings.back().said.state;
  if (state == registration_state::kFree && sightings.size() < 2) return;  // the second look was left out
  const bool failed = state == registration_state::kUnknown || state == registration_state::kThrottled;
  const auto lasts = failed                                     ? kKeepFailures
                     : state == registration_state::kRegistered ? settings.keep_answers
                                                                : settings.keep_unsettled;
  known.insert_or_assign(domain, Known{sightings, at + lasts});
}

Task<Registration> look_up(Registry& registry, ScanContext& scan, std::string domain, std::string parent_says) {
  auto& r = *registry.impl_;
  std::vector<Sighting> sightings;
  while (sightings.empty()) {
    const auto kept = r.known.find(domain);
    const auto running = r.running.find(domain);
    if (kept != r.known.end() && kept->second.until > std::chrono::steady_clock::now()) {
      sightings = kept->second.sightings;
    } else if (running != r.running.end()) {
      const auto done = running->second;
      auto woken = co_await done->wait(scan.deadline);
      if (!woken) sightings.push_back({unknown(domain, woken.error()), now()});
    } else {
      const auto done = std::make_shared<Event>(r.gate.loop());
      r.running.emplace(domain, done);
      sightings = co_await r.look(scan, domain);
      // What a scan that ran out of time saw is not what another would see.
      if (std::chrono::steady_clock::now() < scan.deadline && !r.gate.loop().cancelled()) r.keep(domain, sightings);
      r.running.erase(domain);
      done->notify();
    }
  }
  for (auto& sighting : sightings) {
    sighting.said.parent_says = parent_says;
    scan.record(make_evidence(kind::kRegistration, domain, sighting.at, "registration", Json(sighting.said)));
  }
  co_return std::move(sightings.back().said);
}

}  // namespace assay::net::registration

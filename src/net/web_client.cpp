#include "net/web_client.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "net/gate.h"
#include "net/http/client.h"
#include "net/http/response_reader.h"
#include "net/loop.h"

namespace assay::net {

namespace {

constexpr std::size_t kMaxAnswer = http::ReaderLimits{}.body_bytes;

Task<void> look_up(Resolver& resolver, std::string host, Deadline deadline,
                   std::optional<Result<std::vector<IpAddress>>>& found) {
  found = co_await resolver.lookup(std::move(host), deadline);
}

Task<void> fetch(http::Client& client, http::Request request, std::optional<http::Hop>& hop) {
  auto hops = co_await client.fetch(std::move(request));
  hop = std::move(hops.back());
}

// Networks of exactly the addresses that the operator's host has.
Result<std::vector<Cidr>> networks_of(Loop& loop, Resolver& resolver, const Url& url, Deadline deadline) {
  std::vector<IpAddress> addresses;
  if (const auto literal = parse_address(url.host)) {
    addresses.push_back(*literal);
  } else {
    std::optional<Result<std::vector<IpAddress>>> found;
    loop.spawn(look_up(resolver, url.host, deadline, found));
    loop.run();
    if (!*found) return std::unexpected(found->error());
    addresses = std::move(**found);
  }
  std::vector<Cidr> networks;
  networks.reserve(addresses.size());
  for (const auto& address : addresses) networks.push_back({.network = address, .prefix = address.v6 ? 128U : 32U});
  return networks;
}

Result<WebAnswer> answer_of(const WebRequest& request, std::optional<http::Hop> hop) {
  const std::string thing = request.url.origin() + request.url.path;
  if (!hop) return fail(ErrorCode::internal, thing, "gave neither answer nor error");
  const HttpExchange& exchange = hop->exchange;
  if (exchange.failure) {
    ErrorCode code = ErrorCode::connection;
    for (const auto known : {ErrorCode::timeout, ErrorCode::tls, ErrorCode::egress_refused, ErrorCode::name_resolution,
                             ErrorCode::protocol, ErrorCode::host_paused}) {
      if (exchange.failure->code == to_string(known)) code = known;
    }
    return fail(code, thing, exchange.failure->detail);
  }
  if (!exchange.response->complete || hop->body.size() >= kMaxAnswer)
    return fail(ErrorCode::protocol, thing, "sent an answer that is not whole", "try again");
  return WebAnswer{
      .status = exchange.response->status, .fields = exchange.response->fields, .body = std::move(hop->body)};
}

}  // namespace

Result<WebAnswer> WebClient::send(const WebRequest& request) const {
  Loop loop;
  auto resolver = make_resolver(loop, settings_.resolver);
  if (!resolver) return std::unexpected(resolver.error());
  const Deadline deadline = deadline_in(settings_.timeout);
  GateSettings limits;
  limits.allowed_networks = settings_.allowed_networks;
  limits.user_agent = settings_.user_agent;
  limits.host_failures_to_pause = 0;
  limits.connect_timeout = limits.request_timeout = settings_.timeout;
  if (request.operators_host) {
    const auto networks = networks_of(loop, **resolver, request.url, deadline);
    if (!networks) return std::unexpected(networks.error());
    limits.allowed_networks.insert(limits.allowed_networks.end(), networks->begin(), networks->end());
  }
  Gate gate(loop, **resolver, log_, std::move(limits), nullptr);
  tls::ClientContext tls(settings_.trust);
  ScanContext context;
  context.deadline = deadline;
  context.record = [](const Evidence& evidence) { return evidence.id; };
  http::Client client(gate, context, tls);
  http::Request sent{.method = request.method,
                     .url = request.url,
                     .fields = request.fields,
                     .body = request.body,
                     .body_type = request.body_type,
                     .link = request.url.origin(),
                     .evidence_kind = "http.operator",
                     .subject = request.url.origin(),
                     .purpose = request.purpose,
                     .secrets = request.secrets,
                     .require_trust = true};
  std::optional<http::Hop> hop;
  loop.spawn(fetch(client, std::move(sent), hop));
  loop.run();
  return answer_of(request, std::move(hop));
}

}  // namespace assay::net

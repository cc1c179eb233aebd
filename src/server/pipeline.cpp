#include "server/pipeline.h"

#include <fmt/format.h>

#include <exception>

#include "base/text.h"
#include "base/url.h"
#include "net/address.h"
#include "server/auth/forgery.h"
#include "server/auth/identity.h"
#include "server/problem.h"
#include "server/security_headers.h"

namespace assay::server {

namespace {

using Clock = std::chrono::steady_clock;

std::string allow_field(const std::vector<Method>& methods) {
  std::vector<std::string> names;
  for (const Method method : methods) {
    names.emplace_back(to_string(method));
    if (method == Method::get) names.emplace_back("HEAD");
  }
  names.emplace_back("OPTIONS");
  return join(names, ", ");
}

// Whether the client means this machine by name: a page whose name was made to resolve to loopback (DNS rebinding) has
// its own name in Host.
bool names_loopback(const Request& request) {
  const auto url = parse_url("http://" + std::string(request.headers.get("Host")) + "/");
  return url && (url->host == "localhost" || url->host == "127.0.0.1" || url->host == "[::1]");
}

Json base_fields(const Request& request) {
  return {{"request_id", request.request_id},
          {"peer", request.peer},
          {"method", to_string(request.method)},
          {"path", printable(request.path)},
          {"actor", request.actor.label()}};
}

}  // namespace

void apply_forwarded(Request& request) {
  request.loopback = false;  // whoever the proxy speaks for may be anywhere
  const auto peer = net::parse_address(request.peer);
  if (!peer || !net::refusal_reason(*peer)) return;
  // The last entry is the one that the proxy itself wrote; those before it are the client's word.
  std::string_view last;
  for (const auto& field : request.headers.all()) {
    if (iequals(field.name, "X-Forwarded-For")) last = split(field.value, ',').back();
  }
  if (const auto client = net::parse_address(trim(last))) request.peer = client->to_string();
  request.secure = request.secure || iequals(trim(request.headers.get("X-Forwarded-Proto")), "https");
}

Pipeline::Pipeline(const Router& router, ledger::Ledger& ledger, Log& log, Metrics& metrics, PipelineSettings settings)
    : router_(router), ledger_(ledger), log_(log), metrics_(metrics), settings_(std::move(settings)) {}

std::size_t Pipeline::max_body(Method method, std::string_view path) const {
  const auto match = router_.match(method, path);
  return match.route != nullptr ? match.route->max_body : kMaxBody;
}

Response Pipeline::answer(Request request) {
  const auto begun = Clock::now();
  if (settings_.behind_proxy) apply_forwarded(request);
  request.loopback = request.loopback && names_loopback(request);
  std::string route_name = "none";
  Response response;
  try {
    response = decide(request, route_name);
  } catch (const std::exception& thrown) {
    response = problem(request, Error{ErrorCode::internal, request.path, thrown.what(), {}});
  }
  finish(request, response, route_name, begun);
  return response;
}

Response Pipeline::refuse(const Request& request, const Refusal& refusal) {
  Request seen = request;
  if (settings_.behind_proxy) apply_forwarded(seen);
  metrics_.count_refusal("malformed");
  Response response = problem(seen, refusal.status, refusal.type, refusal.detail);
  if (refusal.status == 503) response.with("Retry-After", "5");
  finish(seen, response, "none", Clock::now());
  return response;
}

Response Pipeline::decide(Request& request, std::string& route_name) {
  if (auto limited = limit(by_address_, request, request.peer)) return std::move(*limited);
  const Router::Match match = router_.match(request.method, request.path);
  if (match.allowed.empty()) return problem(request, 404, "not-found", "There is nothing under this path.");
  if (request.method == Method::options) return std::move(empty_response().with("Allow", allow_field(match.allowed)));
  if (match.route == nullptr) {
    Response response = problem(request, 405, "method-not-allowed", "This path does not take that method.");
    return std::move(response.with("Allow", allow_field(match.allowed)));
  }
  route_name = match.route->name;
  return answer_route(request, match);
}

Response Pipeline::answer_route(Request& request, const Router::Match& match) {
  const Route& route = *match.route;
  request.parameters = match.parameters;
  if (auto refused = identify(request)) return std::move(*refused);
  if (auto refused = check(request, route)) return std::move(*refused);
  Response response = route.handler(request);
  if (!response.refusal) return response;
  if (auto limited = limit(by_bad_token_, request, request.peer)) return std::move(*limited);
  const std::string reason = std::move(*response.refusal);
  return turn_away(request, "signature", std::move(response), reason);
}

// Fills the actor, as far as the request carries anything.
std::optional<Response> Pipeline::identify(Request& request) {
  const auto identity = auth::identify(ledger_, request);
  if (!identity) return problem(request, identity.error());
  if (identity->refused) {
    if (auto limited = limit(by_bad_token_, request, request.peer)) return limited;
    Response response = problem(request, 401, "unauthenticated", "The Authorization field has no token that is good.");
    response.with("WWW-Authenticate", "Bearer error=\"invalid_token\"");
    return turn_away(request, "token", std::move(response), "the token is unknown, revoked or has expired");
  }
  request.actor = identity->actor;
  if (request.actor.kind == Actor::Kind::nobody || request.actor.role == ledger::Role::worker) return std::nullopt;
  return limit(by_actor_, request, request.actor.person_id);
}

std::optional<Response> Pipeline::check(Request& request, const Route& route) {
  if (!route.csrf_exempt) {
    if (const auto reason = auth::forgery_reason(request, settings_.public_origin)) {
      return turn_away(request, "csrf", problem(request, 403, "forged", "The request is refused: " + *reason + "."),
                       *reason);
    }
  }
  Admission admission = check_access(request.actor, route.permission);
  if (admission.kind == Admission::Kind::sign_in) {
    Response response = problem(request, 401, "unauthenticated", "Sign in, or send an API token.");
    response.with("WWW-Authenticate", "Bearer");
    return turn_away(request, "unauthenticated", std::move(response), admission.reason);
  }
  if (admission.kind == Admission::Kind::refused)
    return turn_away(request, "access", problem(request, 403, "forbidden", "Not allowed: " + admission.reason + "."),
                     admission.reason);
  request.only_org = std::move(admission.only_org);
  return std::nullopt;
}

// Access-control failures are logged as warnings (backend checklist).
Response Pipeline::turn_away(const Request& request, std::string_view why, Response response,
                             const std::string& reason) {
  metrics_.count_refusal(why);
  Json fields = base_fields(request);
  fields["why"] = why;
  fields["reason"] = reason;
  log_.write(Severity::warning, "access.refused", std::move(fields));
  return response;
}

std::optional<Response> Pipeline::limit(RateLimiter& limiter, const Request& request, const std::string& key) {
  const auto wait = limiter.take(key);
  if (!wait) return std::nullopt;
  metrics_.count_refusal("rate");
  Response response = problem(request, 429, "too-many-requests", "Too many requests; wait, then go on more slowly.");
  response.with("Retry-After", std::to_string(wait->count()));
  return response;
}

void Pipeline::finish(const Request& request, Response& response, std::string_view route_name,
                      Clock::time_point begun) {
  response.with("X-Request-Id", request.request_id);
  add_security_headers(response, request.secure);
  const auto took = Clock::now() - begun;
  metrics_.count_request(to_string(request.method), route_name, response.status, took);
  Json fields = base_fields(request);
  fields["code"] = response.status;
  fields["route"] = route_name;
  fields["t"] = std::chrono::duration_cast<std::chrono::milliseconds>(took).count();
  if (response.cause) fields["error"] = response.cause->message();
  log_.write(response.cause ? Severity::error : Severity::info, "request.summary", std::move(fields));
}

}  // namespace assay::server

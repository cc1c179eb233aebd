#pragma once

// What happens to every request around its handler, in one place and one order: the client's address, its rate, the
// route, who asks, whether the request was forged, whether they may; then the handler; then headers, log and figures.

#include <string>

#include "ledger/ledger.h"
#include "server/log.h"
#include "server/metrics.h"
#include "server/rate_limit.h"
#include "server/router.h"
#include "server/service.h"

namespace assay::server {

struct PipelineSettings {
  bool behind_proxy = false;  // believe X-Forwarded-For and -Proto of peers that are not on the public Internet
  std::string public_origin;  // "https://assay.example.com"; empty: by scheme and Host
};

class Pipeline : public Service {
 public:
  // All of them outlive the pipeline. `router` is complete before the first request.
  Pipeline(const Router& router, ledger::Ledger& ledger, Log& log, Metrics& metrics, PipelineSettings settings);

  std::size_t max_body(Method method, std::string_view path) const override;
  Response answer(Request request) override;
  Response refuse(const Request& request, const Refusal& refusal) override;

 private:
  Response decide(Request& request, std::string& route_name);
  Response answer_route(Request& request, const Router::Match& match);
  std::optional<Response> identify(Request& request);
  std::optional<Response> check(Request& request, const Route& route);
  Response turn_away(const Request& request, std::string_view why, Response response, const std::string& reason);
  std::optional<Response> limit(RateLimiter& limiter, const Request& request, const std::string& key);
  void finish(const Request& request, Response& response, std::string_view route_name,
              std::chrono::steady_clock::time_point begun);

  const Router& router_;
  ledger::Ledger& ledger_;
  Log& log_;
  Metrics& metrics_;
  PipelineSettings settings_;
  RateLimiter by_address_{100, 400};
  RateLimiter by_actor_{50, 300};
  RateLimiter by_bad_token_{0.2, 20};  // guesses at tokens and signatures, per address
};

// The client's address and whether it came by TLS, as the last proxy in front tells (X-Forwarded-For,
// X-Forwarded-Proto). Believed only from a peer whose address is not public.
void apply_forwarded(Request& request);

}  // namespace assay::server

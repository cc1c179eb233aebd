#include "server/operations.h"

#include <array>
#include <memory>

#include "base/text.h"
#include "ledger/people.h"
#include "server/access.h"
#include "server/problem.h"
#include "server/rate_limit.h"

namespace assay::server {

namespace {

constexpr std::size_t kMaxReport = 8192;

Response heartbeat(ledger::Ledger& ledger) {
  const auto alive = ledger.read([](ledger::Work& work) { return ledger::count_people(work, ledger::Role::admin); });
  Response response = json_response(alive ? 200 : 503, {{"ledger", alive ? "ok" : "failed"}});
  if (!alive) response.cause = alive.error();
  return response;
}

// The fields of a report that are worth keeping, each cut: a report is a stranger's word.
Json report_fields(const Json& report) {
  static constexpr std::array kNames{"document-uri", "violated-directive", "effective-directive", "blocked-uri",
                                     "disposition",  "source-file",        "line-number",         "status-code"};
  Json fields = Json::object();
  for (const char* name : kNames) {
    const auto value = report.find(name);
    if (value == report.end()) continue;
    if (value->is_string()) fields[name] = ellipsis(printable(value->get<std::string>()), 300);
    if (value->is_number_integer()) fields[name] = *value;
  }
  return fields;
}

Response take_report(const Request& request, Log& log, RateLimiter& rate) {
  // Dropped silently: a browser does not repeat a report.
  if (rate.take(request.peer)) return empty_response();
  const auto report = parse_json(request.body, "report", {.max_bytes = kMaxReport, .max_depth = 8});
  if (!report) return problem(request, report.error());
  const auto inner = report->is_object() ? report->find("csp-report") : report->end();
  if (inner == report->end() || !inner->is_object())
    return problem(request, 400, "invalid-input", "The body is no report of a browser.");
  Json fields = report_fields(*inner);
  fields["peer"] = request.peer;
  log.write(Severity::warning, "csp.report", std::move(fields));
  return empty_response();
}

Response show_metrics(const Request& request, const Metrics& metrics) {
  if (!request.loopback) {
    const auto admission = check_access(request.actor, Permission::read);
    if (admission.kind != Admission::Kind::allowed || admission.only_org) {
      return problem(request, request.actor.kind == Actor::Kind::nobody ? 401 : 403, "forbidden",
                     "Figures are shown on this machine, or with an API token that reads everything.");
    }
  }
  Response response = text_response(200, metrics.text());
  response.with("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
  return response;
}

}  // namespace

Result<void> add_operations(Router& router, ledger::Ledger& ledger, Log& log, Metrics& metrics) {
  const auto rate = std::make_shared<RateLimiter>(0.2, 20);
  const auto add = [&](std::string name, Method method, std::string pattern, Handler handler) {
    return router.add({.name = std::move(name),
                       .method = method,
                       .pattern = std::move(pattern),
                       .permission = Permission::open,
                       .handler = std::move(handler),
                       .max_body = kMaxReport,
                       .csrf_exempt = true});
  };
  const std::array added{
      add("version", Method::get, "/__version__",
          [](const Request&) { return json_response(200, {{"name", "assay"}, {"version", ASSAY_VERSION}}); }),
      add("heartbeat", Method::get, "/__heartbeat__", [&ledger](const Request&) { return heartbeat(ledger); }),
      add("lbheartbeat", Method::get, "/__lbheartbeat__", [](const Request&) { return text_response(200, "ok\n"); }),
      add("cspreport", Method::post, "/__cspreport__",
          [&log, rate](const Request& request) { return take_report(request, log, *rate); }),
      add("metrics", Method::get, "/metrics",
          [&metrics](const Request& request) { return show_metrics(request, metrics); }),
  };
  for (const auto& result : added) {
    if (!result) return result;
  }
  return {};
}

}  // namespace assay::server

// How the apps stand: now, day by day, and counted by one field of a list.

#include "ledger/posture.h"

#include <array>
#include <chrono>

#include "base/text.h"
#include "ledger/apps.h"
#include "ledger/findings.h"
#include "ledger/tickets.h"
#include "server/api/api.h"
#include "server/api/form.h"

namespace assay::server::api {

namespace {

using ledger::FacetCounts;
using ledger::FilterScope;
using ledger::Posture;
using ledger::Work;

Json flow_json(const Posture::Flow& flow) {
  return Json{{"opened", flow.opened}, {"fixed", flow.fixed}};
}

Json posture_json(const Posture& p) {
  Json j{{"apps",
          {{"active", p.apps_active},
           {"paused", p.apps_paused},
           {"retired", p.apps_retired},
           {"scanned_last_day", p.apps_scanned_last_day},
           {"with_open", p.apps_with_open},
           {"with_inconclusive", p.apps_with_inconclusive}}},
         {"inconclusive", p.inconclusive},
         {"open", severities_json(p.open)},
         {"suspected", p.suspected},
         {"by_requirement", array_of(p.by_requirement,
                                     [](const Posture::RequirementCount& r) {
                                       return Json{{"requirement", r.requirement},
                                                   {"open", r.open},
                                                   {"worst", to_string(static_cast<Severity>(r.worst))}};
                                     })},
         {"tickets", p.tickets},
         {"tickets_overdue", p.tickets_overdue},
         {"tickets_due_soon", p.tickets_due_soon},
         {"last_7_days", flow_json(p.last_7_days)},
         {"last_30_days", flow_json(p.last_30_days)}};
  if (p.taken) j["taken_at"] = format_rfc3339(*p.taken);
  return j;
}

// One organisation's when one is named; a partner can name no other than their own.
Result<FilterScope> scope_of(const Call& call) {
  const std::string named = call.text("organisation");
  if (named.empty()) return call.scope();
  if (call.request.only_org.value_or(named) != named) {
    return fail(ErrorCode::not_found, printable(named), "is no organisation that you may see",
                "GET /api/v1/organisations lists them");
  }
  return FilterScope{.org_id = named};
}

std::string day_of(Time time) {
  return format_rfc3339(time).substr(0, 10);
}

Result<Response> get_posture(const Call& call) {
  const auto scope = scope_of(call);
  if (!scope) return std::unexpected(scope.error());
  const auto posture = call.services.ledger.read([&](Work& work) { return ledger::current_posture(work, *scope); });
  if (!posture) return std::unexpected(posture.error());
  return ok(posture_json(*posture));
}

Result<Response> list_days(const Call& call) {
  const auto scope = scope_of(call);
  if (!scope) return std::unexpected(scope.error());
  std::string first = call.text("from"), last = call.text("to");
  const auto days = call.services.ledger.read([&](Work& work) -> Result<std::vector<ledger::PostureDay>> {
    if (last.empty()) last = day_of(work.now());
    if (first.empty()) {
      const auto end = parse_rfc3339(last + "T00:00:00Z");
      if (!end) return std::unexpected(end.error());
      first = day_of(*end - std::chrono::days(90));
    }
    return ledger::posture_days(work, first, last, *scope);
  });
  if (!days) return std::unexpected(days.error());
  return ok(list_json(array_of(*days, [](const ledger::PostureDay& day) {
    return Json{{"day", day.day}, {"posture", posture_json(day.posture)}};
  })));
}

Result<FacetCounts> count(Work& work, const Call& call) {
  const std::string list = call.text("list"), field = call.text("field"), filter = call.text("filter");
  if (list == "apps") return ledger::app_facet(work, filter, call.scope(), field);
  if (list == "findings") return ledger::finding_facet(work, filter, call.scope(), field);
  if (list == "tickets") return ledger::ticket_facet(work, filter, call.scope(), field);
  return fail(ErrorCode::invalid_input, "list " + printable(list), "is not counted", "apps, findings and tickets are");
}

Result<Response> get_facet(const Call& call) {
  const auto counts = call.services.ledger.read([&](Work& work) { return count(work, call); });
  if (!counts) return std::unexpected(counts.error());
  return ok(Json{
      {"field", call.text("field")},
      {"values", array_of(counts->values,
                          [](const FacetCounts::Value& v) { return Json{{"value", v.value}, {"count", v.count}}; })},
      {"bounded", counts->bounded}});
}

constexpr std::array kOperations{
    Operation{"getPosture", Permission::read, get_posture},
    Operation{"listPostureDays", Permission::read, list_days},
    Operation{"getFacet", Permission::read, get_facet},
};

}  // namespace

std::span<const Operation> posture_operations() {
  return kOperations;
}

}  // namespace assay::server::api

// Apps: what is judged, who owns it, and what is known of it.

#include "ledger/apps.h"

#include <array>

#include "base/text.h"
#include "base/url.h"
#include "ledger/findings.h"
#include "ledger/schedules.h"
#include "server/api/api.h"
#include "server/api/form.h"
#include "server/api/rows.h"
#include "server/conditional.h"

namespace assay::server::api {

namespace {

using ledger::AppRecord;
using ledger::Work;

constexpr std::size_t kMaxImport = 20'000'000;  // bytes of a body

std::unexpected<Error> unknown_app(const std::string& key) {
  return fail(ErrorCode::not_found, printable(key), "is no app that you may see", "GET /api/v1/apps lists them");
}

Result<AppRecord> find(Work& work, const Call& call) {
  auto app = ledger::get_app(work, call.text("app"), call.scope());
  if (!app) return std::unexpected(app.error());
  if (!*app) return unknown_app(call.text("app"));
  return std::move(**app);
}

Json contacts_json(const std::vector<AppContact>& contacts) {
  return list_json(array_of(contacts, [](const AppContact& contact) {
    Json json{{"email", contact.email}};
    put(json, "name", contact.name);
    return json;
  }));
}

std::vector<AppContact> contacts_of(const Json& json) {
  std::vector<AppContact> contacts;
  for (const auto& contact : json) contacts.push_back({contact.at("email"), contact.value("name", "")});
  return contacts;
}

// What the body says of an app; the document has checked the values that it lists.
ledger::AppChange change_of(const Call& call) {
  ledger::AppChange change{.name = call.given("name"),
                           .kind = call.given("kind"),
                           .target = call.given("target"),
                           .owner = call.given("owner"),
                           .org_id = call.given("organisation")};
  if (const auto state = call.given("state")) change.state = ledger::app_state_from_string(*state);
  if (const auto contacts = call.body.find("contacts"); contacts != call.body.end())
    change.contacts = contacts_of(*contacts);
  return change;
}

Response with_version(const Call& call, Response response, const AppRecord& app) {
  return with_etag(call.request, std::move(response), etag_of(app.version));
}

Result<Response> list_apps(const Call& call) {
  const auto page =
      call.services.ledger.read([&](Work& work) { return ledger::list_apps(work, call.list(), call.scope()); });
  if (!page) return std::unexpected(page.error());
  return ok(page_json(*page, app_json));
}

Result<Response> get_app(const Call& call) {
  const auto app = call.services.ledger.read([&](Work& work) { return find(work, call); });
  if (!app) return std::unexpected(app.error());
  return with_version(call, ok(app_json(*app)), *app);
}

Result<Response> create_app(const Call& call) {
  return call.write([&](Work& work) -> Result<Response> {
    const std::string key = call.field("key");
    const auto app = ledger::create_app(work, key, change_of(call));
    if (!app) return std::unexpected(app.error());
    if (auto audited = call.audit(work, "app.create", "app:" + key, call.body); !audited)
      return std::unexpected(audited.error());
    return with_version(call, created(app_json(*app), "/apps/" + percent_encode(key)), *app);
  });
}

// Changes an app that is the version which the asker has seen.
Result<Response> change_in(Work& work, const Call& call, const ledger::AppChange& change, const std::string& act,
                           Json (*form)(const AppRecord&)) {
  const auto before = find(work, call);
  if (!before) return std::unexpected(before.error());
  if (auto stale = check_if_match(call.request, before->version)) return std::move(*stale);
  const auto after = ledger::change_app(work, before->app.key, change, before->version);
  if (!after) return std::unexpected(after.error());
  if (auto audited = call.audit(work, act, "app:" + before->app.key, call.body); !audited)
    return std::unexpected(audited.error());
  return with_version(call, ok(form(*after)), *after);
}

Result<Response> change_app(const Call& call) {
  return call.write([&](Work& work) { return change_in(work, call, change_of(call), "app.change", app_json); });
}

Json contacts_form(const AppRecord& app) {
  return contacts_json(app.contacts);
}

Result<Response> get_contacts(const Call& call) {
  const auto app = call.services.ledger.read([&](Work& work) { return find(work, call); });
  if (!app) return std::unexpected(app.error());
  return with_version(call, ok(contacts_form(*app)), *app);
}

Result<Response> put_contacts(const Call& call) {
  const ledger::AppChange change{.contacts = contacts_of(call.body.at("items"))};
  return call.write([&](Work& work) { return change_in(work, call, change, "app.contacts", contacts_form); });
}

Result<Response> import_apps(const Call& call) {
  const bool csv = istarts_with(trim(call.request.headers.get("Content-Type")), "text/csv");
  auto rows = csv ? parse_app_csv(call.request.body) : parse_app_json_lines(call.request.body);
  if (!rows) return std::unexpected(rows.error());
  return call.write([&](Work& work) -> Result<Response> {
    auto result = ledger::import_apps(work, rows->good, call.scope());
    if (!result) return std::unexpected(result.error());
    std::vector<BadRow> refused = rows->bad;
    refused.insert(refused.end(), result->refused.begin(), result->refused.end());
    std::ranges::sort(refused, {}, &BadRow::line);
    const Json counts{{"added", result->added}, {"changed", result->changed}, {"unchanged", result->unchanged}};
    if (auto audited = call.audit(work, "app.import", "apps", counts); !audited)
      return std::unexpected(audited.error());
    Json report = counts;
    report["refused"] =
        array_of(refused, [](const BadRow& row) { return Json{{"line", row.line}, {"reason", row.reason}}; });
    return ok(report);
  });
}

Result<Response> list_releases(const Call& call) {
  const auto releases = call.services.ledger.read([&](Work& work) -> Result<std::vector<ledger::Release>> {
    const auto app = find(work, call);
    if (!app) return std::unexpected(app.error());
    return ledger::releases_of(work, app->app.key);
  });
  if (!releases) return std::unexpected(releases.error());
  return ok(list_json(array_of(*releases, [](const ledger::Release& r) {
    return Json{{"release", r.release},
                {"first_seen", format_rfc3339(r.first_seen)},
                {"last_seen", format_rfc3339(r.last_seen)}};
  })));
}

Result<Response> get_verdicts(const Call& call) {
  const auto json = call.services.ledger.read([&](Work& work) -> Result<Json> {
    const auto app = find(work, call);
    if (!app) return std::unexpected(app.error());
    const auto verdicts = ledger::latest_verdicts(work, app->app.key);
    if (!verdicts) return std::unexpected(verdicts.error());
    const auto scan = ledger::get_scan(work, app->last_scan_id, call.scope());
    if (!scan) return std::unexpected(scan.error());
    Json items =
        list_json(array_of(*verdicts, [](const auto& v) { return verdict_json(v.verdict, v.scan_id, v.looked); }));
    items["not_verified"] = *scan ? array_of((*scan)->not_verified, not_verified_json) : Json::array();
    return items;
  });
  if (!json) return std::unexpected(json.error());
  return ok(*json);
}

Result<Response> get_schedule(const Call& call) {
  const auto runs = call.services.ledger.read([&](Work& work) -> Result<std::vector<ledger::ScheduledRun>> {
    const auto app = find(work, call);
    if (!app) return std::unexpected(app.error());
    return ledger::runs_of(work, app->app.key);
  });
  if (!runs) return std::unexpected(runs.error());
  return ok(list_json(array_of(*runs, [](const ledger::ScheduledRun& run) {
    Json json{{"group", run.group}, {"next_at", format_rfc3339(run.next)}};
    put(json, "last_at", run.last);
    return json;
  })));
}

constexpr std::array kOperations{
    Operation{"listApps", Permission::read, list_apps},
    Operation{"createApp", Permission::manage_apps, create_app},
    Operation{"importApps", Permission::manage_apps, import_apps, kMaxImport},
    Operation{"getApp", Permission::read, get_app},
    Operation{"changeApp", Permission::manage_apps, change_app},
    Operation{"getContacts", Permission::read, get_contacts},
    Operation{"putContacts", Permission::manage_contacts, put_contacts},
    Operation{"listReleases", Permission::read, list_releases},
    Operation{"getVerdicts", Permission::read, get_verdicts},
    Operation{"getAppSchedule", Permission::read, get_schedule},
};

}  // namespace

Json app_json(const AppRecord& record) {
  Json json{{"key", record.app.key},
            {"name", record.app.name},
            {"kind", record.app.kind},
            {"target", record.app.target},
            {"state", to_string(record.state)},
            {"open", severities_json(record.open)},
            {"inconclusive", record.inconclusive},
            {"added_at", format_rfc3339(record.app.added)},
            {"version", record.version}};
  put(json, "owner", record.app.owner);
  put(json, "organisation", record.org_id);
  put(json, "organisation_name", record.org_name);
  put(json, "release", record.release);
  put(json, "last_scan", record.last_scan_id);
  put(json, "last_scan_at", record.last_scan);
  return json;
}

std::span<const Operation> app_operations() {
  return kOperations;
}

}  // namespace assay::server::api

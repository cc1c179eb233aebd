// Pauses: hosts that are left alone for a time.

#include "ledger/pauses.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "base/url.h"
#include "ledger/apps.h"
#include "server/api/api.h"
#include "server/api/form.h"

namespace assay::server::api {

namespace {

using ledger::Work;

constexpr int kMostPauses = 1000;

Json pause_json(const Pause& pause) {
  Json json{{"id", pause.id},
            {"host", pause.host},
            {"reason", pause.reason},
            {"from", format_rfc3339(pause.from)},
            {"until", format_rfc3339(pause.until)},
            {"requested_by", pause.requested_by}};
  put(json, "ended_at", pause.ended);
  return json;
}

// True when `host` is the host of one of the asker's apps. What lies above it may be somebody else's, too.
Result<bool> is_own_host(Work& work, const Call& call, const std::string& host) {
  ledger::ListQuery query{.limit = ledger::kMaxPage};
  do {
    const auto page = ledger::list_apps(work, query, call.scope());
    if (!page) return std::unexpected(page.error());
    for (const auto& record : page->items) {
      const auto target = parse_url(record.app.target);
      if (target && target->host == host) return true;
    }
    query.cursor = page->next_cursor;
  } while (!query.cursor.empty());
  return false;
}

// Whether the asker may see and end a pause of `host`.
Result<bool> is_theirs(Work& work, const Call& call, const std::string& host) {
  if (!call.request.only_org) return true;
  return is_own_host(work, call, host);
}

Result<std::optional<Time>> time_of(const Call& call, std::string_view name) {
  const auto text = call.given(name);
  if (!text) return std::nullopt;
  const auto time = parse_rfc3339(*text);
  if (!time) return std::unexpected(time.error());
  return *time;
}

Result<Response> list_pauses(const Call& call) {
  const auto pauses = call.services.ledger.read([&](Work& work) -> Result<std::vector<Pause>> {
    auto all = ledger::pauses(work, kMostPauses);
    if (!all) return std::unexpected(all.error());
    std::vector<Pause> shown;
    for (auto& pause : *all) {
      if (pause.ended || pause.until <= work.now()) continue;
      const auto theirs = is_theirs(work, call, pause.host);
      if (!theirs) return std::unexpected(theirs.error());
      if (*theirs) shown.push_back(std::move(pause));
    }
    return shown;
  });
  if (!pauses) return std::unexpected(pauses.error());
  return ok(list_json(array_of(*pauses, pause_json)));
}

Result<Response> create_pause(const Call& call) {
  const auto from = time_of(call, "from"), until = time_of(call, "until");
  if (!from) return std::unexpected(from.error());
  if (!until) return std::unexpected(until.error());
  return call.write([&](Work& work) -> Result<Response> {
    const auto theirs = is_theirs(work, call, normalise_host(call.field("host")).value_or(""));
    if (!theirs) return std::unexpected(theirs.error());
    if (!*theirs) {
      return fail(ErrorCode::not_found, printable(call.field("host")), "is not the host of an app of yours",
                  "name the host of an app's target");
    }
    const auto pause = ledger::add_pause(work, {.host = call.field("host"),
                                                .reason = call.field("reason"),
                                                .from = from->value_or(Time{}),
                                                .until = until->value_or(Time{}),
                                                .requested_by = call.request.actor.email});
    if (!pause) return std::unexpected(pause.error());
    if (auto audited = call.audit(work, "pause.create", "host:" + pause->host, call.body); !audited)
      return std::unexpected(audited.error());
    return created(pause_json(*pause), "/pauses");
  });
}

Result<Response> end_pause(const Call& call) {
  return call.write([&](Work& work) -> Result<Response> {
    const auto all = ledger::pauses(work, kMostPauses);
    if (!all) return std::unexpected(all.error());
    const auto known = std::ranges::find(*all, call.number("pause"), &Pause::id);
    const auto theirs = known == all->end() ? Result<bool>(false) : is_theirs(work, call, known->host);
    if (!theirs) return std::unexpected(theirs.error());
    if (!*theirs) {
      return fail(ErrorCode::not_found, "pause " + std::to_string(call.number("pause")), "is none that you may see",
                  "GET /api/v1/pauses lists them");
    }
    const auto pause = ledger::end_pause(work, call.number("pause"));
    if (!pause) return std::unexpected(pause.error());
    if (auto audited = call.audit(work, "pause.end", "host:" + pause->host, {{"pause", pause->id}}); !audited)
      return std::unexpected(audited.error());
    return ok(pause_json(*pause));
  });
}

constexpr std::array kOperations{
    Operation{"listPauses", Permission::read, list_pauses},
    Operation{"createPause", Permission::request_scans, create_pause},
    Operation{"endPause", Permission::request_scans, end_pause},
};

}  // namespace

std::span<const Operation> pause_operations() {
  return kOperations;
}

}  // namespace assay::server::api

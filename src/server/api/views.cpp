// Saved views of lists.

#include "ledger/views.h"

#include <array>

#include "server/api/api.h"
#include "server/api/form.h"
#include "server/conditional.h"

namespace assay::server::api {

namespace {

using ledger::SavedView;
using ledger::Work;

Json view_json(const SavedView& view, const Actor& actor) {
  return Json{{"id", view.id},       {"list", view.list},     {"name", view.name},
              {"query", view.query}, {"shared", view.shared}, {"mine", view.person_id == actor.person_id}};
}

// A view that the asker may see; to change it they must own it.
Result<SavedView> find(Work& work, const Call& call, bool to_change) {
  auto view = ledger::find_view(work, call.number("view"));
  if (!view) return std::unexpected(view.error());
  const bool mine = *view && (*view)->person_id == call.request.actor.person_id;
  if (mine || (*view && (*view)->shared && !to_change)) return std::move(**view);
  if (*view && (*view)->shared) {
    return fail(ErrorCode::conflict, "view " + std::to_string((*view)->id), "belongs to somebody else",
                "save one of your own");
  }
  return fail(ErrorCode::not_found, "view " + std::to_string(call.number("view")), "is none that you may see",
              "GET /api/v1/views lists them");
}

Result<Response> list_views(const Call& call) {
  const auto views = call.services.ledger.read(
      [&](Work& work) { return ledger::views_for(work, call.request.actor.person_id, call.text("list")); });
  if (!views) return std::unexpected(views.error());
  return ok(list_json(array_of(*views, [&](const SavedView& v) { return view_json(v, call.request.actor); })));
}

Result<Response> get_view(const Call& call) {
  const auto view = call.services.ledger.read([&](Work& work) { return find(work, call, false); });
  if (!view) return std::unexpected(view.error());
  return with_etag(call.request, ok(view_json(*view, call.request.actor)), etag_of(view->version));
}

Result<Response> create_view(const Call& call) {
  return call.write([&](Work& work) -> Result<Response> {
    const auto view = ledger::add_view(work, {.person_id = call.request.actor.person_id,
                                              .list = call.field("list"),
                                              .name = call.field("name"),
                                              .query = call.field("query"),
                                              .shared = call.body.value("shared", false)});
    if (!view) return std::unexpected(view.error());
    return created(view_json(*view, call.request.actor), "/views/" + std::to_string(view->id));
  });
}

Result<Response> change_view(const Call& call) {
  return call.write([&](Work& work) -> Result<Response> {
    auto view = find(work, call, true);
    if (!view) return std::unexpected(view.error());
    if (auto stale = check_if_match(call.request, view->version)) return std::move(*stale);
    view->name = call.given("name").value_or(view->name);
    view->query = call.given("query").value_or(view->query);
    view->shared = call.body.value("shared", view->shared);
    const auto stored = ledger::update_view(work, *view);
    if (!stored) return std::unexpected(stored.error());
    return with_etag(call.request, ok(view_json(*stored, call.request.actor)), etag_of(stored->version));
  });
}

Result<Response> delete_view(const Call& call) {
  return call.write([&](Work& work) -> Result<Response> {
    const auto view = find(work, call, true);
    if (!view) return std::unexpected(view.error());
    if (auto removed = ledger::remove_view(work, view->id); !removed) return std::unexpected(removed.error());
    return empty_response();
  });
}

constexpr std::array kOperations{
    Operation{"listViews", Permission::signed_in, list_views},
    Operation{"createView", Permission::signed_in, create_view},
    Operation{"getView", Permission::signed_in, get_view},
    Operation{"changeView", Permission::signed_in, change_view},
    Operation{"deleteView", Permission::signed_in, delete_view},
};

}  // namespace

std::span<const Operation> view_operations() {
  return kOperations;
}

}  // namespace assay::server::api

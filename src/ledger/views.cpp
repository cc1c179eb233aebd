#include "ledger/views.h"

#include <fmt/format.h>
#include <soci/soci.h>

#include <string_view>

#include "base/text.h"
#include "ledger/dialect.h"
#include "ledger/statement.h"

namespace assay::ledger {

namespace {

constexpr std::string_view kSelect = "select view_id, person_id, list, name, query, shared, version from saved_views";

struct ViewRow {
  SavedView view;
  long long id = 0, shared = 0, version = 0;

  void bind(soci::statement& rows) {
    rows.exchange(soci::into(id));
    for (auto* text : {&view.person_id, &view.list, &view.name, &view.query}) rows.exchange(soci::into(*text));
    rows.exchange(soci::into(shared));
    rows.exchange(soci::into(version));
  }
  SavedView take() const {
    SavedView taken = view;
    taken.id = id;
    taken.shared = shared != 0;
    taken.version = version;
    return taken;
  }
};

template <class... Uses>
std::vector<SavedView> select_views(Work& work, std::string_view condition, const Uses&... uses) {
  ViewRow row;
  soci::statement rows(work.sql());
  (rows.exchange(uses), ...);
  row.bind(rows);
  rows.alloc();
  rows.prepare(fmt::format("{} {}", kSelect, condition));
  rows.define_and_bind();
  rows.execute();
  std::vector<SavedView> views;
  while (rows.fetch()) views.push_back(row.take());
  return views;
}

// Another view of the person with the same list and name would break the promise that a name is one view.
Result<void> check_name(Work& work, const SavedView& view) {
  const std::string name = storable(view.name);
  const auto same =
      select_views(work, "where person_id = :person and list = :list and name = :name",
                   soci::use(view.person_id, "person"), soci::use(view.list, "list"), soci::use(name, "name"));
  if (same.empty() || same.front().id == view.id) return {};
  return fail(ErrorCode::conflict, "view " + printable(view.name), "is there already", "choose another name");
}

}  // namespace

Result<SavedView> add_view(Work& work, SavedView view) {
  if (auto free = check_name(work, view); !free) return std::unexpected(free.error());
  long long count = 0;
  work.sql() << "select count(*) from saved_views where person_id = :person", soci::use(view.person_id, "person"),
      soci::into(count);
  if (count >= kMaxViews) {
    return fail(ErrorCode::limit_exceeded, "saved views", fmt::format("are {} already", count),
                "delete some that are no longer used");
  }
  const std::string name = storable(view.name), query = storable(view.query);
  const long long shared = view.shared ? 1 : 0;
  long long id = 0;
  work.sql() << "insert into saved_views (person_id, list, name, query, shared) values (:person, :list, :name, :query, "
                ":shared) returning view_id",
      soci::use(view.person_id, "person"), soci::use(view.list, "list"), soci::use(name, "name"),
      soci::use(query, "query"), soci::use(shared, "shared"), soci::into(id);
  view.id = id;
  return view;
}

Result<SavedView> update_view(Work& work, SavedView view) {
  if (auto free = check_name(work, view); !free) return std::unexpected(free.error());
  const std::string name = storable(view.name), query = storable(view.query);
  const long long shared = view.shared ? 1 : 0, id = view.id, version = view.version;
  const long long changed =
      run_counted(work.sql(),
                  "update saved_views set name = :name, query = :query, shared = :shared, version = version + 1 "
                  "where view_id = :id and version = :version",
                  soci::use(name, "name"), soci::use(query, "query"), soci::use(shared, "shared"), soci::use(id, "id"),
                  soci::use(version, "version"));
  if (changed != 1)
    return fail(ErrorCode::conflict, fmt::format("view {}", id), "has changed meanwhile or is gone",
                "look at it again");
  ++view.version;
  return view;
}

Result<void> remove_view(Work& work, std::int64_t id) {
  const long long key = id;
  work.sql() << "delete from saved_views where view_id = :id", soci::use(key, "id");
  return {};
}

Result<std::optional<SavedView>> find_view(Work& work, std::int64_t id) {
  const long long key = id;
  auto views = select_views(work, "where view_id = :id", soci::use(key, "id"));
  if (views.empty()) return std::nullopt;
  return std::move(views.front());
}

Result<std::vector<SavedView>> views_for(Work& work, const std::string& person_id, const std::string& list) {
  return select_views(work,
                      "where (person_id = :person or shared = 1) and (list = :list or :list = '') "
                      "order by list, name, view_id",
                      soci::use(person_id, "person"), soci::use(list, "list"));
}

}  // namespace assay::ledger

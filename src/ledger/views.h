#pragma once

// Saved views: a list of the dashboard with its filter and order, under a name. They belong to a person, who may share
// them with everybody. Every function works in the caller's transaction.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "ledger/work.h"

namespace assay::ledger {

struct SavedView {
  std::int64_t id = 0;
  std::string person_id;
  std::string list;   // "apps", "findings", …
  std::string name;   // unique for the person and list
  std::string query;  // "filter=…&sort=…", as in the address of the list
  bool shared = false;
  std::int64_t version = 1;
};

inline constexpr int kMaxViews = 200;  // of one person

// Gives the id. Errors: conflict when the person has a view of that list and name; limit_exceeded past kMaxViews.
Result<SavedView> add_view(Work& work, SavedView view);
// Stores name, query and shared of a view that is known, and gives it with its new version. Error conflict as above,
// and when the stored version is not `view.version`.
Result<SavedView> update_view(Work& work, SavedView view);
Result<void> remove_view(Work& work, std::int64_t id);
Result<std::optional<SavedView>> find_view(Work& work, std::int64_t id);
// The person's own, and those that others share; of one list unless `list` is empty. By list and name.
Result<std::vector<SavedView>> views_for(Work& work, const std::string& person_id, const std::string& list);

}  // namespace assay::ledger

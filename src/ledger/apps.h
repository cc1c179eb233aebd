#pragma once

// Organisations, apps, their contacts and releases. docs/platform.md, "What there is".
// Each function is one step of the caller's transaction; those that change something need Ledger::write.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "ledger/page.h"
#include "ledger/work.h"
#include "model/app_rows.h"
#include "model/scan_record.h"

namespace assay::ledger {

struct Organisation {
  std::string id;  // made by the ledger
  std::string name;
  Time created{};
  std::int64_t apps = 0;
  std::int64_t version = 1;  // of what people change: the name
};

// add, rename: conflict when the name is taken; invalid_input when it is empty or longer than 200 bytes. rename:
// conflict when `expected_version` is given and is not the organisation's. Sorted by name. not_found names the
// organisation.
Result<Organisation> add_organisation(Work& work, const std::string& name);
Result<void> rename_organisation(Work& work, const std::string& org_id, const std::string& name,
                                 std::optional<std::int64_t> expected_version = std::nullopt);
Result<std::vector<Organisation>> organisations(Work& work);
Result<std::optional<Organisation>> find_organisation(Work& work, const std::string& org_id);
Result<std::optional<Organisation>> organisation_by_name(Work& work, const std::string& name);

enum class AppState { active, paused, retired };
std::string_view to_string(AppState s);
std::optional<AppState> app_state_from_string(std::string_view s);

struct SeverityCounts {
  int critical = 0, high = 0, medium = 0, low = 0;
};

struct AppRecord {
  App app;
  AppState state = AppState::active;
  std::string org_id, org_name;  // "" when it belongs to none
  std::string release;           // of the last scan that saw one; "" when none did
  std::string last_scan_id;      // "" when there was none
  std::optional<Time> last_scan;
  SeverityCounts open;   // open findings without a disposition in force
  int inconclusive = 0;  // verdicts of the latest looks at each requirement
  std::int64_t version = 1;
  std::vector<AppContact> contacts;  // sorted by address; empty in lists
};

// Fields: key, name, kind, state, organisation (its id or name), target, owner, release, critical, high,
// medium, low, open (all of these), inconclusive, overdue:true|false (a live ticket whose clock runs is past its due
// date), scanned:true|false (ever), last_scan, added. Words: of key, name and target. Sorts: key, name, last_scan,
// open.
Result<Page<AppRecord>> list_apps(Work& work, const ListQuery& query, const FilterScope& scope = {});
Result<FacetCounts> app_facet(Work& work, const std::string& filter, const FilterScope& scope,
                              const std::string& field);

// With contacts; nullopt when it is not known or not in scope.
Result<std::optional<AppRecord>> get_app(Work& work, const std::string& key, const FilterScope& scope = {});

// What a person may set. nullopt: leave as it is.
struct AppChange {
  std::optional<std::string> name, kind, target, owner;
  std::optional<std::string> org_id;  // "" takes it out of its organisation
  std::optional<AppState> state;
  std::optional<std::vector<AppContact>> contacts;
};

// Makes a new app. conflict when the key is known; invalid_input names the value; not_found the organisation.
Result<AppRecord> create_app(Work& work, const std::string& key, const AppChange& values);
// conflict when `expected_version` is given and is not the app's; not_found. A new organisation or kind is carried to
// the app's findings and tickets.
Result<AppRecord> change_app(Work& work, const std::string& key, const AppChange& change,
                             std::optional<std::int64_t> expected_version = std::nullopt);

struct Release {
  std::string release;
  Time first_seen{}, last_seen{};
};
Result<std::vector<Release>> releases_of(Work& work, const std::string& key, int limit = 100);  // newest first

struct ImportResult {
  std::size_t added = 0, changed = 0, unchanged = 0;
  std::vector<std::string> added_keys;  // in the order of the rows
  std::vector<BadRow> refused;          // a known key with another target, a repeated key, a value that is not allowed
};
// Adds the apps that are new, and gives known ones with the same target the values that the row has; contacts are
// added, never removed. Organisations are made as they are named; with `scope` every row belongs to its organisation
// and may not name another. Rows that cannot be taken are refused and the others kept.
Result<ImportResult> import_apps(Work& work, const std::vector<AppRow>& rows, const FilterScope& scope = {});

}  // namespace assay::ledger

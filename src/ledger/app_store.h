#pragma once

// The statements over apps that recording a scan takes. Each throws what SOCI throws.

#include <soci/soci.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/dialect.h"
#include "ledger/new_scan.h"

namespace assay::ledger {

// Adds the app with its search words; false when the key is known, which changes nothing.
bool insert_app(soci::session& sql, const Dialect& dialect, const App& app);
void update_app(soci::session& sql, const Dialect& dialect, const App& app);  // name, kind and owner
void delete_app(soci::session& sql, const std::string& key);
// Serialises the writers of one app until the transaction ends.
void lock_app(soci::session& sql, const Dialect& dialect, const std::string& key);
// The same for the apps of all the scans; those that are not known are added. Fills what was known of them.
void lock_apps(soci::session& sql, const Dialect& dialect, NewScans scans);
std::optional<App> select_app(soci::session& sql, const std::string& key);
std::vector<App> select_apps(soci::session& sql);

// What people search an app by: the words of its key, name and target in lower case, sorted, each once.
std::vector<std::string> search_words(const App& app);
// `text` cut into such words.
std::vector<std::string> split_words(std::string_view text);
// Replaces the search words of these apps, in one statement each for all.
void write_words(soci::session& sql, const Dialect& dialect, const std::vector<App>& apps);

// Gives the findings and tickets of these apps the organisation and the kind that the apps have now.
void carry_to_findings(soci::session& sql, const Dialect& dialect, const std::vector<std::string>& app_keys);

struct OpenCounts {
  long long critical = 0, high = 0, medium = 0, low = 0;
  long long& of(Severity severity);  // none counts as low
};
// Counts the app's open findings that have no disposition again. Call it after a finding's state or disposition
// changed.
void count_open_findings(soci::session& sql, const std::string& app_key);

}  // namespace assay::ledger

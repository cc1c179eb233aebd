#include <fmt/format.h>

#include <array>
#include <map>
#include <set>
#include <span>
#include <utility>

#include "base/text.h"
#include "ledger/app_store.h"
#include "ledger/apps.h"
#include "ledger/statement.h"
#include "ledger/statistics.h"

namespace assay::ledger {

namespace {

constexpr std::size_t kRowsAtOnce = 2000;  // of one statement
constexpr std::size_t kManyAdded = 1000;   // apps after which the planner must count again

constexpr std::array kKeyColumn = {Column{"app_key", ColumnType::text}};
constexpr std::array kContactColumns = {Column{"app_key", ColumnType::text}, Column{"email", ColumnType::text},
                                        Column{"name", ColumnType::text}};
constexpr std::array kAppColumns = {Column{"app_key", ColumnType::text}, Column{"name", ColumnType::text},
                                    Column{"kind", ColumnType::text},    Column{"target", ColumnType::text},
                                    Column{"owner", ColumnType::text},   Column{"added_ms", ColumnType::integer},
                                    Column{"org_id", ColumnType::text},  Column{"state", ColumnType::text}};
constexpr std::string_view kUpsertApp =
    " on conflict (app_key) do update set name = excluded.name, kind = excluded.kind, owner = excluded.owner, "
    "org_id = excluded.org_id, state = excluded.state, version = apps.version + 1";

// What an app's row holds of what can be imported.
struct Values {
  std::string name, kind, target, owner, org_id, state;
  bool operator==(const Values&) const = default;
};

std::map<std::string, Values> select_known(Work& work, std::span<const AppRow> rows) {
  Json keys = Json::array();
  for (const auto& row : rows) keys.push_back({{"app_key", storable(row.key)}});
  const std::string batch = dump_json(keys);
  std::map<std::string, Values> known;
  std::string key;
  Values v;
  soci::statement found = (work.sql().prepare << fmt::format(
                               "select app_key, name, kind, target, owner, coalesce(org_id, ''), state from apps "
                               "where app_key in ({})",
                               work.dialect().rows(kKeyColumn)),
                           soci::use(batch, "rows"), soci::into(key), soci::into(v.name), soci::into(v.kind),
                           soci::into(v.target), soci::into(v.owner), soci::into(v.org_id), soci::into(v.state));
  found.execute();
  while (found.fetch()) known.emplace(key, v);
  return known;
}

// One import: what is known of organisations and of keys that were met goes from part to part.
class Import {
 public:
  Import(Work& work, const FilterScope& scope) : work_(work), scope_(scope) {}

  Result<ImportResult> run(const std::vector<AppRow>& rows) {
    const auto all = organisations(work_);
    if (!all) return std::unexpected(all.error());
    for (const auto& organisation : *all) ids_.emplace(organisation.name, organisation.id);
    for (std::size_t at = 0; at < rows.size(); at += kRowsAtOnce) {
      const auto part = std::span(rows).subspan(at, std::min(kRowsAtOnce, rows.size() - at));
      if (auto taken = take(part); !taken) return std::unexpected(taken.error());
    }
    return std::move(result_);
  }

 private:
  Result<void> take(std::span<const AppRow> rows) {
    const auto known = select_known(work_, rows);
    written_ = contacts_ = Json::array();
    named_.clear();
    moved_.clear();
    std::vector<const AppRow*> kept;
    for (const auto& row : rows) {
      const auto at = known.find(storable(row.key));
      auto refused = take(row, at == known.end() ? nullptr : &at->second);
      if (!refused) return std::unexpected(refused.error());
      if (refused->empty()) {
        kept.push_back(&row);
      } else {
        result_.refused.push_back({row.line, std::move(*refused)});
      }
    }
    for (const auto* row : kept)
      for (const auto& c : row->contacts)
        contacts_.push_back({{"app_key", storable(row->key)}, {"email", c.email}, {"name", storable(c.name)}});
    auto& sql = work_.sql();
    const auto& dialect = work_.dialect();
    run_rows(sql, dialect.insert_rows("apps", kAppColumns) + std::string(kUpsertApp), written_);
    run_rows(sql, dialect.insert_rows("contacts", kContactColumns) + " on conflict do nothing", contacts_);
    write_words(sql, dialect, named_);
    carry_to_findings(sql, dialect, moved_);
    return {};
  }

  // "" when the row is taken, else why it is not.
  Result<std::string> take(const AppRow& row, const Values* known) {
    if (!met_.insert(row.key).second) return "the key stands in an earlier row, too";
    if (scope_.org_id && known != nullptr && known->org_id != *scope_.org_id)
      return "the key is that of another organisation's app";
    if (known != nullptr && known->target != storable(row.target))
      return fmt::format("is known with another target, {}", printable(ellipsis(known->target, 200)));
    auto org = organisation_of(row);
    if (!org) return org;
    if (*org == kForeign) return "belongs to an organisation that is not yours";
    const Values fresh{
        .name = "", .kind = "connect", .target = storable(row.target), .owner = "", .org_id = "", .state = "active"};
    Values v = known != nullptr ? *known : fresh;
    const auto set = [](std::string& value, const std::string& given) {
      if (!given.empty()) value = storable(given);
    };
    set(v.name, row.name);
    set(v.kind, row.kind);
    set(v.owner, row.owner);
    set(v.org_id, *org);
    set(v.state, row.state);
    if (known != nullptr && v == *known) {
      ++result_.unchanged;
      return "";
    }
    write(row.key, v, known);
    return "";
  }

  void write(const std::string& key, const Values& v, const Values* known) {
    written_.push_back({{"app_key", storable(key)},
                        {"name", v.name},
                        {"kind", v.kind},
                        {"target", v.target},
                        {"owner", v.owner},
                        {"added_ms", milliseconds_of(work_.now())},
                        {"org_id", v.org_id.empty() ? Json() : Json(v.org_id)},
                        {"state", v.state}});
    if (known == nullptr || known->name != v.name) named_.push_back({.key = key, .name = v.name, .target = v.target});
    if (known == nullptr) {
      ++result_.added;
      result_.added_keys.push_back(key);
      return;
    }
    ++result_.changed;
    if (known->org_id != v.org_id || known->kind != v.kind) moved_.push_back(storable(key));
  }

  // The organisation's id; "" when the row names none; kForeign when it names one that the scope does not cover.
  Result<std::string> organisation_of(const AppRow& row) {
    const std::string name(trim(row.organisation));
    if (name.empty()) return scope_.org_id.value_or("");
    const auto at = ids_.find(name);
    if (scope_.org_id) return at != ids_.end() && at->second == *scope_.org_id ? *scope_.org_id : std::string(kForeign);
    if (at != ids_.end()) return at->second;
    const auto made = add_organisation(work_, name);
    if (!made) return std::unexpected(made.error());
    ids_.emplace(name, made->id);
    return made->id;
  }

  static constexpr std::string_view kForeign = "*";

  Work& work_;
  const FilterScope& scope_;
  ImportResult result_;
  std::map<std::string, std::string> ids_;  // of organisations, by name
  std::set<std::string> met_;               // keys
  Json written_, contacts_;                 // rows of this part
  std::vector<App> named_;                  // apps of this part whose search words change
  std::vector<std::string> moved_;          // apps of this part whose kind or organisation changes
};

}  // namespace

Result<ImportResult> import_apps(Work& work, const std::vector<AppRow>& rows, const FilterScope& scope) {
  auto result = Import(work, scope).run(rows);
  if (result && result->added >= kManyAdded) refresh_import_statistics(work);
  return result;
}

}  // namespace assay::ledger

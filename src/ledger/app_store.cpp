#include "ledger/app_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "base/text.h"
#include "ledger/statement.h"

namespace assay::ledger {

namespace {

constexpr std::size_t kMaxWords = 40, kMaxWordBytes = 64;  // of one app

constexpr std::array kKeyColumn = {Column{"app_key", ColumnType::text}};
constexpr std::array kWordColumns = {Column{"word", ColumnType::text}, Column{"app_key", ColumnType::text}};

OpenCounts open_counts(soci::session& sql, const std::string& key) {
  OpenCounts open;
  sql << "select coalesce(sum(case when severity_rank = 4 then 1 else 0 end), 0), "
         "coalesce(sum(case when severity_rank = 3 then 1 else 0 end), 0), "
         "coalesce(sum(case when severity_rank = 2 then 1 else 0 end), 0), "
         "coalesce(sum(case when severity_rank <= 1 then 1 else 0 end), 0) "
         "from findings where app_key = :key and state = 'open' and disposition = ''",
      soci::use(key, "key"), soci::into(open.critical), soci::into(open.high), soci::into(open.medium),
      soci::into(open.low);
  return open;
}

// At most kMaxWordBytes, cut between two characters.
std::string cut_word(std::string_view word) {
  std::size_t size = std::min(word.size(), kMaxWordBytes);
  while (size < word.size() && size > 0 && (static_cast<unsigned char>(word[size]) & 0xC0U) == 0x80U) --size;
  return std::string(word.substr(0, size));
}

}  // namespace

bool insert_app(soci::session& sql, const Dialect& dialect, const App& app) {
  const std::string key = storable(app.key), name = storable(app.name), kind = storable(app.kind);
  const std::string target = storable(app.target), owner = storable(app.owner);
  const long long added = milliseconds_of(app.added == Time{} ? now() : app.added);
  soci::statement inserted =
      (sql.prepare << "insert into apps (app_key, name, kind, target, owner, added_ms) "
                      "values (:key, :name, :kind, :target, :owner, :added) on conflict do nothing",
       soci::use(key, "key"), soci::use(name, "name"), soci::use(kind, "kind"), soci::use(target, "target"),
       soci::use(owner, "owner"), soci::use(added, "added"));
  inserted.execute(true);
  if (inserted.get_affected_rows() == 0) return false;
  write_words(sql, dialect, {app});
  return true;
}

void update_app(soci::session& sql, const Dialect& dialect, const App& app) {
  const std::string key = storable(app.key), name = storable(app.name), kind = storable(app.kind);
  const std::string owner = storable(app.owner);
  sql << "update apps set name = :name, kind = :kind, owner = :owner, version = version + 1 where app_key = :key",
      soci::use(name, "name"), soci::use(kind, "kind"), soci::use(owner, "owner"), soci::use(key, "key");
  carry_to_findings(sql, dialect, {key});
  write_words(sql, dialect, {app});
}

void delete_app(soci::session& sql, const std::string& key) {
  const std::string stored = storable(key);
  sql << "delete from apps where app_key = :key", soci::use(stored, "key");
}

void lock_app(soci::session& sql, const Dialect& dialect, const std::string& key) {
  const std::string stored = storable(key);
  std::string locked;
  sql << fmt::format("select app_key from apps where app_key = :key{}", dialect.for_update()), soci::use(stored, "key"),
      soci::into(locked);
}

void lock_apps(soci::session& sql, const Dialect& dialect, NewScans scans) {
  std::map<std::string, NewScan*> missing;
  for (auto& scan : scans) missing.emplace(storable(scan.record->app.key), &scan);
  const auto lock = [&] {
    Json keys = Json::array();
    for (const auto& [key, scan] : missing) keys.push_back({{"app_key", key}});
    const std::string batch = dump_json(keys);
    std::string key;
    LockedApp app;
    long long last = 0;
    // In one order, so that two writers of the same apps wait for each other and not in a circle.
    soci::statement rows =
        (sql.prepare << fmt::format("select app_key, name, kind, coalesce(org_id, ''), release, "
                                    "coalesce(last_scan_id, ''), last_scan_ms from apps where app_key in ({}) "
                                    "order by app_key{}",
                                    dialect.rows(kKeyColumn), dialect.for_update()),
         soci::use(batch, "rows"), soci::into(key), soci::into(app.name), soci::into(app.kind), soci::into(app.org_id),
         soci::into(app.release), soci::into(app.last_scan_id), soci::into(last));
    rows.execute();
    while (rows.fetch()) {
      app.last_scan = time_of(last);
      missing.at(key)->app = app;
      missing.erase(key);
    }
  };
  lock();
  if (missing.empty()) return;
  for (const auto& [key, scan] : missing) insert_app(sql, dialect, scan->record->app);
  lock();
}

std::optional<App> select_app(soci::session& sql, const std::string& key) {
  const std::string stored = storable(key);
  App app;
  long long added = 0;
  sql << "select app_key, name, kind, target, owner, added_ms from apps where app_key = :key", soci::use(stored, "key"),
      soci::into(app.key), soci::into(app.name), soci::into(app.kind), soci::into(app.target), soci::into(app.owner),
      soci::into(added);
  if (!sql.got_data()) return std::nullopt;
  app.added = time_of(added);
  return app;
}

std::vector<App> select_apps(soci::session& sql) {
  std::vector<App> apps;
  App app;
  long long added = 0;
  soci::statement rows =
      (sql.prepare << "select app_key, name, kind, target, owner, added_ms from apps order by app_key",
       soci::into(app.key), soci::into(app.name), soci::into(app.kind), soci::into(app.target), soci::into(app.owner),
       soci::into(added));
  rows.execute();
  while (rows.fetch()) {
    app.added = time_of(added);
    apps.push_back(app);
  }
  return apps;
}

std::vector<std::string> split_words(std::string_view text) {
  const auto in_word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80;
  };
  const std::string lower = ascii_lower(storable(text));
  std::vector<std::string> words;
  for (std::size_t at = 0; at < lower.size();) {
    const auto begin = std::find_if(lower.begin() + static_cast<std::ptrdiff_t>(at), lower.end(), in_word);
    const auto end = std::find_if_not(begin, lower.end(), in_word);
    if (begin != end) words.push_back(cut_word({begin, end}));
    at = static_cast<std::size_t>(end - lower.begin());
  }
  return words;
}

std::vector<std::string> search_words(const App& app) {
  std::set<std::string> words;
  for (const auto* text : {&app.key, &app.name, &app.target})
    for (auto& word : split_words(*text))
      if (words.size() < kMaxWords) words.insert(std::move(word));
  return {words.begin(), words.end()};
}

void write_words(soci::session& sql, const Dialect& dialect, const std::vector<App>& apps) {
  Json keys = Json::array(), words = Json::array();
  for (const auto& app : apps) {
    const std::string key = storable(app.key);
    keys.push_back({{"app_key", key}});
    for (const auto& word : search_words(app)) words.push_back({{"word", word}, {"app_key", key}});
  }
  run_rows(sql, fmt::format("delete from app_words where app_key in ({})", dialect.rows(kKeyColumn)), keys);
  run_rows(sql, dialect.insert_rows("app_words", kWordColumns) + " on conflict do nothing", words);
}

void carry_to_findings(soci::session& sql, const Dialect& dialect, const std::vector<std::string>& app_keys) {
  Json keys = Json::array();
  for (const auto& key : app_keys) keys.push_back({{"app_key", storable(key)}});
  for (const auto* table : {"findings", "tickets"})
    run_rows(sql,
             fmt::format("update {0} set org_id = (select a.org_id from apps a where a.app_key = {0}.app_key), "
                         "kind = (select a.kind from apps a where a.app_key = {0}.app_key) where app_key in ({1})",
                         table, dialect.rows(kKeyColumn)),
             keys);
}

long long& OpenCounts::of(Severity severity) {
  switch (severity) {
    case Severity::critical:
      return critical;
    case Severity::high:
      return high;
    case Severity::medium:
      return medium;
    default:
      return low;
  }
}

void count_open_findings(soci::session& sql, const std::string& app_key) {
  const std::string key = storable(app_key);
  const OpenCounts open = open_counts(sql, key);
  sql << "update apps set open_critical = :critical, open_high = :high, open_medium = :medium, open_low = :low "
         "where app_key = :key",
      soci::use(open.critical, "critical"), soci::use(open.high, "high"), soci::use(open.medium, "medium"),
      soci::use(open.low, "low"), soci::use(key, "key");
}

}  // namespace assay::ledger

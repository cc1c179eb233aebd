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
constexpr std::array kLookColumns = {
    Column{"app_key", ColumnType::text},         Column{"requirement", ColumnType::text},
    Column{"scan_id", ColumnType::text},         Column{"looked_ms", ColumnType::integer},
    Column{"pass", ColumnType::integer},         Column{"fail", ColumnType::integer},
    Column{"inconclusive", ColumnType::integer}, Column{"not_applicable", ColumnType::integer}};

constexpr std::string_view kNewerLook =
    " on conflict (app_key, requirement) do update set scan_id = excluded.scan_id, looked_ms = excluded.looked_ms, "
    "pass = excluded.pass, fail = excluded.fail, inconclusive = excluded.inconclusive, "
    "not_applicable = excluded.not_applicable where excluded.looked_ms >= latest_looks.looked_ms";

void write_latest_looks(soci::session& sql, const Dialect& dialect, const ScanRecord& record) {
  const std::string key = storable(record.app.key), id = storable(record.id);
  struct Counts {
    int pass = 0, fail = 0, inconclusive = 0, not_applicable = 0;
  };
  std::map<std::string_view, Counts> looks;
  for (const auto& v : record.verdicts) {
    auto& counts = looks[v.requirement];
    if (v.outcome == Outcome::pass) ++counts.pass;
    if (v.outcome == Outcome::fail) ++counts.fail;
    if (v.outcome == Outcome::inconclusive) ++counts.inconclusive;
    if (v.outcome == Outcome::not_applicable) ++counts.not_applicable;
  }
  Json rows = Json::array();
  for (const auto& [requirement, counts] : looks)
    rows.push_back({{"app_key", key},
                    {"requirement", storable(requirement)},
                    {"scan_id", id},
                    {"looked_ms", milliseconds_of(record.started)},
                    {"pass", counts.pass},
                    {"fail", counts.fail},
                    {"inconclusive", counts.inconclusive},
                    {"not_applicable", counts.not_applicable}});
  run_rows(sql, dialect.insert_rows("latest_looks", kLookColumns) + std::string(kNewerLook), rows);
}

// False when the release was known.
bool insert_release(soci::session& sql, const ScanRecord& record) {
  const std::string key = storable(record.app.key), release = storable(record.release);
  const long long started = milliseconds_of(record.started);
  soci::statement inserted =
      (sql.prepare << "insert into releases (app_key, release, first_seen_ms, last_seen_ms) "
                      "values (:key, :release, :first, :last) on conflict do nothing",
       soci::use(key, "key"), soci::use(release, "release"), soci::use(started, "first"), soci::use(started, "last"));
  inserted.execute(true);
  if (inserted.get_affected_rows() == 1) return true;
  sql << "update releases set first_seen_ms = case when first_seen_ms > :first then :first2 else first_seen_ms end, "
         "last_seen_ms = case when last_seen_ms < :last then :last2 else last_seen_ms end "
         "where app_key = :key and release = :release",
      soci::use(started, "first"), soci::use(started, "first2"), soci::use(started, "last"),
      soci::use(started, "last2"), soci::use(key, "key"), soci::use(release, "release");
  return false;
}

struct OpenCounts {
  long long critical = 0, high = 0, medium = 0, low = 0;
};

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

// The name of an app that was added without one.
void learn_name(soci::session& sql, const Dialect& dialect, const App& app) {
  const std::string key = storable(app.key), name = storable(app.name);
  sql << "update apps set name = :name where app_key = :key", soci::use(name, "name"), soci::use(key, "key");
  write_words(sql, dialect, {app});
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

AppOwner lock_app(soci::session& sql, const Dialect& dialect, const std::string& key) {
  const std::string stored = storable(key);
  AppOwner owner;
  sql << fmt::format("select kind, coalesce(org_id, '') from apps where app_key = :key{}", dialect.for_update()),
      soci::use(stored, "key"), soci::into(owner.kind), soci::into(owner.org_id);
  return owner;
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

std::optional<NewRelease> roll_up(soci::session& sql, const Dialect& dialect, const ScanRecord& record) {
  const std::string key = storable(record.app.key), id = storable(record.id), release = storable(record.release);
  const long long started = milliseconds_of(record.started);
  std::string previous, name;
  long long last = 0;
  sql << "select release, last_scan_ms, name from apps where app_key = :key", soci::use(key, "key"),
      soci::into(previous), soci::into(last), soci::into(name);
  if (name.empty() && !record.app.name.empty()) learn_name(sql, dialect, record.app);
  const bool newest = started >= last;
  const bool fresh = !release.empty() && insert_release(sql, record) && newest;
  write_latest_looks(sql, dialect, record);
  const OpenCounts open = open_counts(sql, key);
  const long long current = newest ? 1 : 0;
  const std::string& shown = release.empty() ? previous : release;
  sql << "update apps set last_scan_id = case when :newest1 = 1 then :id else last_scan_id end, "
         "last_scan_ms = case when :newest2 = 1 then :started else last_scan_ms end, "
         "release = case when :newest3 = 1 then :release else release end, "
         "inconclusive = (select coalesce(sum(l.inconclusive), 0) from latest_looks l where l.app_key = :looked), "
         "open_critical = :critical, open_high = :high, open_medium = :medium, open_low = :low where app_key = :key",
      soci::use(current, "newest1"), soci::use(id, "id"), soci::use(current, "newest2"), soci::use(started, "started"),
      soci::use(current, "newest3"), soci::use(shown, "release"), soci::use(key, "looked"),
      soci::use(open.critical, "critical"), soci::use(open.high, "high"), soci::use(open.medium, "medium"),
      soci::use(open.low, "low"), soci::use(key, "key");
  if (!fresh) return std::nullopt;
  return NewRelease{record.release, previous};
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

#include "ledger/apps.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "ledger/app_store.h"
#include "ledger/lists.h"

namespace assay::ledger {

namespace {

constexpr std::size_t kMaxValueBytes = 2048;

constexpr std::array kKinds = {ListWord{.word = "connect"}, ListWord{.word = "forge"}, ListWord{.word = "service"},
                               ListWord{.word = "source"}};
constexpr std::array kStates = {ListWord{.word = "active"}, ListWord{.word = "paused"}, ListWord{.word = "retired"}};
constexpr std::array kOverdue = {
    ListWord{.word = "true",
             .condition =
                 "exists (select 1 from tickets t where t.app_key = a.app_key and t.live = 1 and t.due_ms < :now and "
                 "t.state in ('needs-patch', 'fix-claimed', 'waiting-for-release'))"},
    ListWord{
        .word = "false",
        .condition =
            "not exists (select 1 from tickets t where t.app_key = a.app_key and t.live = 1 and t.due_ms < :now and "
            "t.state in ('needs-patch', 'fix-claimed', 'waiting-for-release'))"}};
constexpr std::array kScanned = {ListWord{.word = "true", .condition = "a.last_scan_ms > 0"},
                                 ListWord{.word = "false", .condition = "a.last_scan_ms = 0"}};
constexpr std::array kFields = {
    ListField{.name = "key", .column = "a.app_key"},
    ListField{.name = "name", .column = "a.name"},
    ListField{.name = "kind", .column = "a.kind", .type = FieldType::word, .words = kKinds},
    ListField{.name = "state", .column = "a.state", .type = FieldType::word, .words = kStates},
    ListField{.name = "organisation", .column = "a.org_id", .type = FieldType::organisation},
    ListField{.name = "target", .column = "a.target"},
    ListField{.name = "owner", .column = "a.owner"},
    ListField{.name = "release", .column = "a.release"},
    ListField{.name = "critical", .column = "a.open_critical", .type = FieldType::integer},
    ListField{.name = "high", .column = "a.open_high", .type = FieldType::integer},
    ListField{.name = "medium", .column = "a.open_medium", .type = FieldType::integer},
    ListField{.name = "low", .column = "a.open_low", .type = FieldType::integer},
    ListField{.name = "open",
              .column = "(a.open_critical + a.open_high + a.open_medium + a.open_low)",
              .type = FieldType::integer},
    ListField{.name = "inconclusive", .column = "a.inconclusive", .type = FieldType::integer},
    ListField{.name = "overdue", .column = "", .type = FieldType::condition, .words = kOverdue},
    ListField{.name = "scanned", .column = "", .type = FieldType::condition, .words = kScanned},
    ListField{.name = "last_scan", .column = "a.last_scan_ms", .type = FieldType::time},
    ListField{.name = "added", .column = "a.added_ms", .type = FieldType::time}};
constexpr std::array kSorts = {
    ListSort{.name = "key", .column = "a.app_key"}, ListSort{.name = "name", .column = "substr(a.name, 1, 200)"},
    ListSort{.name = "last_scan", .column = "a.last_scan_ms", .integer = true},
    ListSort{.name = "open",
             .column = "(a.open_critical * 1000000000 + a.open_high * 1000000 + a.open_medium * 1000 + a.open_low)",
             .integer = true}};
constexpr std::array kKey = {ListSort{.name = "key", .column = "a.app_key"}};
constexpr ListSpec kApps = {
    .name = "apps",
    .columns =
        "a.app_key, a.name, a.kind, a.target, a.owner, a.added_ms, a.state, coalesce(a.org_id, ''), "
        "coalesce(o.name, ''), a.release, coalesce(a.last_scan_id, ''), a.last_scan_ms, a.open_critical, "
        "a.open_high, a.open_medium, a.open_low, a.inconclusive, a.version",
    .from = "apps a left join organisations o on o.org_id = a.org_id",
    .org = "a.org_id",
    .fields = kFields,
    .sorts = kSorts,
    .descending = false,
    .key = kKey,
    .search = {.app_key = "a.app_key", .prefix = ""}};

struct Row {
  AppRecord record;
  std::string state;
  long long added = 0, last_scan = 0, critical = 0, high = 0, medium = 0, low = 0, inconclusive = 0, version = 0;

  void bind(soci::statement& statement) {
    for (auto* text : {&record.app.key, &record.app.name, &record.app.kind, &record.app.target, &record.app.owner})
      statement.exchange(soci::into(*text));
    statement.exchange(soci::into(added));
    for (auto* text : {&state, &record.org_id, &record.org_name, &record.release, &record.last_scan_id})
      statement.exchange(soci::into(*text));
    for (auto* number : {&last_scan, &critical, &high, &medium, &low, &inconclusive, &version})
      statement.exchange(soci::into(*number));
  }

  Result<AppRecord> take() {
    const auto known = app_state_from_string(state);
    if (!known) return fail(ErrorCode::internal, "app " + record.app.key, "has the unknown state " + state);
    record.state = *known;
    record.app.added = time_of(added);
    record.last_scan = last_scan == 0 ? std::nullopt : std::optional(time_of(last_scan));
    record.open = {static_cast<int>(critical), static_cast<int>(high), static_cast<int>(medium), static_cast<int>(low)};
    record.inconclusive = static_cast<int>(inconclusive);
    record.version = version;
    return record;
  }
};

std::vector<AppContact> contacts_of(soci::session& sql, const std::string& key) {
  std::vector<AppContact> contacts;
  AppContact contact;
  soci::statement rows = (sql.prepare << "select email, name from contacts where app_key = :key order by email",
                          soci::use(key, "key"), soci::into(contact.email), soci::into(contact.name));
  rows.execute();
  while (rows.fetch()) contacts.push_back(contact);
  return contacts;
}

std::unexpected<Error> unknown_app(const std::string& key) {
  return fail(ErrorCode::not_found, "app " + printable(key), "is not in the ledger", "list the known ones");
}

// "" or why a person may not give the app these values.
std::string refusal(const AppChange& change) {
  for (const auto* value : {&change.name, &change.target, &change.owner})
    if (*value && ((*value)->size() > kMaxValueBytes || printable(**value) != **value))
      return fmt::format("a value is longer than {} bytes or holds control characters", kMaxValueBytes);
  if (change.target && change.target->empty()) return "target is empty";
  if (change.kind)
    if (auto reason = invalid_app_kind(*change.kind); !reason.empty()) return reason;
  if (!change.contacts) return "";
  if (change.contacts->size() > kMaxImportContacts)
    return fmt::format("there are more than {} contacts", kMaxImportContacts);
  for (const auto& contact : *change.contacts) {
    if (auto reason = invalid_email(contact.email); !reason.empty()) return reason;
    if (contact.name.size() > kMaxValueBytes || printable(contact.name) != contact.name)
      return "the name of a contact is too long or holds control characters";
  }
  return "";
}

void replace_contacts(Work& work, const std::string& key, const std::vector<AppContact>& contacts) {
  static constexpr std::array kColumns = {Column{"app_key", ColumnType::text}, Column{"email", ColumnType::text},
                                          Column{"name", ColumnType::text}};
  work.sql() << "delete from contacts where app_key = :key", soci::use(key, "key");
  Json rows = Json::array();
  for (const auto& c : contacts) rows.push_back({{"app_key", key}, {"email", c.email}, {"name", storable(c.name)}});
  run_rows(work.sql(), work.dialect().insert_rows("contacts", kColumns) + " on conflict do nothing", rows);
}

Result<void> check_organisation(Work& work, const std::string& org_id) {
  if (org_id.empty()) return {};
  const auto known = find_organisation(work, org_id);
  if (!known) return std::unexpected(known.error());
  if (*known) return {};
  return fail(ErrorCode::not_found, "organisation " + printable(org_id), "is not in the ledger", "add it first");
}

// Writes what `change` says over the row, which is locked.
void write_change(Work& work, const AppRecord& before, const AppChange& change) {
  const std::string& key = before.app.key;
  const std::string name = storable(change.name.value_or(before.app.name));
  const std::string kind = change.kind.value_or(before.app.kind);
  const std::string target = storable(change.target.value_or(before.app.target));
  const std::string owner = storable(change.owner.value_or(before.app.owner));
  const std::string state(to_string(change.state.value_or(before.state)));
  const std::string org = change.org_id.value_or(before.org_id);
  work.sql() << "update apps set name = :name, kind = :kind, target = :target, owner = :owner, state = :state, "
                "org_id = nullif(:org, ''), version = version + 1 where app_key = :key",
      soci::use(name, "name"), soci::use(kind, "kind"), soci::use(target, "target"), soci::use(owner, "owner"),
      soci::use(state, "state"), soci::use(org, "org"), soci::use(key, "key");
  if (name != before.app.name || target != before.app.target) {
    App named = before.app;
    named.name = name;
    named.target = target;
    write_words(work.sql(), work.dialect(), {named});
  }
  if (change.contacts) replace_contacts(work, key, *change.contacts);
  if (org != before.org_id || kind != before.app.kind) carry_to_findings(work.sql(), work.dialect(), {key});
}

}  // namespace

std::string_view to_string(AppState s) {
  switch (s) {
    case AppState::active:
      return "active";
    case AppState::paused:
      return "paused";
    case AppState::retired:
      return "retired";
  }
  return "active";
}

std::optional<AppState> app_state_from_string(std::string_view s) {
  for (const auto state : {AppState::active, AppState::paused, AppState::retired})
    if (to_string(state) == s) return state;
  return std::nullopt;
}

Result<Page<AppRecord>> list_apps(Work& work, const ListQuery& query, const FilterScope& scope) {
  return read_page<AppRecord, Row>(work, kApps, query, scope);
}

Result<FacetCounts> app_facet(Work& work, const std::string& filter, const FilterScope& scope,
                              const std::string& field) {
  return read_facet(work, kApps, filter, scope, field);
}

Result<std::optional<AppRecord>> get_app(Work& work, const std::string& key, const FilterScope& scope) {
  const std::string stored = storable(key);
  Row row;
  soci::statement found(work.sql());
  row.bind(found);
  found.exchange(soci::use(stored, "key"));
  found.alloc();
  found.prepare(fmt::format("select {} from {} where a.app_key = :key", kApps.columns, kApps.from));
  found.define_and_bind();
  found.execute();
  if (!found.fetch()) return std::nullopt;
  auto record = row.take();
  if (!record) return std::unexpected(record.error());
  if (scope.org_id && record->org_id != *scope.org_id) return std::nullopt;
  record->contacts = contacts_of(work.sql(), stored);
  return std::optional(std::move(*record));
}

Result<AppRecord> create_app(Work& work, const std::string& key, const AppChange& values) {
  std::string reason = invalid_app_key(key);
  if (reason.empty() && !values.target) reason = "target is missing";
  if (reason.empty()) reason = refusal(values);
  if (!reason.empty()) return fail(ErrorCode::invalid_input, "app " + printable(key), reason);
  if (auto known = check_organisation(work, values.org_id.value_or("")); !known) return std::unexpected(known.error());
  const App app{.key = key,
                .name = values.name.value_or(""),
                .kind = values.kind.value_or("connect"),
                .target = *values.target,
                .owner = values.owner.value_or(""),
                .added = work.now()};
  if (!insert_app(work.sql(), work.dialect(), app))
    return fail(ErrorCode::conflict, "app " + printable(key), "is in the ledger already", "change it instead");
  AppChange rest;
  rest.org_id = values.org_id;
  rest.state = values.state;
  rest.contacts = values.contacts;
  AppRecord inserted;
  inserted.app = app;
  write_change(work, inserted, rest);
  work.sql() << "update apps set version = 1 where app_key = :key", soci::use(key, "key");
  auto created = get_app(work, key);
  if (!created) return std::unexpected(created.error());
  return std::move(**created);
}

Result<AppRecord> change_app(Work& work, const std::string& key, const AppChange& change,
                             std::optional<std::int64_t> expected_version) {
  if (const std::string reason = refusal(change); !reason.empty())
    return fail(ErrorCode::invalid_input, "app " + printable(key), reason);
  lock_app(work.sql(), work.dialect(), key);
  const auto before = get_app(work, key);
  if (!before) return std::unexpected(before.error());
  if (!*before) return unknown_app(key);
  if (expected_version && *expected_version != (*before)->version)
    return fail(ErrorCode::conflict, "app " + printable(key), "was changed by somebody else in the meantime",
                "read it again and repeat the change");
  if (auto known = check_organisation(work, change.org_id.value_or("")); !known) return std::unexpected(known.error());
  write_change(work, **before, change);
  auto after = get_app(work, key);
  if (!after) return std::unexpected(after.error());
  return std::move(**after);
}

Result<std::vector<Release>> releases_of(Work& work, const std::string& key, int limit) {
  const std::string stored = storable(key);
  const long long most = std::max(limit, 0);
  std::vector<Release> releases;
  std::string release;
  long long first = 0, last = 0;
  soci::statement rows =
      (work.sql().prepare << "select release, first_seen_ms, last_seen_ms from releases where app_key = :key "
                             "order by first_seen_ms desc, release limit :most",
       soci::use(stored, "key"), soci::use(most, "most"), soci::into(release), soci::into(first), soci::into(last));
  rows.execute();
  while (rows.fetch()) releases.push_back({release, time_of(first), time_of(last)});
  return releases;
}

}  // namespace assay::ledger

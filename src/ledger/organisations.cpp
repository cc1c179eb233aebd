#include <fmt/format.h>

#include "base/bytes.h"
#include "base/text.h"
#include "ledger/apps.h"
#include "ledger/dialect.h"
#include "ledger/statement.h"

namespace assay::ledger {

namespace {

constexpr std::size_t kMaxNameBytes = 200;
constexpr std::size_t kIdBytes = 8;

Result<std::string> checked_name(const std::string& name) {
  std::string trimmed(trim(name));
  if (trimmed.empty() || trimmed.size() > kMaxNameBytes || printable(trimmed) != trimmed)
    return fail(ErrorCode::invalid_input, "organisation",
                trimmed.empty() ? "has no name" : "has a name that is too long or holds control characters",
                fmt::format("give it a name of at most {} bytes", kMaxNameBytes));
  return trimmed;
}

std::unexpected<Error> taken(const std::string& name) {
  return fail(ErrorCode::conflict, "organisation " + name, "is in the ledger already", "give it another name");
}

// Those for which `where` holds of :value; all of them when it is empty.
std::vector<Organisation> select_organisations(soci::session& sql, std::string_view where, const std::string& value) {
  std::vector<Organisation> found;
  Organisation one;
  long long created = 0, apps = 0, version = 0;
  soci::statement rows(sql);
  rows.exchange(soci::into(one.id));
  rows.exchange(soci::into(one.name));
  rows.exchange(soci::into(created));
  rows.exchange(soci::into(apps));
  rows.exchange(soci::into(version));
  if (!where.empty()) rows.exchange(soci::use(value, "value"));
  rows.alloc();
  rows.prepare(
      fmt::format("select o.org_id, o.name, o.created_ms, (select count(*) from apps a where a.org_id = o.org_id), "
                  "o.version from organisations o {}{} order by o.name",
                  where.empty() ? "" : "where ", where));
  rows.define_and_bind();
  rows.execute();
  while (rows.fetch()) {
    one.created = time_of(created);
    one.apps = apps;
    one.version = version;
    found.push_back(one);
  }
  return found;
}

std::optional<Organisation> only(std::vector<Organisation> found) {
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

}  // namespace

Result<Organisation> add_organisation(Work& work, const std::string& name) {
  const auto checked = checked_name(name);
  if (!checked) return std::unexpected(checked.error());
  Organisation made{.id = "org-" + to_hex(random_bytes(kIdBytes)), .name = *checked, .created = work.now()};
  const long long created = milliseconds_of(made.created);
  soci::statement inserted =
      (work.sql().prepare << "insert into organisations (org_id, name, created_ms) values (:id, :name, :created) "
                             "on conflict do nothing",
       soci::use(made.id, "id"), soci::use(made.name, "name"), soci::use(created, "created"));
  inserted.execute(true);
  if (inserted.get_affected_rows() == 0) return taken(*checked);
  return made;
}

Result<void> rename_organisation(Work& work, const std::string& org_id, const std::string& name,
                                 std::optional<std::int64_t> expected_version) {
  const auto checked = checked_name(name);
  if (!checked) return std::unexpected(checked.error());
  const auto other = organisation_by_name(work, *checked);
  if (!other) return std::unexpected(other.error());
  if (*other && (*other)->id != org_id) return taken(*checked);
  const std::string id = storable(org_id);
  const long long version = expected_version.value_or(0);  // 0: any
  soci::statement renamed =
      (work.sql().prepare << "update organisations set name = :name, version = version + 1 where org_id = :id and "
                             "(:any = 0 or version = :version)",
       soci::use(*checked, "name"), soci::use(id, "id"), soci::use(version, "any"), soci::use(version, "version"));
  renamed.execute(true);
  if (renamed.get_affected_rows() != 0) return {};
  if (expected_version)
    return fail(ErrorCode::conflict, "organisation " + printable(org_id), "has changed meanwhile or is gone",
                "look at it again");
  return fail(ErrorCode::not_found, "organisation " + printable(org_id), "is not in the ledger", "list the known ones");
}

Result<std::vector<Organisation>> organisations(Work& work) {
  return select_organisations(work.sql(), "", "");
}

Result<std::optional<Organisation>> find_organisation(Work& work, const std::string& org_id) {
  return only(select_organisations(work.sql(), "o.org_id = :value", storable(org_id)));
}

Result<std::optional<Organisation>> organisation_by_name(Work& work, const std::string& name) {
  return only(select_organisations(work.sql(), "o.name = :value", storable(trim(name))));
}

}  // namespace assay::ledger

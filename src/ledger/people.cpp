#include "ledger/people.h"

#include <soci/soci.h>

#include "base/bytes.h"
#include "base/text.h"
#include "ledger/dialect.h"
#include "ledger/sessions.h"
#include "ledger/tokens.h"

namespace assay::ledger {

namespace {

constexpr std::string_view kSelect =
    "select person_id, issuer, subject, email, name, role, coalesce(org_id, ''), enabled, created_ms, "
    "coalesce(last_login_ms, -1), version from people ";

// The variables that one row of kSelect is read into.
struct Row {
  std::string id, issuer, subject, email, name, role, org;
  long long enabled = 0, created = 0, last_login = -1, version = 1;
};

Result<Person> person_of(const Row& row) {
  const auto role = role_from_string(row.role);
  if (!role) return fail(ErrorCode::internal, "stored person " + row.id, "has the unknown role " + row.role);
  Person person{.id = row.id,
                .issuer = row.issuer,
                .subject = row.subject,
                .email = row.email,
                .name = row.name,
                .role = *role,
                .org_id = row.org,
                .enabled = row.enabled != 0,
                .created = Time{Duration{row.created}},
                .last_login = std::nullopt,
                .version = row.version};
  if (row.last_login >= 0) person.last_login = Time{Duration{row.last_login}};
  return person;
}

// `bind`: soci elements of the condition's parameters.
template <class... Bind>
Result<std::vector<Person>> select(Work& work, std::string_view condition, Bind&&... bind) {
  Row row;
  soci::statement rows(work.sql());
  const std::string text = std::string(kSelect) + std::string(condition);
  (rows.exchange(std::forward<Bind>(bind)), ...);
  rows.exchange(soci::into(row.id));
  rows.exchange(soci::into(row.issuer));
  rows.exchange(soci::into(row.subject));
  rows.exchange(soci::into(row.email));
  rows.exchange(soci::into(row.name));
  rows.exchange(soci::into(row.role));
  rows.exchange(soci::into(row.org));
  rows.exchange(soci::into(row.enabled));
  rows.exchange(soci::into(row.created));
  rows.exchange(soci::into(row.last_login));
  rows.exchange(soci::into(row.version));
  rows.alloc();
  rows.prepare(text);
  rows.define_and_bind();
  rows.execute();
  std::vector<Person> found;
  while (rows.fetch()) {
    auto person = person_of(row);
    if (!person) return std::unexpected(person.error());
    found.push_back(std::move(*person));
  }
  return found;
}

Result<std::optional<Person>> only(Result<std::vector<Person>> found) {
  if (!found) return std::unexpected(found.error());
  if (found->empty()) return std::nullopt;
  return std::move(found->front());
}

Result<std::optional<Person>> find_by_subject(Work& work, const std::string& issuer, const std::string& subject) {
  return only(select(work, "where issuer = :issuer and subject = :subject", soci::use(issuer, "issuer"),
                     soci::use(subject, "subject")));
}

Result<void> check(Work& work, const Person& person) {
  const std::string thing = "person " + person.email;
  if (person.email.find('@') == std::string::npos || person.email.size() > 254)
    return fail(ErrorCode::invalid_input, "person", "has no e-mail address", "give one such as name@example.com");
  if (person.role == Role::partner && person.org_id.empty())
    return fail(ErrorCode::invalid_input, thing, "is a partner without an organisation", "name the organisation");
  if (person.role != Role::partner && !person.org_id.empty()) {
    return fail(ErrorCode::invalid_input, thing, "has an organisation and is no partner",
                "take the role partner, or no organisation");
  }
  if (person.org_id.empty()) return {};
  long long known = 0;
  work.sql() << "select count(*) from organisations where org_id = :org", soci::use(person.org_id, "org"),
      soci::into(known);
  if (known == 0)
    return fail(ErrorCode::not_found, "organisation " + person.org_id, "is not known", "add the organisation first");
  return {};
}

// Writers of the set of admins wait for each other, so that two of them cannot each remove the other.
void lock_admins(Work& work) {
  const std::string role(to_string(Role::admin));
  std::string id;
  soci::statement rows = (work.sql().prepare << "select person_id from people where role = :role" +
                                                    std::string(work.dialect().for_update()),
                          soci::use(role, "role"), soci::into(id));
  rows.execute();
  while (rows.fetch()) {
  }
}

void insert(Work& work, const Person& person) {
  const std::string role(to_string(person.role));
  const long long enabled = person.enabled ? 1 : 0, created = person.created.time_since_epoch().count();
  const long long last_login = person.last_login ? person.last_login->time_since_epoch().count() : -1;
  work.sql() << "insert into people (person_id, issuer, subject, email, name, role, org_id, enabled, created_ms, "
                "last_login_ms) values (:id, :issuer, :subject, :email, :name, :role, nullif(:org, ''), :enabled, "
                ":created, nullif(cast(:login as bigint), -1))",
      soci::use(person.id, "id"), soci::use(person.issuer, "issuer"), soci::use(person.subject, "subject"),
      soci::use(person.email, "email"), soci::use(person.name, "name"), soci::use(role, "role"),
      soci::use(person.org_id, "org"), soci::use(enabled, "enabled"), soci::use(created, "created"),
      soci::use(last_login, "login");
}

// False when the stored version is another one.
bool store(Work& work, const Person& person) {
  const std::string role(to_string(person.role));
  const long long enabled = person.enabled ? 1 : 0;
  const long long last_login = person.last_login ? person.last_login->time_since_epoch().count() : -1;
  soci::statement statement =
      (work.sql().prepare
           << "update people set subject = :subject, email = :email, name = :name, role = :role, org_id = "
              "nullif(:org, ''), enabled = :enabled, last_login_ms = nullif(cast(:login as bigint), -1), "
              "version = version + 1 where person_id = :id and version = :version",
       soci::use(person.subject, "subject"), soci::use(person.email, "email"), soci::use(person.name, "name"),
       soci::use(role, "role"), soci::use(person.org_id, "org"), soci::use(enabled, "enabled"),
       soci::use(last_login, "login"), soci::use(person.id, "id"), soci::use(person.version, "version"));
  statement.execute(true);
  return statement.get_affected_rows() == 1;
}

Person clean(Person person) {
  person.email = ascii_lower(storable(person.email));
  person.name = ellipsis(storable(person.name), 200);
  person.issuer = storable(person.issuer);
  person.subject = storable(person.subject);
  return person;
}

Result<void> sign_out(Work& work, const Person& person, bool tokens_too) {
  if (const auto ended = end_sessions(work, person.id); !ended) return std::unexpected(ended.error());
  if (!tokens_too) return {};
  const auto revoked = revoke_tokens_of(work, person.id);
  return revoked ? Result<void>{} : std::unexpected(revoked.error());
}

}  // namespace

Result<Person> add_person(Work& work, Person person) {
  person = clean(std::move(person));
  if (const auto fits = check(work, person); !fits) return std::unexpected(fits.error());
  const auto known = find_by_subject(work, person.issuer, person.subject);
  if (!known) return std::unexpected(known.error());
  if (*known)
    return fail(ErrorCode::conflict, "person " + person.email, "is known already", "change the one that is there");
  person.id = "per_" + to_hex(random_bytes(10));
  person.created = work.now();
  person.version = 1;
  insert(work, person);
  return person;
}

Result<std::optional<Person>> find_person(Work& work, const std::string& id) {
  return only(select(work, "where person_id = :id", soci::use(id, "id")));
}

Result<std::vector<Person>> people(Work& work) {
  return select(work, "order by email, person_id");
}

Result<long long> count_people(Work& work, Role role) {
  const std::string name(to_string(role));
  long long count = 0;
  work.sql() << "select count(*) from people where enabled = 1 and role = :role", soci::use(name, "role"),
      soci::into(count);
  return count;
}

Result<Person> update_person(Work& work, const Person& changed) {
  lock_admins(work);
  const auto before = find_person(work, changed.id);
  if (!before) return std::unexpected(before.error());
  if (!*before) return fail(ErrorCode::not_found, "person " + changed.id, "is not known");
  Person person = clean(changed);
  person.issuer = (*before)->issuer;
  person.subject = (*before)->subject;
  person.created = (*before)->created;
  person.last_login = (*before)->last_login;
  if (const auto fits = check(work, person); !fits) return std::unexpected(fits.error());
  if (!store(work, person)) {
    return fail(ErrorCode::conflict, "person " + person.email, "was changed by somebody else meanwhile",
                "read it again and repeat the change");
  }
  const auto admins = count_people(work, Role::admin);
  if (!admins) return std::unexpected(admins.error());
  const bool was_admin = (*before)->role == Role::admin && (*before)->enabled;
  if (*admins == 0 && was_admin)
    return fail(ErrorCode::conflict, "person " + person.email, "is the last admin", "make somebody else admin first");
  if (!person.enabled || person.role != (*before)->role || person.org_id != (*before)->org_id) {
    if (const auto out = sign_out(work, person, !person.enabled); !out) return std::unexpected(out.error());
  }
  ++person.version;
  return person;
}

Result<Person> sign_in(Work& work, const SignIn& from) {
  auto known = find_by_subject(work, storable(from.issuer), storable(from.subject));
  if (known && !*known && from.email_verified)
    known = find_by_subject(work, storable(from.issuer), "mailto:" + ascii_lower(storable(from.email)));
  if (!known) return std::unexpected(known.error());
  Person person = *known ? **known : Person{.issuer = from.issuer, .subject = from.subject};
  if (!*known && !from.role) {
    return fail(ErrorCode::not_found, "person " + printable(from.email), "has no role on this server",
                "an admin maps one of the provider's groups to a role, or invites the address");
  }
  if (!person.enabled) return fail(ErrorCode::conflict, "person " + person.email, "is disabled", "ask an admin");
  person.subject = from.subject;
  if (!from.email.empty()) person.email = from.email;
  if (!from.name.empty()) person.name = from.name;
  const bool moved = *known && from.role && (*from.role != person.role || from.org_id != person.org_id);
  if (from.role) {
    person.role = *from.role;
    person.org_id = from.org_id;
  }
  person.last_login = work.now();
  if (!*known) return add_person(work, std::move(person));
  person = clean(std::move(person));
  if (const auto fits = check(work, person); !fits) return std::unexpected(fits.error());
  if (moved) {
    if (const auto out = sign_out(work, person, false); !out) return std::unexpected(out.error());
  }
  if (!store(work, person))
    return fail(ErrorCode::conflict, "person " + person.email, "was changed meanwhile", "sign in again");
  ++person.version;
  return person;
}

}  // namespace assay::ledger

#pragma once

// The people who may sign in, with their roles. Every function works in the caller's transaction.

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "ledger/role.h"
#include "ledger/work.h"

namespace assay::ledger {

struct Person {
  std::string id;       // given by add_person
  std::string issuer;   // of the OpenID provider; kLocalIssuer for people of this server's own
  std::string subject;  // the provider's name of the person; "mailto:ADDRESS" for one who was invited and never came
  std::string email;    // lower case
  std::string name;
  Role role = Role::auditor;
  std::string org_id;  // of a partner; empty for everybody else
  bool enabled = true;
  Time created{};
  std::optional<Time> last_login;
  long long version = 1;
};

inline constexpr std::string_view kLocalIssuer = "local";

// Gives the person an id. Errors: conflict when (issuer, subject) is known, invalid_input for an address without '@', a
// partner without organisation, an organisation without the role partner, not_found for an unknown organisation.
Result<Person> add_person(Work& work, Person person);

Result<std::optional<Person>> find_person(Work& work, const std::string& id);
Result<std::vector<Person>> people(Work& work);  // by e-mail address, then id

// Stores name, email, role, organisation and enabled, and counts the version up. A person who is disabled or whose role
// or organisation changes is signed out everywhere. Errors: not_found; conflict when the stored version is another one,
// or when no enabled admin would be left; those of add_person.
Result<Person> update_person(Work& work, const Person& person);

// Enabled people with that role.
Result<long long> count_people(Work& work, Role role);

// What an OpenID provider says of somebody who signs in.
struct SignIn {
  std::string issuer;
  std::string subject;
  std::string email;
  bool email_verified = false;
  std::string name;
  // What the provider's groups give, when the operator mapped any of them: overrides what the ledger has.
  std::optional<Role> role;
  std::string org_id;
};

// The person behind `sign_in`: known by (issuer, subject), or invited under the verified e-mail address, or new when
// the groups give a role. Brings e-mail, name and role up to date and notes the time. Errors: not_found for somebody
// who has no role here, conflict for one who is disabled, those of add_person.
Result<Person> sign_in(Work& work, const SignIn& sign_in);

}  // namespace assay::ledger

// People who may sign in: inviting and changing them takes a second admin.

#include "ledger/people.h"

#include <array>

#include "base/text.h"
#include "server/api/approvals.h"
#include "server/api/form.h"
#include "server/conditional.h"

namespace assay::server::api {

namespace {

using ledger::Person;
using ledger::Work;

Json person_json(const Person& person) {
  Json json{{"id", person.id},           {"issuer", person.issuer},
            {"subject", person.subject}, {"email", person.email},
            {"name", person.name},       {"role", to_string(person.role)},
            {"enabled", person.enabled}, {"created_at", format_rfc3339(person.created)},
            {"version", person.version}};
  put(json, "organisation", person.org_id);
  put(json, "last_login_at", person.last_login);
  return json;
}

Result<Person> find(Work& work, const std::string& id) {
  auto person = ledger::find_person(work, id);
  if (!person) return std::unexpected(person.error());
  if (!*person)
    return fail(ErrorCode::not_found, "person " + printable(id), "is not known", "GET /api/v1/people lists them");
  return std::move(**person);
}

// The schema of the document has checked what people wrote; this reads what was stored, too.
Result<ledger::Role> role_of(const Json& body) {
  const auto role = ledger::role_from_string(body.value("role", ""));
  if (!role) return fail(ErrorCode::invalid_input, "role", "is not known");
  return *role;
}

// body: email, name, role, organisation, issuer.
Result<Json> invite(Work& work, const Call& call, const Json& body) {
  const auto role = role_of(body);
  if (!role) return std::unexpected(role.error());
  const std::string email = ascii_lower(body.value("email", ""));
  auto person = ledger::add_person(work, {.issuer = body.value("issuer", ""),
                                          .subject = "mailto:" + email,
                                          .email = email,
                                          .name = body.value("name", ""),
                                          .role = *role,
                                          .org_id = body.value("organisation", "")});
  if (!person) return std::unexpected(person.error());
  if (auto noted = call.audit(work, "person.invite", "person:" + person->id, body); !noted)
    return std::unexpected(noted.error());
  return person_json(*person);
}

// body: id, version, and what changes of name, role, organisation, enabled.
Result<Json> change(Work& work, const Call& call, const Json& body) {
  auto person = find(work, body.value("id", ""));
  if (!person) return std::unexpected(person.error());
  const Json before = person_json(*person);
  person->version = body.value("version", person->version);
  person->name = body.value("name", person->name);
  person->enabled = body.value("enabled", person->enabled);
  if (const auto organisation = body.find("organisation"); organisation != body.end())
    person->org_id = organisation->is_string() ? organisation->get<std::string>() : std::string();
  if (body.contains("role")) {
    const auto role = role_of(body);
    if (!role) return std::unexpected(role.error());
    person->role = *role;
  }
  const auto changed = ledger::update_person(work, *person);
  if (!changed) return std::unexpected(changed.error());
  Json after = person_json(*changed);
  const Json what{{"before", before}, {"after", after}};
  if (auto noted = call.audit(work, "person.change", "person:" + changed->id, what); !noted)
    return std::unexpected(noted.error());
  return after;
}

constexpr std::array kActs{Act{"person.invite", invite}, Act{"person.change", change}};

Result<Response> list_people(const Call& call) {
  const auto people = call.services.ledger.read([](Work& work) { return ledger::people(work); });
  if (!people) return std::unexpected(people.error());
  return ok(list_json(array_of(*people, person_json)));
}

Result<Response> get_person(const Call& call) {
  const auto person = call.services.ledger.read([&](Work& work) { return find(work, call.text("person")); });
  if (!person) return std::unexpected(person.error());
  return with_etag(call.request, ok(person_json(*person)), etag_of(person->version));
}

Result<Response> invite_person(const Call& call) {
  if (call.services.issuer.empty()) {
    return fail(ErrorCode::conflict, "invitation", "has no OpenID provider through which somebody could sign in",
                "start assay serve with --oidc-issuer");
  }
  Json body = call.body;
  body["issuer"] = call.services.issuer;
  return perform_or_ask(call, kActs[0], body, 201);
}

Result<Response> change_person(const Call& call) {
  const auto person = call.services.ledger.read([&](Work& work) { return find(work, call.text("person")); });
  if (!person) return std::unexpected(person.error());
  if (auto refused = check_if_match(call.request, person->version)) return std::move(*refused);
  Json body = call.body;
  body["id"] = person->id;
  body["version"] = person->version;
  return perform_or_ask(call, kActs[1], body, 200);
}

constexpr std::array kOperations{
    Operation{"listPeople", Permission::administer, list_people},
    Operation{"invitePerson", Permission::administer, invite_person},
    Operation{"getPerson", Permission::administer, get_person},
    Operation{"changePerson", Permission::administer, change_person},
};

}  // namespace

std::span<const Act> person_acts() {
  return kActs;
}

std::span<const Operation> people_operations() {
  return kOperations;
}

}  // namespace assay::server::api

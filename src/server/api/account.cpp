// Who is asking: their rights, their sessions, their tokens.

#include <algorithm>
#include <array>

#include "base/text.h"
#include "ledger/audit.h"
#include "ledger/people.h"
#include "ledger/sessions.h"
#include "ledger/tokens.h"
#include "server/access.h"
#include "server/api/api.h"
#include "server/api/form.h"
#include "server/auth/cookies.h"
#include "server/conditional.h"

namespace assay::server::api {

namespace {

using ledger::Work;

constexpr std::array kPermissions{Permission::signed_in,     Permission::own_account, Permission::read,
                                  Permission::request_scans, Permission::manage_apps, Permission::manage_contacts,
                                  Permission::work_tickets,  Permission::decide,      Permission::administer,
                                  Permission::read_audit,    Permission::take_jobs};

Result<void> note(Work& work, const Call& call, const char* act, std::string object, Json body = Json::object()) {
  return ledger::append_audit(work, {.actor = call.request.actor.label(),
                                     .act = act,
                                     .object = std::move(object),
                                     .request_id = call.request.request_id,
                                     .body = std::move(body)});
}

Result<Response> get_me(const Call& call) {
  const Actor& actor = call.request.actor;
  Json permissions = Json::array();
  for (const Permission permission : kPermissions) {
    if (check_access(actor, permission).kind == Admission::Kind::allowed) permissions.push_back(to_string(permission));
  }
  Json me{{"person", actor.person_id},
          {"name", actor.name.empty() ? actor.email : actor.name},
          {"email", actor.email},
          {"role", to_string(actor.role)},
          {"permissions", std::move(permissions)},
          {"via", actor.kind == Actor::Kind::token ? "token" : "session"},
          {"expires_at", format_rfc3339(actor.expires)}};
  put(me, "organisation", actor.org_id);
  put(me, "csrf", actor.csrf);
  return ok(me);
}

Result<Response> list_my_sessions(const Call& call) {
  const Actor& actor = call.request.actor;
  const auto sessions =
      call.services.ledger.read([&](Work& work) { return ledger::sessions_of(work, actor.person_id); });
  if (!sessions) return std::unexpected(sessions.error());
  return ok(list_json(array_of(*sessions, [&](const ledger::Session& session) {
    return Json{{"id", session.hash},
                {"created_at", format_rfc3339(session.created)},
                {"last_used_at", format_rfc3339(session.last_used)},
                {"expires_at", format_rfc3339(session.expires)},
                {"user_agent", session.user_agent},
                {"current", session.hash == actor.credential_id}};
  })));
}

Result<Response> end_my_session(const Call& call) {
  return in_transaction(call.services.ledger, call.request, [&](Work& work) -> Result<Response> {
    const std::string id = call.text("session");
    const auto ended = ledger::end_session(work, call.request.actor.person_id, id);
    if (!ended) return std::unexpected(ended.error());
    if (!*ended) return fail(ErrorCode::not_found, "session", "is none of yours, or has ended");
    if (auto noted = note(work, call, "session.end", "person:" + call.request.actor.person_id); !noted)
      return std::unexpected(noted.error());
    Response response = empty_response();
    const bool secure = call.request.secure;
    if (id == call.request.actor.credential_id)
      response.with("Set-Cookie", auth::clear_cookie(auth::session_cookie_name(secure), secure));
    return response;
  });
}

// `email`: of the person, where an admin looks at everyone's.
Json token_json(const ledger::Token& token, const std::string& email) {
  Json json{{"id", token.id},
            {"name", token.name},
            {"prefix", token.prefix},
            {"person", token.person_id},
            {"scopes", array_of(token.scopes, [](ledger::Scope scope) { return to_string(scope); })},
            {"created_at", format_rfc3339(token.created)},
            {"expires_at", format_rfc3339(token.expires)}};
  put(json, "email", email);
  put(json, "last_used_at", token.last_used);
  put(json, "revoked_at", token.revoked);
  return json;
}

bool is_admin(const Call& call) {
  return check_access(call.request.actor, Permission::administer).kind == Admission::Kind::allowed;
}

Result<Response> list_tokens(const Call& call) {
  return call.services.ledger.read([&](Work& work) -> Result<Response> {
    const auto people = ledger::people(work);
    const auto tokens =
        is_admin(call) ? ledger::all_tokens(work) : ledger::tokens_of(work, call.request.actor.person_id);
    if (!people) return std::unexpected(people.error());
    if (!tokens) return std::unexpected(tokens.error());
    return ok(list_json(array_of(*tokens, [&](const ledger::Token& token) {
      const auto person = std::ranges::find(*people, token.person_id, &ledger::Person::id);
      return token_json(token, person == people->end() ? std::string() : person->email);
    })));
  });
}

// Not under an Idempotency-Key: the kept answer would hold the secret.
Result<Response> create_token(const Call& call) {
  const auto expires = parse_rfc3339(call.field("expires_at"));
  if (!expires) return std::unexpected(expires.error());
  std::vector<ledger::Scope> scopes;
  for (const auto& name : call.body.at("scopes")) {
    const auto scope = ledger::scope_from_string(name.get<std::string>());
    if (!scope) return fail(ErrorCode::invalid_input, "scope " + printable(name.get<std::string>()), "is not known");
    scopes.push_back(*scope);
  }
  return call.services.ledger.write([&](Work& work) -> Result<Response> {
    const auto made = ledger::create_token(work, call.request.actor.person_id, call.field("name"), scopes, *expires);
    if (!made) return std::unexpected(made.error());
    const Json token = token_json(made->token, {});
    if (auto noted = note(work, call, "token.create", "token:" + made->token.id, token); !noted)
      return std::unexpected(noted.error());
    return created(Json{{"token", token}, {"secret", made->text}}, "/tokens/" + made->token.id);
  });
}

Result<Response> revoke_token(const Call& call) {
  return in_transaction(call.services.ledger, call.request, [&](Work& work) -> Result<Response> {
    const std::string id = call.text("token");
    const auto revoked = ledger::revoke_token(work, id, is_admin(call) ? std::string() : call.request.actor.person_id);
    if (!revoked) return std::unexpected(revoked.error());
    if (!*revoked) return fail(ErrorCode::not_found, "token " + printable(id), "is none of yours, or is revoked");
    if (auto noted = note(work, call, "token.revoke", "token:" + id); !noted) return std::unexpected(noted.error());
    return empty_response();
  });
}

constexpr std::array kOperations{
    Operation{"getMe", Permission::signed_in, get_me},
    Operation{"listMySessions", Permission::own_account, list_my_sessions},
    Operation{"endMySession", Permission::own_account, end_my_session},
    Operation{"listTokens", Permission::own_account, list_tokens},
    Operation{"createToken", Permission::own_account, create_token},
    Operation{"revokeToken", Permission::own_account, revoke_token},
};

}  // namespace

std::span<const Operation> account_operations() {
  return kOperations;
}

}  // namespace assay::server::api

#include "server/auth/identity.h"

#include "base/text.h"
#include "ledger/sessions.h"
#include "ledger/tokens.h"
#include "server/auth/cookies.h"

namespace assay::server::auth {

namespace {

Actor actor_of(const ledger::Person& person, Actor::Kind kind) {
  return {.kind = kind,
          .person_id = person.id,
          .email = person.email,
          .name = person.name,
          .role = person.role,
          .org_id = person.org_id};
}

Result<Identity> by_token(ledger::Ledger& ledger, const std::string& text) {
  const auto holder = ledger.read([&](ledger::Work& work) { return ledger::find_token(work, text); });
  if (!holder) return std::unexpected(holder.error());
  if (!*holder) return Identity{.refused = true};
  const auto& [token, person] = **holder;
  if (!token.last_used || now() - *token.last_used > ledger::kTokenTouch) {
    const auto noted = ledger.write([&](ledger::Work& work) { return ledger::touch_token(work, token.id); });
    if (!noted) return std::unexpected(noted.error());
  }
  Identity identity{.actor = actor_of(person, Actor::Kind::token)};
  identity.actor.scopes = token.scopes;
  identity.actor.credential_id = token.id;
  identity.actor.expires = token.expires;
  identity.actor.token_name = token.name;
  return identity;
}

Result<Identity> by_session(ledger::Ledger& ledger, const std::string& key) {
  const auto found = ledger.read([&](ledger::Work& work) { return ledger::find_session(work, key); });
  if (!found) return std::unexpected(found.error());
  if (!*found) return Identity{};
  const auto& [session, person] = **found;
  if (now() - session.last_used > ledger::kSessionTouch) {
    const auto noted = ledger.write([&](ledger::Work& work) { return ledger::touch_session(work, session.hash); });
    if (!noted) return std::unexpected(noted.error());
  }
  Identity identity{.actor = actor_of(person, Actor::Kind::session)};
  identity.actor.credential_id = session.hash;
  identity.actor.expires = session.expires;
  identity.actor.csrf = session.csrf;
  return identity;
}

}  // namespace

Result<Identity> identify(ledger::Ledger& ledger, const Request& request) {
  if (const auto field = request.headers.find("Authorization")) {
    const std::string_view value = trim(*field);
    if (request.headers.count("Authorization") != 1 || !istarts_with(value, "Bearer "))
      return Identity{.refused = true};
    return by_token(ledger, std::string(trim(value.substr(7))));
  }
  const auto cookie = find_cookie(request.headers, session_cookie_name(request.secure));
  if (!cookie || cookie->empty()) return Identity{};
  return by_session(ledger, *cookie);
}

}  // namespace assay::server::auth

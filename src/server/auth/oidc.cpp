#include "server/auth/oidc.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/bytes.h"
#include "base/text.h"
#include "server/auth/forgery.h"

namespace assay::server::auth {

namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::hours kKeep{1};
constexpr std::chrono::minutes kKeysAgain{1};
constexpr JsonLimits kLimits{.max_bytes = 1U << 20U, .max_depth = 16};

std::string derive(std::string_view purpose, std::string_view secret) {
  return to_base64url(hmac_sha256(as_bytes(secret), as_bytes(purpose)));
}

// application/x-www-form-urlencoded.
std::string form(const std::vector<std::pair<std::string, std::string>>& fields) {
  std::string text;
  for (const auto& [name, value] : fields)
    text += fmt::format("{}{}={}", text.empty() ? "" : "&", percent_encode(name), percent_encode(value));
  return text;
}

std::string text_of(const Json& object, const std::string& name) {
  const auto value = object.find(name);
  return value != object.end() && value->is_string() ? value->get<std::string>() : std::string();
}

std::vector<std::string> groups_of(const Json& claims, const std::string& name) {
  std::vector<std::string> groups;
  const auto value = claims.find(name);
  if (value == claims.end()) return groups;
  if (value->is_string()) groups.push_back(*value);
  if (!value->is_array()) return groups;
  for (const auto& group : *value) {
    if (group.is_string()) groups.push_back(group);
  }
  return groups;
}

// Only what the provider's operator chose to run in plain on this machine, for trials, may be plain.
bool transport_is_safe(const Url& url) {
  const auto address = net::parse_address(url.host);
  const bool local =
      url.host == "localhost" || (address && net::refusal_reason(*address).value_or("").contains("loopback"));
  return !url.has_userinfo && (url.scheme == "https" || (url.scheme == "http" && local));
}

Result<Json> parse_object(const std::string& text, const std::string& what) {
  auto object = parse_json(text, what, kLimits);
  if (object && !object->is_object()) return fail(ErrorCode::invalid_input, what, "is no JSON object");
  return object;
}

std::string provider_reason(const Json& body) {
  const std::string text = text_of(body, "error") + " " + text_of(body, "error_description");
  return ellipsis(printable(trim(text)), 300);
}

}  // namespace

Result<GroupRole> parse_group_role(std::string_view text) {
  const std::size_t equals = text.rfind('=');
  const std::string thing = "--oidc-role " + std::string(text);
  if (equals == std::string_view::npos || equals == 0)
    return fail(ErrorCode::invalid_input, thing, "is no GROUP=ROLE", "give e.g. security-team=triager");
  const std::string_view name = text.substr(equals + 1);
  const std::size_t colon = name.find(':');
  const auto role = ledger::role_from_string(name.substr(0, colon));
  if (!role) {
    return fail(ErrorCode::invalid_input, thing, "names no role",
                "the roles are admin, security-engineer, triager, partner, auditor and worker");
  }
  GroupRole mapping{.group = std::string(text.substr(0, equals)), .role = *role, .org_id = {}};
  if (colon != std::string_view::npos) mapping.org_id = name.substr(colon + 1);
  if ((*role == ledger::Role::partner) == mapping.org_id.empty()) {
    return fail(ErrorCode::invalid_input, thing, "must name an organisation exactly when the role is partner",
                "give e.g. acme-team=partner:ORGANISATION");
  }
  return mapping;
}

LoginSecrets login_secrets(std::string_view secret) {
  return {.state = derive("state", secret), .nonce = derive("nonce", secret), .verifier = derive("verifier", secret)};
}

OidcProvider::OidcProvider(OidcSettings settings, Send send) : settings_(std::move(settings)), send_(std::move(send)) {}

Result<std::string> OidcProvider::get(const Url& url, const std::string& what) {
  auto answer =
      send_({.url = url, .fields = {{"Accept", "application/json"}}, .purpose = "sign-in", .operators_host = true});
  if (!answer) return std::unexpected(answer.error());
  if (answer->status != 200)
    return fail(ErrorCode::protocol, what, fmt::format("{} answers {}", url.to_string(), answer->status));
  return std::move(answer->body);
}

Result<Url> OidcProvider::endpoint(const Json& document, const char* name) const {
  auto url = parse_url(text_of(document, name));
  if (!url || !transport_is_safe(*url)) {
    return fail(ErrorCode::invalid_input, "OpenID provider " + settings_.issuer,
                fmt::format("names no https address as its {}", name), "check --oidc-issuer");
  }
  return url;
}

Result<OidcProvider::Description> OidcProvider::describe() {
  {
    const std::lock_guard lock(mutex_);
    if (description_.value && Clock::now() - description_.fetched < kKeep) return *description_.value;
  }
  const std::string thing = "OpenID provider " + settings_.issuer;
  std::string base = settings_.issuer;
  if (base.ends_with('/')) base.pop_back();
  const auto url = parse_url(base + "/.well-known/openid-configuration");
  if (!url || !transport_is_safe(*url))
    return fail(ErrorCode::invalid_input, thing, "is no https address", "check --oidc-issuer");
  const auto text = get(*url, thing);
  if (!text) return std::unexpected(text.error());
  const auto document = parse_object(*text, thing);
  if (!document) return std::unexpected(document.error());
  if (text_of(*document, "issuer") != settings_.issuer) {
    return fail(ErrorCode::invalid_input, thing, "calls itself " + printable(text_of(*document, "issuer")),
                "give --oidc-issuer exactly as the provider writes it");
  }
  const auto authorization = endpoint(*document, "authorization_endpoint"),
             token = endpoint(*document, "token_endpoint"), key_set = endpoint(*document, "jwks_uri");
  for (const auto* found : {&authorization, &token, &key_set}) {
    if (!*found) return std::unexpected(found->error());
  }
  Description description{.authorization = *authorization, .token = *token, .keys = *key_set};
  if (auto user_info = endpoint(*document, "userinfo_endpoint")) description.user_info = *user_info;
  const auto supported = document->find("authorization_response_iss_parameter_supported");
  description.names_issuer = supported != document->end() && *supported == true;
  const auto methods = document->find("token_endpoint_auth_methods_supported");
  description.secret_in_body = methods != document->end() && methods->is_array() &&
                               std::ranges::find(*methods, Json("client_secret_basic")) == methods->end();
  const std::lock_guard lock(mutex_);
  description_ = {.value = description, .fetched = Clock::now()};
  return description;
}

Result<std::shared_ptr<const KeySet>> OidcProvider::keys(const Description& description, bool again) {
  {
    const std::lock_guard lock(mutex_);
    const auto at = Clock::now();
    const bool asked_again = keys_.value && again && keys_again_ && at - *keys_again_ < kKeysAgain;
    if (asked_again || (keys_.value && !again && at - keys_.fetched < kKeep)) return *keys_.value;
    if (again) keys_again_ = at;
  }
  const auto text = get(description.keys, "keys of the OpenID provider " + settings_.issuer);
  if (!text) return std::unexpected(text.error());
  auto set = KeySet::parse(*text);
  if (!set) return set;
  const std::lock_guard lock(mutex_);
  keys_ = {.value = *set, .fetched = Clock::now()};
  return set;
}

Result<std::string> OidcProvider::login_url(const std::string& login_secret, const std::string& redirect_uri) {
  const auto description = describe();
  if (!description) return std::unexpected(description.error());
  const LoginSecrets secrets = login_secrets(login_secret);
  const std::string challenge = to_base64url(sha256(as_bytes(secrets.verifier)));
  Url url = description->authorization;
  const std::string query = form({{"response_type", "code"},
                                  {"client_id", settings_.client_id},
                                  {"redirect_uri", redirect_uri},
                                  {"scope", join(settings_.scopes, " ")},
                                  {"state", secrets.state},
                                  {"nonce", secrets.nonce},
                                  {"code_challenge", challenge},
                                  {"code_challenge_method", "S256"}});
  url.query = url.query && !url.query->empty() ? *url.query + "&" + query : query;
  return url.to_string();
}

Result<Json> OidcProvider::exchange_code(const Description& description, const std::string& code,
                                         const LoginSecrets& secrets, const std::string& redirect_uri) {
  std::vector<std::pair<std::string, std::string>> fields{{"grant_type", "authorization_code"},
                                                          {"code", code},
                                                          {"redirect_uri", redirect_uri},
                                                          {"code_verifier", secrets.verifier}};
  net::WebRequest request{.method = "POST",
                          .url = description.token,
                          .fields = {{"Accept", "application/json"}},
                          .body_type = "application/x-www-form-urlencoded",
                          .secrets = {code, secrets.verifier},
                          .purpose = "sign-in",
                          .operators_host = true};
  if (settings_.client_secret.empty() || description.secret_in_body)
    fields.emplace_back("client_id", settings_.client_id);
  if (!settings_.client_secret.empty()) {
    request.secrets.push_back(settings_.client_secret);
    if (description.secret_in_body) {
      fields.emplace_back("client_secret", settings_.client_secret);
    } else {
      // RFC 6749 §2.3.1: both parts are form-encoded first.
      const std::string pair = percent_encode(settings_.client_id) + ":" + percent_encode(settings_.client_secret);
      const std::string encoded = to_base64(as_bytes(pair));
      request.secrets.push_back(encoded);
      request.fields.push_back({"Authorization", "Basic " + encoded});
    }
  }
  request.body = form(fields);
  const auto answer = send_(request);
  if (!answer) return std::unexpected(answer.error());
  auto body = parse_object(answer->body, "answer of the OpenID provider's token endpoint");
  if (!body) return body;
  if (answer->status != 200) {
    return fail(ErrorCode::invalid_input, "sign-in",
                fmt::format("the provider refuses the code ({}): {}", answer->status, provider_reason(*body)),
                "sign in again");
  }
  return body;
}

Result<Json> OidcProvider::verify(const Description& description, const std::string& token, const std::string& nonce) {
  const IdTokenRules rules{.issuer = settings_.issuer, .client_id = settings_.client_id, .nonce = nonce, .now = now()};
  const auto known = keys(description, false);
  if (!known) return std::unexpected(known.error());
  auto claims = verify_id_token(token, **known, rules);
  if (claims || claims.error().code != ErrorCode::not_found) return claims;
  const auto fresh = keys(description, true);
  if (!fresh) return std::unexpected(fresh.error());
  return verify_id_token(token, **fresh, rules);
}

// Fills in what the token does not say: some providers put address and groups only here.
Result<void> OidcProvider::add_user_info(const Description& description, const std::string& access_token,
                                         Json& claims) {
  const bool complete =
      claims.contains("email") && (settings_.roles.empty() || claims.contains(settings_.groups_claim));
  if (complete || !description.user_info || access_token.empty()) return {};
  const auto answer = send_({.url = *description.user_info,
                             .fields = {{"Accept", "application/json"}, {"Authorization", "Bearer " + access_token}},
                             .secrets = {access_token},
                             .purpose = "sign-in",
                             .operators_host = true});
  if (!answer) return std::unexpected(answer.error());
  const std::string thing = "user info of the OpenID provider";
  if (answer->status != 200) return fail(ErrorCode::protocol, thing, fmt::format("is answered by {}", answer->status));
  const auto body = parse_object(answer->body, thing);
  if (!body) return std::unexpected(body.error());
  if (text_of(*body, "sub") != text_of(claims, "sub"))
    return fail(ErrorCode::invalid_input, thing, "is about somebody else");
  for (const auto& [name, value] : body->items()) {
    if (!claims.contains(name)) claims[name] = value;
  }
  return {};
}

ledger::SignIn OidcProvider::sign_in_of(const Json& claims) const {
  const auto verified = claims.find("email_verified");
  ledger::SignIn sign_in{.issuer = settings_.issuer,
                         .subject = text_of(claims, "sub"),
                         .email = text_of(claims, "email"),
                         .email_verified = verified != claims.end() && *verified == true,
                         .name = text_of(claims, "name"),
                         .role = std::nullopt,
                         .org_id = {}};
  const auto groups = groups_of(claims, settings_.groups_claim);
  for (const auto& mapping : settings_.roles) {
    if (std::ranges::find(groups, mapping.group) == groups.end()) continue;
    sign_in.role = mapping.role;
    sign_in.org_id = mapping.org_id;
    break;
  }
  return sign_in;
}

Result<ledger::SignIn> OidcProvider::redeem(const Parameters& query, const std::string& login_secret,
                                            const std::string& redirect_uri) {
  const LoginSecrets secrets = login_secrets(login_secret);
  const auto refuse = [](std::string reason) {
    return fail(ErrorCode::invalid_input, "sign-in", std::move(reason), "sign in again");
  };
  if (!same_secret(query.get("state"), secrets.state)) return refuse("the answer belongs to another attempt (state)");
  const auto description = describe();
  if (!description) return std::unexpected(description.error());
  const auto issuer = query.find("iss");
  if ((issuer && *issuer != settings_.issuer) || (!issuer && description->names_issuer))
    return refuse("the answer comes from another provider (iss)");
  if (const auto error = query.find("error")) {
    return refuse("the provider says: " +
                  ellipsis(printable(std::string(*error) + " " + std::string(query.get("error_description"))), 300));
  }
  const std::string code(query.get("code"));
  if (code.empty() || code.size() > 4096) return refuse("the answer has no code");
  const auto tokens = exchange_code(*description, code, secrets, redirect_uri);
  if (!tokens) return std::unexpected(tokens.error());
  auto claims = verify(*description, text_of(*tokens, "id_token"), secrets.nonce);
  if (!claims) return std::unexpected(claims.error());
  if (auto added = add_user_info(*description, text_of(*tokens, "access_token"), *claims); !added)
    return std::unexpected(added.error());
  return sign_in_of(*claims);
}

}  // namespace assay::server::auth

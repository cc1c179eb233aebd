#pragma once

// Signing in with an OpenID provider: authorization code flow with PKCE S256, state, nonce (OpenID Connect Core 1.0,
// RFC 7636) and the issuer in the answer (RFC 9207). Nothing about a sign-in that is under way is kept here: all of its
// secrets are derived from one random text that the browser holds in a cookie.

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "base/time.h"
#include "base/url.h"
#include "ledger/people.h"
#include "net/web_client.h"
#include "server/auth/id_token.h"
#include "server/http.h"

namespace assay::server::auth {

// A group of the provider and what its members are here.
struct GroupRole {
  std::string group;
  ledger::Role role = ledger::Role::auditor;
  std::string org_id;  // of partners
};
// "GROUP=ROLE" or "GROUP=partner:ORGANISATION".
Result<GroupRole> parse_group_role(std::string_view text);

struct OidcSettings {
  std::string issuer;  // as the provider writes it, e.g. "https://id.example.com/realms/market"
  std::string client_id;
  std::string client_secret;  // empty: a public client, which PKCE protects alone
  std::vector<std::string> scopes{"openid", "email", "profile"};
  std::string groups_claim = "groups";
  std::vector<GroupRole> roles;  // the first whose group somebody has counts
};

// What is derived from the browser's login secret.
struct LoginSecrets {
  std::string state, nonce, verifier;
};
LoginSecrets login_secrets(std::string_view secret);

// Thread-safe. Discovery and keys are kept for an hour; a token of an unknown key makes the keys be fetched again, at
// most once a minute.
class OidcProvider {
 public:
  // How it reaches the provider; net::WebClient::send, or a test's own.
  using Send = std::function<Result<net::WebAnswer>(const net::WebRequest&)>;
  OidcProvider(OidcSettings settings, Send send);

  // Where to send the browser. Errors: the provider's description cannot be had or names another issuer.
  Result<std::string> login_url(const std::string& login_secret, const std::string& redirect_uri);

  // Who came back. `query`: of the redirect (code, state, iss, error). Errors: invalid_input for an answer that does
  // not belong to this sign-in or says that it failed; those of verify_id_token and of Send.
  Result<ledger::SignIn> redeem(const Parameters& query, const std::string& login_secret,
                                const std::string& redirect_uri);

 private:
  struct Description {
    Url authorization, token, keys;
    std::optional<Url> user_info;
    bool names_issuer = false;    // RFC 9207 §3
    bool secret_in_body = false;  // the provider does not take HTTP Basic
  };
  template <class T>
  struct Cached {
    std::optional<T> value;
    std::chrono::steady_clock::time_point fetched;
  };

  Result<Description> describe();
  Result<Url> endpoint(const Json& document, const char* name) const;
  Result<std::shared_ptr<const KeySet>> keys(const Description& description, bool again);
  Result<std::string> get(const Url& url, const std::string& what);
  Result<Json> exchange_code(const Description& description, const std::string& code, const LoginSecrets& secrets,
                             const std::string& redirect_uri);
  Result<Json> verify(const Description& description, const std::string& token, const std::string& nonce);
  Result<void> add_user_info(const Description& description, const std::string& access_token, Json& claims);
  ledger::SignIn sign_in_of(const Json& claims) const;

  const OidcSettings settings_;
  const Send send_;
  std::mutex mutex_;
  Cached<Description> description_;
  Cached<std::shared_ptr<const KeySet>> keys_;
  std::optional<std::chrono::steady_clock::time_point> keys_again_;  // when they were last fetched for an unknown key
};

}  // namespace assay::server::auth

#pragma once

// ID tokens of an OpenID provider (OpenID Connect Core 1.0 §3.1.3.7) and the keys that sign them. Signatures are
// checked by cjose; which algorithms may be used, and what the claims must say, is checked here.

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/json.h"
#include "base/time.h"

namespace assay::server::auth {

inline constexpr std::size_t kMaxIdToken = 16'384;  // bytes
inline constexpr std::chrono::seconds kClockSkew{60};

// The public keys of a provider (RFC 7517). Immutable; safe to share between threads.
class KeySet {
 public:
  // Takes RSA keys of 2048 bits and more and P-256 keys that are meant for signatures; others are passed over. Errors:
  // no JWK set, more than 100 keys, no key that can be used.
  static Result<std::shared_ptr<const KeySet>> parse(std::string_view json);
  ~KeySet();

  struct Key;
  // The key `kid`; with an empty `kid` the only key of that type. Null when there is none.
  const Key* find(std::string_view kid, std::string_view algorithm) const;

 private:
  KeySet();
  std::multimap<std::string, std::unique_ptr<Key>, std::less<>> keys_;
};

struct IdTokenRules {
  std::string issuer;
  std::string client_id;
  std::string nonce;
  Time now{};
};

// The claims of a token whose signature, algorithm (RS256, PS256 or ES256), issuer, audience, authorised party, times
// and nonce are right. Errors: not_found (only) when the set has no key of that kid: the provider may have new ones;
// crypto for a bad signature, invalid_input for anything else.
Result<Json> verify_id_token(std::string_view token, const KeySet& keys, const IdTokenRules& rules);

}  // namespace assay::server::auth

#include "server/auth/id_token.h"

#include <cjose/cjose.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/bytes.h"
#include "base/text.h"

namespace assay::server::auth {

namespace {

constexpr std::string_view kThing = "ID token";
constexpr std::size_t kMaxKeys = 100;

struct JwkRelease {
  void operator()(cjose_jwk_t* key) const { cjose_jwk_release(key); }
};
struct JwsRelease {
  void operator()(cjose_jws_t* jws) const { cjose_jws_release(jws); }
};

// The key type that an algorithm of ours needs; "" for one that is not taken. "none" and the HMACs are not: with an
// HMAC the provider's public key could serve as the secret.
std::string_view key_type_of(std::string_view algorithm) {
  if (algorithm == "RS256" || algorithm == "PS256") return "RSA";
  if (algorithm == "ES256") return "EC";
  return {};
}

std::unexpected<Error> refuse(std::string reason, ErrorCode code = ErrorCode::invalid_input) {
  return fail(code, std::string(kThing), std::move(reason), "sign in again; if it stays, tell the provider's operator");
}

std::string text_of(const Json& object, const char* name) {
  const auto value = object.find(name);
  return value != object.end() && value->is_string() ? value->get<std::string>() : std::string();
}

struct Header {
  std::string algorithm, kid;
};

Result<Header> read_header(std::string_view token) {
  const auto parts = split(token, '.');
  if (token.size() > kMaxIdToken || parts.size() != 3) return refuse("is no signed token of at most 16 kB");
  const auto bytes = from_base64(parts[0]);
  if (!bytes) return refuse("has a header that is no base64url");
  const auto header = parse_json(as_text(*bytes), kThing, {.max_bytes = kMaxIdToken, .max_depth = 8});
  if (!header || !header->is_object()) return refuse("has a header that is no JSON object");
  // RFC 7515 §4.1.11: extensions that must be understood, and are not.
  if (header->contains("crit")) return refuse("has critical extensions in its header");
  Header read{.algorithm = text_of(*header, "alg"), .kid = text_of(*header, "kid")};
  if (key_type_of(read.algorithm).empty())
    return refuse("is signed by \"" + ellipsis(printable(read.algorithm), 40) + "\"; RS256, PS256 and ES256 are taken");
  return read;
}

Result<Json> verified_payload(std::string_view token, cjose_jwk_t* key) {
  cjose_err error{};
  const std::unique_ptr<cjose_jws_t, JwsRelease> jws(cjose_jws_import(token.data(), token.size(), &error));
  if (!jws) return refuse("cannot be read as a signed token");
  if (!cjose_jws_verify(jws.get(), key, &error)) return refuse("has a signature that is wrong", ErrorCode::crypto);
  std::uint8_t* text = nullptr;  // belongs to the token
  std::size_t length = 0;
  if (!cjose_jws_get_plaintext(jws.get(), &text, &length, &error)) return refuse("has no content");
  auto claims = parse_json(as_text({text, length}), kThing, {.max_bytes = kMaxIdToken, .max_depth = 16});
  if (!claims || !claims->is_object()) return refuse("has content that is no JSON object");
  return claims;
}

Result<void> check_audience(const Json& claims, const std::string& client_id) {
  const auto audience = claims.find("aud");
  if (audience == claims.end()) return refuse("has no aud");
  const bool several = audience->is_array() && audience->size() > 1;
  const bool ours = audience->is_array() ? std::ranges::find(*audience, Json(client_id)) != audience->end()
                                         : *audience == Json(client_id);
  if (!ours) return refuse("is meant for somebody else (aud)");
  if (several && !claims.contains("azp")) return refuse("has several audiences and no azp");
  if (claims.contains("azp") && claims.at("azp") != Json(client_id)) return refuse("was given to somebody else (azp)");
  return {};
}

// A time claim in seconds since 1970; nullopt when it is absent or no number of this age.
std::optional<Time> time_claim(const Json& claims, const char* name) {
  const auto value = claims.find(name);
  if (value == claims.end() || !value->is_number()) return std::nullopt;
  const double seconds = value->get<double>();
  if (!(seconds >= 0 && seconds < 1e11)) return std::nullopt;
  return Time{std::chrono::seconds(static_cast<long long>(seconds))};
}

Result<void> check_times(const Json& claims, Time now) {
  const auto expires = time_claim(claims, "exp"), issued = time_claim(claims, "iat");
  if (!expires || *expires + kClockSkew <= now) return refuse("has expired (exp)");
  if (!issued || *issued > now + kClockSkew) return refuse("was issued in the future, or at no time (iat)");
  if (claims.contains("nbf")) {
    const auto begins = time_claim(claims, "nbf");
    if (!begins || *begins > now + kClockSkew) return refuse("is not good yet (nbf)");
  }
  return {};
}

}  // namespace

struct KeySet::Key {
  std::unique_ptr<cjose_jwk_t, JwkRelease> jwk;
  std::string type;       // "RSA" or "EC"
  std::string algorithm;  // the only one it is for; "" for any of its type
};

KeySet::KeySet() = default;
KeySet::~KeySet() = default;

Result<std::shared_ptr<const KeySet>> KeySet::parse(std::string_view json) {
  const std::string thing = "keys of the OpenID provider";
  const auto document = parse_json(json, thing, {.max_bytes = 1U << 20U, .max_depth = 16});
  if (!document) return std::unexpected(document.error());
  const auto keys = document->is_object() ? document->find("keys") : document->end();
  if (keys == document->end() || !keys->is_array() || keys->size() > kMaxKeys)
    return fail(ErrorCode::invalid_input, thing, "are no JWK set of at most 100 keys");
  std::shared_ptr<KeySet> set(new KeySet);
  for (const auto& entry : *keys) {
    if (!entry.is_object()) continue;
    const std::string type = text_of(entry, "kty"), use = text_of(entry, "use");
    const bool usable = type == "RSA" || (type == "EC" && text_of(entry, "crv") == "P-256");
    if (!usable || (!use.empty() && use != "sig")) continue;
    cjose_err error{};
    const std::string text = dump_json(entry);
    auto key = std::make_unique<Key>(
        Key{.jwk = std::unique_ptr<cjose_jwk_t, JwkRelease>(cjose_jwk_import(text.data(), text.size(), &error)),
            .type = type,
            .algorithm = text_of(entry, "alg")});
    if (!key->jwk || (type == "RSA" && cjose_jwk_get_keysize(key->jwk.get(), &error) < 2048)) continue;
    set->keys_.emplace(text_of(entry, "kid"), std::move(key));
  }
  if (set->keys_.empty()) return fail(ErrorCode::invalid_input, thing, "hold none for RS256, PS256 or ES256");
  return std::shared_ptr<const KeySet>(std::move(set));
}

const KeySet::Key* KeySet::find(std::string_view kid, std::string_view algorithm) const {
  const std::string_view type = key_type_of(algorithm);
  const Key* found = nullptr;
  for (const auto& [name, key] : keys_) {
    if (!kid.empty() && name != kid) continue;
    if (key->type != type || (!key->algorithm.empty() && key->algorithm != algorithm)) continue;
    if (found != nullptr) return nullptr;  // which of them is a guess
    found = key.get();
  }
  return found;
}

Result<Json> verify_id_token(std::string_view token, const KeySet& keys, const IdTokenRules& rules) {
  const auto header = read_header(token);
  if (!header) return std::unexpected(header.error());
  const KeySet::Key* const key = keys.find(header->kid, header->algorithm);
  if (key == nullptr) {
    return refuse("is signed by a key that the provider does not list: " + ellipsis(printable(header->kid), 60),
                  ErrorCode::not_found);
  }
  auto claims = verified_payload(token, key->jwk.get());
  if (!claims) return claims;
  if (text_of(*claims, "iss") != rules.issuer) return refuse("comes from another issuer (iss)");
  if (const auto fits = check_audience(*claims, rules.client_id); !fits) return std::unexpected(fits.error());
  if (const auto fits = check_times(*claims, rules.now); !fits) return std::unexpected(fits.error());
  if (rules.nonce.empty() || text_of(*claims, "nonce") != rules.nonce)
    return refuse("belongs to another sign-in (nonce)");
  const std::string subject = text_of(*claims, "sub");
  if (subject.empty() || subject.size() > 255) return refuse("names nobody (sub)");
  return claims;
}

}  // namespace assay::server::auth

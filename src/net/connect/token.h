#pragma once

// Atlassian Connect tokens as a scanner makes them: rightly built, wrongly signed. Source of the rules: the Connect
// documentation on JWTs and query string hashes, and RFC 7515 and 7519.

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/error.h"
#include "base/json.h"
#include "base/time.h"
#include "base/url.h"

namespace assay::net::connect {

// The issuer and subject of every forged token; tells an app's log what it saw.
inline constexpr std::string_view kForgedIssuer = "assay-forged-token-ignore";
inline constexpr std::string_view kForgedUser = "assay-forged-user-ignore";
inline constexpr std::string_view kForgedKeyId = "assay-forged-kid-ignore";

// METHOD&path&query as Connect hashes it: upper-case method; the path without the path of `base_url`, "&" written %26,
// no slash at its end, "/" when empty; parameters without "jwt", decoded and encoded again by RFC 3986, sorted by name,
// values of a repeated name sorted and joined by a comma.
std::string canonical_request(std::string_view method, const Url& url, const Url& base_url);

// The qsh claim: SHA-256 of the canonical request in lower-case hex.
std::string query_string_hash(std::string_view method, const Url& url, const Url& base_url);

// header.claims.signature in base64url.
std::string sign_hs256(const Json& claims, std::string_view key);
// alg "none" and an empty signature.
std::string unsigned_token(const Json& claims);

// RS256 in the name of `key_id`, with a random signature as long as one of RSA-2048. Whoever asks for a key that does
// not exist cannot tell it from the signature of a key of ours; making that would cost more than a TLS handshake.
std::string forged_rs256(const Json& claims, std::string_view key_id);

struct DecodedToken {
  Json header;
  Json claims;
  std::string signing_input;  // header.claims as received
  Bytes signature;
};

// Reads a compact JWS without verifying it: three parts, JSON objects inside, at most 16 kB. Errors: invalid_input.
Result<DecodedToken> decode_token(std::string_view token);

// `token` with one claim changed and its signature kept: the subject becomes another one, or is added when there is
// none. Errors: as decode_token().
Result<std::string> tampered_token(std::string_view token);

}  // namespace assay::net::connect

#include "net/connect/token.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "base/text.h"

namespace assay::net::connect {

namespace {

constexpr std::size_t kMaxTokenBytes = 16U << 10U;
constexpr JsonLimits kTokenLimits{.max_bytes = kMaxTokenBytes, .max_depth = 16};
constexpr std::size_t kRsaBytes = 2048 / 8;

std::string encode_part(const Json& part) {
  return to_base64url(as_bytes(dump_json(part)));
}

std::string signing_input(const Json& header, const Json& claims) {
  return encode_part(header) + "." + encode_part(claims);
}

// One parameter name or value of a query: "+" means a space there.
std::string canonical_text(std::string_view written) {
  return percent_encode(percent_decode(replace_all(std::string(written), "+", " ")));
}

std::string canonical_query(std::string_view query) {
  std::map<std::string, std::vector<std::string>> parameters;
  for (const auto pair : split(query, '&')) {
    if (pair.empty()) continue;
    const auto equals = std::min(pair.find('='), pair.size());
    auto name = canonical_text(pair.substr(0, equals));
    if (name == "jwt") continue;
    parameters[std::move(name)].push_back(canonical_text(pair.substr(std::min(equals + 1, pair.size()))));
  }
  std::vector<std::string> out;
  for (auto& [name, values] : parameters) {
    std::ranges::sort(values);
    out.push_back(name + "=" + join(values, ","));
  }
  return join(out, "&");
}

std::string canonical_path(std::string_view path, std::string_view base_path) {
  while (base_path.ends_with('/')) base_path.remove_suffix(1);
  const auto after = path.substr(std::min(base_path.size(), path.size()));
  if (path.starts_with(base_path) && (after.empty() || after.front() == '/')) path = after;
  while (path.ends_with('/')) path.remove_suffix(1);
  return path.empty() ? "/" : replace_all(std::string(path), "&", "%26");
}

Result<Json> decode_part(std::string_view part, std::string_view what) {
  const auto bytes = from_base64(part);
  if (!bytes) return fail(ErrorCode::invalid_input, std::string(what), bytes.error().reason);
  auto value = parse_json(as_text(*bytes), what, kTokenLimits);
  if (value && !value->is_object()) return fail(ErrorCode::invalid_input, std::string(what), "is no JSON object");
  return value;
}

}  // namespace

std::string canonical_request(std::string_view method, const Url& url, const Url& base_url) {
  return ascii_upper(method) + "&" + canonical_path(url.path, base_url.path) + "&" +
         canonical_query(url.query.value_or(""));
}

std::string query_string_hash(std::string_view method, const Url& url, const Url& base_url) {
  return sha256_hex(canonical_request(method, url, base_url));
}

std::string sign_hs256(const Json& claims, std::string_view key) {
  const auto input = signing_input({{"alg", "HS256"}, {"typ", "JWT"}}, claims);
  return input + "." + to_base64url(hmac_sha256(as_bytes(key), as_bytes(input)));
}

std::string unsigned_token(const Json& claims) {
  return signing_input({{"alg", "none"}, {"typ", "JWT"}}, claims) + ".";
}

std::string forged_rs256(const Json& claims, std::string_view key_id) {
  return signing_input({{"alg", "RS256"}, {"kid", key_id}, {"typ", "JWT"}}, claims) + "." +
         to_base64url(random_bytes(kRsaBytes));
}

Result<DecodedToken> decode_token(std::string_view token) {
  token = trim(token);
  if (token.size() > kMaxTokenBytes) return fail(ErrorCode::invalid_input, "JWT", "is longer than 16 kB");
  const auto parts = split(token, '.');
  if (parts.size() != 3)
    return fail(ErrorCode::invalid_input, "JWT", "does not have three parts separated by dots",
                "give the token itself, without \"JWT \" or \"Bearer \" in front");
  auto header = decode_part(parts[0], "header of the JWT");
  if (!header) return std::unexpected(header.error());
  auto claims = decode_part(parts[1], "claims of the JWT");
  if (!claims) return std::unexpected(claims.error());
  auto signature = from_base64(parts[2]);
  if (!signature) return fail(ErrorCode::invalid_input, "signature of the JWT", signature.error().reason);
  return DecodedToken{std::move(*header), std::move(*claims),
                      std::string(token.substr(0, parts[0].size() + 1 + parts[1].size())), std::move(*signature)};
}

Result<std::string> tampered_token(std::string_view token) {
  auto decoded = decode_token(token);
  if (!decoded) return std::unexpected(decoded.error());
  const auto parts = split(trim(token), '.');
  const auto subject = decoded->claims.find("sub");
  const bool has_text = subject != decoded->claims.end() && subject->is_string();
  decoded->claims["sub"] = (has_text ? subject->get<std::string>() + "-" : std::string()) + "assay-tampered-ignore";
  return std::string(parts[0]) + "." + encode_part(decoded->claims) + "." + std::string(parts[2]);
}

}  // namespace assay::net::connect

// The receiver's side of net/request_signer.h.
#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>

#include "base/bytes.h"
#include "base/text.h"
#include "net/request_signer.h"
#include "net/signature_base.h"

namespace assay::net {

namespace {

constexpr std::size_t kMaxFieldBytes = 4096;

std::unexpected<Error> bad_signature(std::string reason, std::string remedy = {}) {
  return fail(ErrorCode::crypto, "request signature", std::move(reason), std::move(remedy));
}

// What Signature-Input says, as far as RFC 9421 lets a signer of ours say it: one label, strings and integers.
struct SignatureInput {
  std::string label;
  std::string parameters;  // everything behind "label="
  std::vector<std::string> components;
  std::map<std::string, std::string, std::less<>> values;  // strings without their quotes
};

// Reads a quoted string at `s` and removes it; RFC 8941 §3.3.3 without escapes, which no value of ours needs.
std::optional<std::string> take_string(std::string_view& s) {
  if (!s.starts_with('"')) return std::nullopt;
  const auto end = s.find('"', 1);
  if (end == std::string_view::npos) return std::nullopt;
  std::string value(s.substr(1, end - 1));
  if (value.find('\\') != std::string::npos) return std::nullopt;
  s.remove_prefix(end + 1);
  return value;
}

std::optional<SignatureInput> read_input(std::string_view text) {
  const auto equals = text.find('=');
  if (text.size() > kMaxFieldBytes || equals == std::string_view::npos || equals == 0) return std::nullopt;
  SignatureInput input{.label = std::string(trim(text.substr(0, equals))),
                       .parameters = std::string(text.substr(equals + 1)),
                       .components = {},
                       .values = {}};
  std::string_view s = input.parameters;
  if (!s.starts_with('(')) return std::nullopt;
  s.remove_prefix(1);
  while (!s.starts_with(')')) {
    while (s.starts_with(' ')) s.remove_prefix(1);
    auto component = take_string(s);
    if (!component || (!s.starts_with(' ') && !s.starts_with(')'))) return std::nullopt;
    input.components.push_back(std::move(*component));
  }
  s.remove_prefix(1);
  while (s.starts_with(';')) {
    s.remove_prefix(1);
    const auto eq = s.find('=');
    if (eq == std::string_view::npos) return std::nullopt;
    const std::string name(s.substr(0, eq));
    s.remove_prefix(eq + 1);
    if (s.starts_with('"')) {
      auto value = take_string(s);
      if (!value) return std::nullopt;
      input.values[name] = std::move(*value);
    } else {
      const auto end = std::min(s.find(';'), s.size());
      input.values[name] = s.substr(0, end);
      s.remove_prefix(end);
    }
  }
  if (!s.empty()) return std::nullopt;
  return input;
}

std::optional<long long> integer(const SignatureInput& input, std::string_view name) {
  const auto it = input.values.find(name);
  if (it == input.values.end()) return std::nullopt;
  long long value = 0;
  const auto& digits = it->second;
  const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (ec != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

// The raw public key that `directory` publishes under `key_id`.
Result<Bytes> key_of(const Json& directory, std::string_view key_id) {
  const auto keys = directory.is_object() ? directory.find("keys") : directory.end();
  if (!directory.is_object() || keys == directory.end() || !keys->is_array())
    return fail(ErrorCode::invalid_input, "signature directory", "has no list of keys");
  for (const auto& key : *keys) {
    if (!key.is_object()) continue;
    const auto is = [&](const char* name, std::string_view wanted) {
      const auto member = key.find(name);
      return member != key.end() && member->is_string() && member->get_ref<const std::string&>() == wanted;
    };
    if (!is("kid", key_id) || !is("kty", "OKP") || !is("crv", "Ed25519") || !key.contains("x") || !key["x"].is_string())
      continue;
    return from_base64(key["x"].get_ref<const std::string&>());
  }
  return bad_signature(fmt::format("the directory has no key \"{}\"", printable(key_id)), "fetch the directory anew");
}

bool verifies(const Bytes& key, const Bytes& signature, std::string_view text) {
  EVP_PKEY* raw = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key.data(), key.size());
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> pkey(raw, &EVP_PKEY_free);
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  const auto bytes = as_bytes(text);
  return pkey && context && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, pkey.get()) == 1 &&
         EVP_DigestVerify(context.get(), signature.data(), signature.size(), bytes.data(), bytes.size()) == 1;
}

}  // namespace

Result<void> verify_signature(const Json& directory, std::string_view method, const Url& url,
                              const std::vector<HttpField>& fields, Time at) {
  const auto input_field = field_value(fields, "signature-input"), signature_field = field_value(fields, "signature");
  if (!input_field || !signature_field) return bad_signature("the request is not signed");
  const auto input = read_input(*input_field);
  if (!input) return bad_signature("Signature-Input cannot be read");
  for (const std::string_view needed : {"@method", "@authority", "@path", "@query"}) {
    if (std::ranges::find(input->components, needed) == input->components.end())
      return bad_signature(fmt::format("does not cover {}", needed));
  }
  const auto created = integer(*input, "created"), expires = integer(*input, "expires");
  const auto seconds = std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count();
  if (!created || !expires) return bad_signature("does not say from when to when it is valid");
  if (seconds < *created) return bad_signature("is dated in the future");
  if (seconds > *expires) return bad_signature("has expired");
  if (const auto alg = input->values.find("alg"); alg != input->values.end() && alg->second != "ed25519")
    return bad_signature("is not made with ed25519");
  const auto key_id = input->values.find("keyid");
  if (key_id == input->values.end()) return bad_signature("names no key");
  auto key = key_of(directory, key_id->second);
  if (!key) return std::unexpected(key.error());
  const auto opening = input->label + "=:";
  if (!signature_field->starts_with(opening) || !signature_field->ends_with(':') ||
      signature_field->size() <= opening.size())
    return bad_signature("Signature cannot be read");
  const auto encoded =
      std::string_view(*signature_field).substr(opening.size(), signature_field->size() - opening.size() - 1);
  const auto signature = from_base64(encoded);
  if (!signature) return bad_signature("Signature is not base64");
  auto base = signature_base(input->components, input->parameters, method, url, fields);
  if (!base) return std::unexpected(base.error());
  if (!verifies(*key, *signature, *base)) return bad_signature("does not fit the request");
  return {};
}

}  // namespace assay::net

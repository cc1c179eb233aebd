#include "secrets/pem.h"

#include <openssl/evp.h>
#include <openssl/objects.h>

#include <memory>
#include <optional>

#include "base/bytes.h"
#include "base/text.h"

namespace assay::secrets {
namespace {

constexpr std::size_t kLeast = 32;          // bytes of a key: an Ed25519 key alone is as long
constexpr std::size_t kLeastArmoured = 64;  // characters

struct Block {
  std::string label;  // "RSA PRIVATE KEY"
  std::string body;   // Base64 without white space
  bool encrypted = false;
};

bool is_base64(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/' || c == '=';
}

// What stands between lines: white space, "\n" and "\r" written out (once or twice escaped), and what code joins
// strings with.
std::string without_joints(std::string_view s) {
  std::string body;
  for (std::size_t i = 0; i < s.size(); ++i) {
    if (s[i] == '\\') {
      while (i + 1 < s.size() && s[i + 1] == '\\') ++i;
      if (i + 1 < s.size() && (s[i + 1] == 'n' || s[i + 1] == 'r' || s[i + 1] == 't')) ++i;
      continue;
    }
    if (is_base64(s[i])) body += s[i];
  }
  return body;
}

std::optional<Block> read_block(std::string_view pem) {
  constexpr std::string_view kBegin = "-----BEGIN ";
  constexpr std::string_view kEnd = "-----END ";
  const auto begin = pem.find(kBegin);
  if (begin == std::string_view::npos) return std::nullopt;
  const auto label = pem.substr(begin + kBegin.size());
  const auto dashes = label.find("-----");
  if (dashes == std::string_view::npos) return std::nullopt;
  auto rest = label.substr(dashes + 5);
  const auto end = rest.find(kEnd);
  if (end == std::string_view::npos) return std::nullopt;
  rest = rest.substr(0, end);
  Block block{.label = std::string(label.substr(0, dashes)), .body = {}, .encrypted = false};
  block.encrypted = block.label.starts_with("ENCRYPTED") || icontains(rest, "Proc-Type: 4,ENCRYPTED");
  // Fields of RFC 1421 stand before an empty line, which nothing here needs: the body follows the last field.
  if (const auto field = rest.rfind("DEK-Info:"); field != std::string_view::npos) {
    const auto line_end = rest.find_first_of("\n\\", field);
    rest = line_end == std::string_view::npos ? std::string_view() : rest.substr(line_end);
  }
  block.body = without_joints(rest);
  return block;
}

std::string key_name(const EVP_PKEY* key) {
  switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA:
      return "key-rsa-" + std::to_string(EVP_PKEY_get_bits(key));
    case EVP_PKEY_EC:
      return "key-ec";
    case EVP_PKEY_ED25519:
      return "key-ed25519";
    case EVP_PKEY_DSA:
      return "key-dsa";
    default:
      return "key";
  }
}

// "openssh-key-v1", the cipher, …: a string of four bytes of length each (OpenSSH, PROTOCOL.key).
CheckResult check_openssh(ByteView der, std::string& note) {
  constexpr std::string_view kMagic("openssh-key-v1\0", 15);
  const auto text = as_text(der);
  if (!text.starts_with(kMagic) || text.size() < kMagic.size() + 8) return CheckResult::failed;
  const auto cipher = text.substr(kMagic.size() + 4);
  note = cipher.starts_with("none") ? "key-openssh" : "pem-encrypted";
  return CheckResult::right;
}

}  // namespace

CheckResult check_pem(std::string_view pem, std::string& note) {
  const auto block = read_block(pem);
  if (!block || block->label.find("PRIVATE KEY") == std::string::npos) return CheckResult::failed;
  if (block->label.starts_with("PGP")) {
    // An armoured body ends in a checksum of its own (RFC 9580 §6), so it is no plain Base64.
    note = "key-pgp";
    return block->body.size() >= kLeastArmoured ? CheckResult::right : CheckResult::failed;
  }
  const auto der = from_base64(block->body);
  if (!der || der->size() < kLeast) return CheckResult::failed;
  if (block->encrypted) {
    note = "pem-encrypted";
    return CheckResult::right;
  }
  if (block->label.starts_with("OPENSSH")) return check_openssh(*der, note);
  const std::uint8_t* at = der->data();
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      d2i_AutoPrivateKey(nullptr, &at, static_cast<long>(der->size())), &EVP_PKEY_free);
  if (!key) return CheckResult::failed;
  note = key_name(key.get());
  return CheckResult::right;
}

}  // namespace assay::secrets

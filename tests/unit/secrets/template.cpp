#include "unit/secrets/template.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <charconv>
#include <map>
#include <memory>
#include <random>
#include <stdexcept>

#include "base/bytes.h"
#include "secrets/checks.h"

namespace assay::secrets {
namespace {

const std::string kDigits = "0123456789";
const std::string kLower = "abcdefghijklmnopqrstuvwxyz";
const std::string kUpper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

const std::map<std::string, std::string, std::less<>>& alphabets() {
  static const std::map<std::string, std::string, std::less<>> kAll = {{"base62", kDigits + kUpper + kLower},
                                                                       {"hex", kDigits + "abcdef"},
                                                                       {"HEX", kDigits + "ABCDEF"},
                                                                       {"digit", kDigits},
                                                                       {"lower", kLower},
                                                                       {"upper", kUpper},
                                                                       {"alnum", kDigits + kLower},
                                                                       {"ALNUM", kDigits + kUpper},
                                                                       {"base32", kUpper + "234567"},
                                                                       {"base64", kUpper + kLower + kDigits + "+/"},
                                                                       {"base64url", kUpper + kLower + kDigits + "-_"}};
  return kAll;
}

std::string pem_text(EVP_PKEY* key) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), &BIO_free);
  // RSA and EC keys in the form that names their kind, as tools write them; it knows no Ed25519.
  if (EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519)
    PEM_write_bio_PrivateKey(out.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  else
    PEM_write_bio_PrivateKey_traditional(out.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  char* data = nullptr;
  const auto size = BIO_get_mem_data(out.get(), &data);
  return {data, static_cast<std::size_t>(size) - 1};  // without the last line feed
}

std::string fresh_key(std::string_view kind) {
  constexpr std::size_t kRsaBits = 2048;
  EVP_PKEY* key = kind == "rsa"  ? EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", kRsaBits)
                  : kind == "ec" ? EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256")
                                 : EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> owner(key, &EVP_PKEY_free);
  return pem_text(key);
}

class Filler {
 public:
  explicit Filler(std::uint64_t seed) : random_(seed) {}

  std::string fill(std::string_view text) {
    std::string out;
    while (true) {
      const auto open = text.find("{{");
      out += text.substr(0, open);
      if (open == std::string_view::npos) return out;
      const auto close = closing(text, open);
      out += value(text.substr(open + 2, close - open - 2), out);
      text.remove_prefix(close + 2);
    }
  }

 private:
  // Of the "{{" at `open`, over those that are nested in it.
  static std::size_t closing(std::string_view text, std::size_t open) {
    int depth = 0;
    for (auto i = open; i + 1 < text.size(); ++i) {
      const auto two = text.substr(i, 2);
      if (two == "{{")
        ++depth, ++i;
      else if (two == "}}" && --depth == 0)
        return i;
      else if (two == "}}")
        ++i;
    }
    throw std::runtime_error("\"{{\" without \"}}\" in " + std::string(text));
  }

  std::string chars(const std::string& alphabet, std::size_t count) {
    std::string out;
    for (std::size_t i = 0; i < count; ++i) out += alphabet[random_() % alphabet.size()];
    return out;
  }

  std::string jwt() {
    const auto part = [](const std::string& json) { return to_base64url(as_bytes(json)); };
    return part(R"({"alg":"HS256","typ":"JWT"})") + "." +
           part(R"({"sub":")" + chars(kDigits, 10) + R"(","iat":17)" + chars(kDigits, 8) + "}") + "." +
           chars(alphabets().at("base64url"), 43);
  }

  std::string uuid() {
    const auto& hex = alphabets().at("hex");
    return chars(hex, 8) + "-" + chars(hex, 4) + "-4" + chars(hex, 3) + "-a" + chars(hex, 3) + "-" + chars(hex, 12);
  }

  std::string value(std::string_view name, std::string_view so_far) {
    if (name == "open") return "{{";  // of a template in the text itself: ${{ secrets.TOKEN }}
    if (name == "uuid") return uuid();
    if (name == "jwt") return jwt();
    if (name == "crc32-base62") {
      const auto cut = so_far.find_last_of(" \t\n\"'`=:");
      auto body = so_far.substr(cut == std::string_view::npos ? 0 : cut + 1);
      if (const auto prefix = body.rfind('_'); prefix != std::string_view::npos) body.remove_prefix(prefix + 1);
      return crc32_base62(body);
    }
    if (name == "crc32-hex") {
      // A "=" or "_" directly before is of the token.
      const auto cut = so_far.substr(0, so_far.size() - 1).find_last_of(" \t\n\"'`=:");
      auto body = so_far.substr(cut == std::string_view::npos ? 0 : cut + 1);
      if (body.ends_with('_')) body.remove_suffix(1);
      return crc32_hex(body);
    }
    const auto colon = name.find(':');
    const auto kind = name.substr(0, colon);
    const auto argument = colon == std::string_view::npos ? std::string_view() : name.substr(colon + 1);
    if (kind == "pem") return key(argument);
    if (kind == "b64") return to_base64(as_bytes(fill(argument)));
    const auto alphabet = alphabets().find(kind);
    std::size_t count = 0;
    std::from_chars(argument.data(), argument.data() + argument.size(), count);
    if (alphabet == alphabets().end() || count == 0) throw std::runtime_error("unknown {{" + std::string(name) + "}}");
    return chars(alphabet->second, count);
  }

  static const std::string& key(std::string_view kind) {
    static std::map<std::string, std::string, std::less<>> made;
    auto at = made.find(kind);
    if (at == made.end()) at = made.emplace(kind, fresh_key(kind)).first;
    return at->second;
  }

  std::mt19937_64 random_;
};

}  // namespace

std::string fill_template(std::string_view text, std::uint64_t seed) {
  return Filler(seed).fill(text);
}

}  // namespace assay::secrets

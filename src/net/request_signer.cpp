#include "net/request_signer.h"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "base/bytes.h"
#include "base/text.h"
#include "net/signature_base.h"

namespace assay::net {

namespace {

constexpr std::string_view kComponents[] = {"@method", "@authority", "@path", "@query", "user-agent"};
constexpr std::string_view kAgentComponent = "signature-agent";
constexpr std::chrono::seconds kLifetime{300};
constexpr std::size_t kNonceBytes = 24;
constexpr std::size_t kKeyBytes = 32;

struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
struct FreeDigest {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

// RFC 8037 §2 and RFC 7638 §3: the required members, in lexical order, without white space.
std::string thumbprint(std::string_view x) {
  const auto canonical = fmt::format(R"({{"crv":"Ed25519","kty":"OKP","x":"{}"}})", x);
  return to_base64url(sha256(as_bytes(canonical)));
}

long long seconds_of(Time t) {
  return std::chrono::floor<std::chrono::seconds>(t).time_since_epoch().count();
}

}  // namespace

struct RequestSigner::Impl {
  std::unique_ptr<EVP_PKEY, FreeKey> key;
  std::string directory_url;
  std::string x;  // the public key, base64url
  std::string key_id;
};

RequestSigner::RequestSigner(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RequestSigner::~RequestSigner() = default;

Result<std::unique_ptr<RequestSigner>> RequestSigner::from_pem(std::string_view pem, std::string directory_url) {
  const auto bad = [](std::string reason) {
    return fail(ErrorCode::crypto, "signing key", std::move(reason),
                "make one with: openssl genpkey -algorithm ed25519");
  };
  const std::unique_ptr<BIO, FreeBio> source(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  if (!source) return bad("cannot be read");
  // No pass-phrase prompt: an encrypted key is simply no key that we can use.
  const auto no_phrase = [](char*, int, int, void*) { return -1; };
  auto impl = std::make_unique<Impl>();
  impl->key.reset(PEM_read_bio_PrivateKey(source.get(), nullptr, no_phrase, nullptr));
  if (!impl->key) return bad("is no PEM of an unencrypted PKCS #8 private key");
  if (EVP_PKEY_base_id(impl->key.get()) != EVP_PKEY_ED25519) return bad("is not an Ed25519 key");
  Bytes raw(kKeyBytes);
  std::size_t size = raw.size();
  if (EVP_PKEY_get_raw_public_key(impl->key.get(), raw.data(), &size) != 1 || size != kKeyBytes)
    return bad("has no public part");
  impl->x = to_base64url(raw);
  impl->key_id = thumbprint(impl->x);
  impl->directory_url = std::move(directory_url);
  return std::unique_ptr<RequestSigner>(new RequestSigner(std::move(impl)));
}

std::vector<HttpField> RequestSigner::sign(std::string_view method, const Url& url, std::string_view user_agent,
                                           Time created, std::string_view nonce) const {
  std::vector<HttpField> fields{{"User-Agent", std::string(user_agent)}};
  std::vector<HttpField> added;
  std::vector<std::string> components(std::begin(kComponents), std::end(kComponents));
  if (!impl_->directory_url.empty()) {
    components.emplace_back(kAgentComponent);
    added.push_back({"Signature-Agent", fmt::format("\"{}\"", impl_->directory_url)});
    fields.push_back(added.back());
  }
  const auto fresh = nonce.empty() ? to_base64url(random_bytes(kNonceBytes)) : std::string(nonce);
  const auto from = seconds_of(created);
  const auto parameters = fmt::format(R"({};created={};expires={};keyid="{}";alg="ed25519";nonce="{}";tag="assay")",
                                      component_list(components), from, from + kLifetime.count(), impl_->key_id, fresh);
  const auto base = signature_base(components, parameters, method, url, fields);
  // Every component is derived from the request or is among `fields`.
  const std::unique_ptr<EVP_MD_CTX, FreeDigest> context(EVP_MD_CTX_new());
  Bytes signature(64);
  std::size_t size = signature.size();
  const auto text = as_bytes(*base);
  if (EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, impl_->key.get()) != 1 ||
      EVP_DigestSign(context.get(), signature.data(), &size, text.data(), text.size()) != 1)
    std::abort();  // Ed25519 over memory has no way to fail but a broken library
  added.push_back({"Signature-Input", "assay=" + parameters});
  added.push_back({"Signature", fmt::format("assay=:{}:", to_base64(signature))});
  return added;
}

Json RequestSigner::directory() const {
  const Json key{{"kty", "OKP"},         {"crv", "Ed25519"}, {"x", impl_->x},
                 {"kid", impl_->key_id}, {"alg", "EdDSA"},   {"use", "sig"}};
  return Json{{"keys", Json::array({key})}};
}

const std::string& RequestSigner::key_id() const {
  return impl_->key_id;
}

}  // namespace assay::net

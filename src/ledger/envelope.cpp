#include "ledger/envelope.h"

#include <openssl/evp.h>

#include <memory>

namespace assay::ledger {

namespace {

constexpr std::size_t kNonceBytes = 12;
constexpr std::size_t kTagBytes = 16;

using Cipher = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

Cipher new_cipher() {
  return {EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free};
}

std::unexpected<Error> cipher_failed() {
  return fail(ErrorCode::crypto, "AES-256-GCM", "the cryptographic library refused the operation",
              "check that OpenSSL 3 with its default provider is installed");
}

}  // namespace

Result<Bytes> seal(ByteView key, ByteView plain, std::string_view context) {
  if (key.size() != kKeyBytes) return fail(ErrorCode::crypto, "encryption key", "is not 32 bytes long");
  const auto cipher = new_cipher();
  const Bytes nonce = random_bytes(kNonceBytes);
  const auto aad = as_bytes(context);
  Bytes out(kNonceBytes + plain.size() + kTagBytes);
  std::ranges::copy(nonce, out.begin());
  auto* const text = out.data() + kNonceBytes;
  int n = 0, last = 0;
  if (!cipher || EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, key.data(), nonce.data()) != 1 ||
      EVP_EncryptUpdate(cipher.get(), nullptr, &n, aad.data(), static_cast<int>(aad.size())) != 1 ||
      EVP_EncryptUpdate(cipher.get(), text, &n, plain.data(), static_cast<int>(plain.size())) != 1 ||
      EVP_EncryptFinal_ex(cipher.get(), text + n, &last) != 1 ||
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes, text + plain.size()) != 1)
    return cipher_failed();
  return out;
}

Result<Bytes> unseal(ByteView key, ByteView sealed, std::string_view context) {
  const auto refused = [] {
    return fail(ErrorCode::crypto, "encrypted bytes", "cannot be opened with this key, or were altered");
  };
  if (key.size() != kKeyBytes) return fail(ErrorCode::crypto, "encryption key", "is not 32 bytes long");
  if (sealed.size() < kNonceBytes + kTagBytes) return refused();
  const auto cipher = new_cipher();
  const auto aad = as_bytes(context);
  const auto text = sealed.subspan(kNonceBytes, sealed.size() - kNonceBytes - kTagBytes);
  Bytes tag(sealed.end() - kTagBytes, sealed.end());
  Bytes out(text.size());
  int n = 0, last = 0;
  if (!cipher || EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, key.data(), sealed.data()) != 1 ||
      EVP_DecryptUpdate(cipher.get(), nullptr, &n, aad.data(), static_cast<int>(aad.size())) != 1 ||
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes, tag.data()) != 1)
    return cipher_failed();
  if (EVP_DecryptUpdate(cipher.get(), out.data(), &n, text.data(), static_cast<int>(text.size())) != 1 ||
      EVP_DecryptFinal_ex(cipher.get(), out.data() + n, &last) != 1)
    return refused();
  return out;
}

}  // namespace assay::ledger

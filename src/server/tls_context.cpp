#include "server/tls_context.h"

#include <openssl/err.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace assay::server {

namespace {

constexpr const char* kSuites =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
constexpr const char* kSuites13 = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
constexpr const char* kGroups = "X25519:P-256:P-384";

std::string openssl_reason() {
  std::array<char, 256> text{};
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  if (code == 0) return "OpenSSL gives no reason";
  ERR_error_string_n(code, text.data(), text.size());
  return text.data();
}

// ALPN: HTTP/1.1 is all we speak.
int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_length, const unsigned char* in,
                    unsigned int in_length, void*) {
  constexpr std::string_view kProtocol = "http/1.1";
  for (unsigned int at = 0; at < in_length; at += in[at] + 1U) {
    const unsigned int length = in[at];
    if (at + 1 + length > in_length) break;
    if (std::string_view(reinterpret_cast<const char*>(in + at + 1), length) != kProtocol) continue;
    *out = in + at + 1;
    *out_length = static_cast<unsigned char>(length);
    return SSL_TLSEXT_ERR_OK;
  }
  return SSL_TLSEXT_ERR_NOACK;
}

}  // namespace

Result<TlsContext> make_tls_context(const std::string& certificate_file, const std::string& key_file) {
  TlsContext context(SSL_CTX_new(TLS_server_method()));
  const bool configured = context && SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION) == 1 &&
                          SSL_CTX_set_cipher_list(context.get(), kSuites) == 1 &&
                          SSL_CTX_set_ciphersuites(context.get(), kSuites13) == 1 &&
                          SSL_CTX_set1_groups_list(context.get(), kGroups) == 1;
  if (!configured) return fail(ErrorCode::internal, "TLS", openssl_reason());
  SSL_CTX_set_options(context.get(), SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  // An idle connection gives its 34 kB of buffers back.
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_alpn_select_cb(context.get(), choose_protocol, nullptr);
  if (SSL_CTX_use_certificate_chain_file(context.get(), certificate_file.c_str()) != 1) {
    return fail(ErrorCode::invalid_input, "--tls-cert " + certificate_file, openssl_reason(),
                "give a PEM file with the certificate first and its chain after it");
  }
  if (SSL_CTX_use_PrivateKey_file(context.get(), key_file.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(context.get()) != 1) {
    return fail(ErrorCode::invalid_input, "--tls-key " + key_file, openssl_reason(),
                "give the PEM file of the certificate's own key, without passphrase");
  }
  if (X509_cmp_current_time(X509_get0_notAfter(SSL_CTX_get0_certificate(context.get()))) < 0)
    return fail(ErrorCode::invalid_input, "--tls-cert " + certificate_file, "has ended", "renew the certificate");
  return context;
}

}  // namespace assay::server

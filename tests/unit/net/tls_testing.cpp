#include "tls_testing.h"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/dsa.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <array>

#include "base/text.h"
#include "net/tls/client_hello.h"

namespace assay::net::tls::testing {

namespace {

KeyPtr make_key(Key kind) {
  switch (kind) {
    case Key::p256:
      return KeyPtr(EVP_EC_gen("P-256"));
    case Key::p384:
      return KeyPtr(EVP_EC_gen("P-384"));
    case Key::rsa1024:
      return KeyPtr(EVP_RSA_gen(1024));
    case Key::rsa2048:
      return KeyPtr(EVP_RSA_gen(2048));
    case Key::rsa2052:
      return KeyPtr(EVP_RSA_gen(2052));
    case Key::ed25519:
      return KeyPtr(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
    case Key::dsa: {
      const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> parameters(
          EVP_PKEY_CTX_new_id(EVP_PKEY_DSA, nullptr), &EVP_PKEY_CTX_free);
      EVP_PKEY* template_key = nullptr;
      EVP_PKEY_paramgen_init(parameters.get());
      EVP_PKEY_CTX_set_dsa_paramgen_bits(parameters.get(), 1024);
      EVP_PKEY_paramgen(parameters.get(), &template_key);
      const KeyPtr owned(template_key);
      const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> generator(
          EVP_PKEY_CTX_new(template_key, nullptr), &EVP_PKEY_CTX_free);
      EVP_PKEY* key = nullptr;
      EVP_PKEY_keygen_init(generator.get());
      EVP_PKEY_keygen(generator.get(), &key);
      return KeyPtr(key);
    }
  }
  return nullptr;
}

void add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(
      X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()), &X509_EXTENSION_free);
  ASSERT_TRUE(extension) << value;
  X509_add_ext(certificate, extension.get(), -1);
}

template <class Write>
std::string to_pem(Write write) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), &BIO_free);
  write(out.get());
  char* data = nullptr;
  const long n = BIO_get_mem_data(out.get(), &data);
  return {data, static_cast<std::size_t>(n)};
}

}  // namespace

std::string Certificate::pem() const {
  return to_pem([&](BIO* out) { PEM_write_bio_X509(out, x509.get()); });
}

std::string Certificate::key_pem() const {
  return to_pem([&](BIO* out) { PEM_write_bio_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr); });
}

Bytes Certificate::der() const {
  unsigned char* data = nullptr;
  const int n = i2d_X509(x509.get(), &data);
  Bytes bytes(data, data + n);
  OPENSSL_free(data);
  return bytes;
}

static void set_names_and_dates(X509* x, X509* parent, const CertificateSpec& spec) {
  constexpr long kDay = 86'400;
  X509_gmtime_adj(X509_getm_notBefore(x), spec.from_day * kDay);
  X509_gmtime_adj(X509_getm_notAfter(x), spec.to_day * kDay);
  X509_NAME* name = X509_get_subject_name(x);
  for (const auto part : split(spec.subject, ',')) {
    const auto at = part.find('=');
    X509_NAME_add_entry_by_txt(name, std::string(part.substr(0, at)).c_str(), MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(part.data()) + at + 1,
                               static_cast<int>(part.size() - at - 1), -1, 0);
  }
  X509_set_issuer_name(x, X509_get_subject_name(parent));
}

static void add_extensions(X509* x, X509* parent, const CertificateSpec& spec) {
  if (spec.ca) {
    add_extension(x, parent, NID_basic_constraints,
                  "critical,CA:TRUE" + (spec.path_length.empty() ? "" : ",pathlen:" + spec.path_length));
    add_extension(x, parent, NID_key_usage, "critical,keyCertSign,cRLSign");
  } else if (!spec.purpose.empty()) {
    add_extension(x, parent, NID_ext_key_usage, spec.purpose);
  }
  if (spec.key_identifiers) {
    add_extension(x, parent, NID_subject_key_identifier, "hash");
    if (parent != x && X509_get0_subject_key_id(parent) != nullptr)
      add_extension(x, parent, NID_authority_key_identifier, "keyid");
  }
  if (!spec.names.empty()) add_extension(x, parent, NID_subject_alt_name, spec.names);
  if (!spec.constraints.empty()) add_extension(x, parent, NID_name_constraints, "critical," + spec.constraints);
  for (const auto& [nid, value] : spec.others) add_extension(x, parent, nid, value);
}

Certificate make_certificate(const CertificateSpec& spec, const Certificate* issuer) {
  static long serial = 1000;
  Certificate made{X509Ptr(X509_new()), make_key(spec.key)};
  X509* x = made.x509.get();
  X509_set_version(x, spec.version_1 ? X509_VERSION_1 : X509_VERSION_3);
  if (spec.serial.empty()) {
    ASN1_INTEGER_set(X509_get_serialNumber(x), ++serial);
  } else {
    BIGNUM* number = nullptr;
    BN_hex2bn(&number, spec.serial.c_str());
    BN_to_ASN1_INTEGER(number, X509_get_serialNumber(x));
    BN_free(number);
  }
  X509* parent = issuer != nullptr ? issuer->x509.get() : x;
  X509_set_pubkey(x, made.key.get());
  set_names_and_dates(x, parent, spec);
  if (!spec.version_1) add_extensions(x, parent, spec);
  EVP_PKEY* signer = issuer != nullptr ? issuer->key.get() : made.key.get();
  const bool pure = EVP_PKEY_get_base_id(signer) == EVP_PKEY_ED25519;
  EXPECT_GT(X509_sign(x, signer, pure ? nullptr : spec.sha1 ? EVP_sha1() : EVP_sha256()), 0);
  return made;
}

ContextPtr make_server(const ServerSpec& spec) {
  ContextPtr context(SSL_CTX_new(TLS_server_method()));
  SSL_CTX* c = context.get();
  SSL_CTX_set_security_level(c, 0);
  EXPECT_EQ(SSL_CTX_set_min_proto_version(c, spec.min_version), 1);
  EXPECT_EQ(SSL_CTX_set_max_proto_version(c, spec.max_version), 1);
  if (!spec.ciphers.empty()) {
    EXPECT_EQ(SSL_CTX_set_cipher_list(c, (spec.ciphers + ":@SECLEVEL=0").c_str()), 1) << spec.ciphers;
  }
  if (!spec.suites.empty()) {
    EXPECT_EQ(SSL_CTX_set_ciphersuites(c, spec.suites.c_str()), 1) << spec.suites;
  }
  if (!spec.groups.empty()) {
    EXPECT_EQ(SSL_CTX_set1_groups_list(c, spec.groups.c_str()), 1) << spec.groups;
  }
  if (spec.server_order) SSL_CTX_set_options(c, SSL_OP_CIPHER_SERVER_PREFERENCE);
  if (spec.dh) SSL_CTX_set_dh_auto(c, 1);
  for (const Certificate* certificate : spec.certificates) {
    EXPECT_EQ(SSL_CTX_use_certificate(c, certificate->x509.get()), 1);
    EXPECT_EQ(SSL_CTX_use_PrivateKey(c, certificate->key.get()), 1);
  }
  for (const Certificate* link : spec.chain) EXPECT_EQ(SSL_CTX_add1_chain_cert(c, link->x509.get()), 1);
  SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(c, 0);
  SSL_CTX_set_alpn_select_cb(
      c,
      [](SSL*, const unsigned char** out, unsigned char* size, const unsigned char* in, unsigned int, void*) {
        *out = in + 1;  // the client's first
        *size = in[0];
        return SSL_TLSEXT_ERR_OK;
      },
      nullptr);
  return context;
}

Task<Answer> ServerProber::ask(ClientHello hello) {
  ++asked;
  const SslPtr ssl(SSL_new(server_));
  SSL_set_bio(ssl.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  SSL_set_accept_state(ssl.get());
  const Bytes bytes = build_client_hello(hello);
  BIO_write(SSL_get_rbio(ssl.get()), bytes.data(), static_cast<int>(bytes.size()));
  SSL_do_handshake(ssl.get());
  ERR_clear_error();
  AnswerReader reader;
  std::array<std::uint8_t, 512> piece;
  bool done = false;
  for (int n = 0; !done && (n = BIO_read(SSL_get_wbio(ssl.get()), piece.data(), piece.size())) > 0;) {
    done = reader.feed(ByteView(piece).first(static_cast<std::size_t>(n)));
  }
  if (!done) reader.end();
  co_return reader.answer();
}

ServerStream::ServerStream(SSL_CTX* server) : ssl_(SSL_new(server)) {
  SSL_set_bio(ssl_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  SSL_set_accept_state(ssl_.get());
}

void ServerStream::drive() {
  if (SSL_is_init_finished(ssl_.get()) == 0) SSL_do_handshake(ssl_.get());
  std::array<char, 4096> echo;
  for (int n = 0; SSL_is_init_finished(ssl_.get()) != 0 && (n = SSL_read(ssl_.get(), echo.data(), echo.size())) > 0;) {
    SSL_write(ssl_.get(), echo.data(), n);
  }
  ERR_clear_error();
}

Task<Result<std::size_t>> ServerStream::read_some(std::span<std::uint8_t> into, Deadline) {
  const int n = BIO_read(SSL_get_wbio(ssl_.get()), into.data(), static_cast<int>(into.size()));
  co_return n > 0 ? static_cast<std::size_t>(n) : 0;
}

Task<Result<void>> ServerStream::write_all(ByteView data, Deadline) {
  if (closed_) co_return fail(ErrorCode::connection, peer(), "closed");
  BIO_write(SSL_get_rbio(ssl_.get()), data.data(), static_cast<int>(data.size()));
  drive();
  co_return Result<void>{};
}

void ServerStream::close(CloseMode) {
  closed_ = true;
}

std::string ServerStream::server_name() const {
  const char* name = SSL_get_servername(ssl_.get(), TLSEXT_NAMETYPE_host_name);
  return name != nullptr ? name : "";
}

}  // namespace assay::net::tls::testing

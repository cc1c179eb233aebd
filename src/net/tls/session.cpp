#include "net/tls/session.h"

#include <openssl/bio.h>
#include <openssl/ct.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/tls1.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "net/tls/certificate.h"
#include "net/tls/chain.h"
#include "net/tls/code_points.h"
#include "net/tls/issuer_files.h"

namespace assay::net::tls {

namespace {

struct SslDeleter {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};

// OpenSSL's words for the last error, without its source positions.
std::string openssl_reason(std::string fallback) {
  const auto code = ERR_peek_last_error();
  const char* reason = ERR_reason_error_string(code);
  ERR_clear_error();
  return reason != nullptr ? reason : std::move(fallback);
}

}  // namespace

struct ClientContext::Impl {
  explicit Impl(std::shared_ptr<const TrustStore> trust) : verifier(std::move(trust)) {}
  std::unique_ptr<SSL_CTX, SslDeleter> context;
  ChainVerifier verifier;
  IssuerFiles issuer_files;
};

namespace {

// A stapled OCSP answer that is larger than this is left out of the record.
constexpr long kMaxStapleBytes = 64L << 10U;

// TLS over another stream. OpenSSL reads and writes two memory buffers; we carry their bytes.
class TlsStream final : public Stream {
 public:
  TlsStream(SSL_CTX* context, std::unique_ptr<Stream> transport)
      : transport_(std::move(transport)), ssl_(SSL_new(context)) {
    BIO* in = BIO_new(BIO_s_mem());
    BIO* out = BIO_new(BIO_s_mem());
    SSL_set_bio(ssl_.get(), in, out);
    SSL_set_connect_state(ssl_.get());
  }

  SSL* ssl() { return ssl_.get(); }

  Task<Result<void>> connect(Deadline deadline) {
    while (true) {
      ERR_clear_error();
      const int done = SSL_do_handshake(ssl_.get());
      const int why = SSL_get_error(ssl_.get(), done);
      const std::string reason = done == 1 ? std::string() : openssl_reason("the server broke off the handshake");
      const auto sent = co_await flush(deadline);
      if (done == 1) co_return sent;
      if (why != SSL_ERROR_WANT_READ) {
        co_return fail(ErrorCode::tls, peer(), eof_ ? "connection closed during the TLS handshake" : reason);
      }
      if (!sent) co_return sent;
      const auto got = co_await fill(deadline);
      if (!got) co_return got;
    }
  }

  Task<Result<std::size_t>> read_some(std::span<std::uint8_t> into, Deadline deadline) override {
    while (true) {
      ERR_clear_error();
      std::size_t n = 0;
      const int ok = SSL_read_ex(ssl_.get(), into.data(), into.size(), &n);
      if (ok == 1) co_return n;
      const int why = SSL_get_error(ssl_.get(), ok);
      if (why == SSL_ERROR_ZERO_RETURN) co_return std::size_t{0};
      if (why != SSL_ERROR_WANT_READ) {
        co_return fail(ErrorCode::tls, peer(), openssl_reason("the TLS connection broke"));
      }
      const auto sent = co_await flush(deadline);
      if (!sent) co_return std::unexpected(sent.error());
      const auto got = co_await fill(deadline);
      if (!got) co_return std::unexpected(got.error());
    }
  }

  Task<Result<void>> write_all(ByteView data, Deadline deadline) override {
    while (!data.empty()) {
      ERR_clear_error();
      std::size_t n = 0;
      const int ok = SSL_write_ex(ssl_.get(), data.data(), data.size(), &n);
      const int why = SSL_get_error(ssl_.get(), ok);
      if (ok != 1 && why != SSL_ERROR_WANT_READ) {
        co_return fail(ErrorCode::tls, peer(), openssl_reason("the TLS connection broke"));
      }
      const auto sent = co_await flush(deadline);
      if (!sent) co_return sent;
      if (ok == 1) {
        data = data.subspan(n);
        continue;
      }
      const auto got = co_await fill(deadline);
      if (!got) co_return got;
    }
    co_return Result<void>{};
  }

  void close(CloseMode mode) override { transport_->close(mode); }
  std::string peer() const override { return transport_->peer(); }

 private:
  // Sends what OpenSSL has written.
  Task<Result<void>> flush(Deadline deadline) {
    BIO* out = SSL_get_wbio(ssl_.get());
    char* data = nullptr;
    const long n = BIO_get_mem_data(out, &data);
    if (n <= 0) co_return Result<void>{};
    const std::string_view text(data, static_cast<std::size_t>(n));
    auto sent = co_await transport_->write_all(as_bytes(text), deadline);
    (void)BIO_reset(out);
    co_return sent;
  }

  // Gives OpenSSL the next bytes, or the end of the stream.
  Task<Result<void>> fill(Deadline deadline) {
    std::array<std::uint8_t, 4096> buffer;  // small: every read in flight holds one
    const auto n = co_await transport_->read_some(buffer, deadline);
    if (!n) co_return std::unexpected(n.error());
    BIO* in = SSL_get_rbio(ssl_.get());
    if (*n == 0) {
      eof_ = true;
      BIO_set_mem_eof_return(in, 0);
    } else {
      BIO_write(in, buffer.data(), static_cast<int>(*n));
    }
    co_return Result<void>{};
  }

  std::unique_ptr<Stream> transport_;
  std::unique_ptr<SSL, SslDeleter> ssl_;
  bool eof_ = false;
};

Bytes alpn_wire(const std::vector<std::string>& protocols) {
  Bytes wire;
  for (const std::string& p : protocols) {
    wire.push_back(static_cast<std::uint8_t>(p.size()));
    wire.insert(wire.end(), p.begin(), p.end());
  }
  return wire;
}

std::string negotiated_group(SSL* ssl) {
  const int id = static_cast<int>(SSL_get_negotiated_group(ssl));
  const char* name = id != NID_undef ? SSL_group_to_name(ssl, id) : nullptr;
  if (name == nullptr) return {};
  // OpenSSL writes X25519 and X448 where IANA has small letters.
  const std::string_view text = name;
  return text == "X25519" || text == "X448" ? ascii_lower(text) : std::string(text);
}

// Timestamps by all three ways, and the stapled OCSP answer.
void describe_timestamps(SSL* ssl, TlsHandshake& record) {
  ScTimestamps& count = record.timestamps.emplace();
  const STACK_OF(SCT)* all = SSL_get0_peer_scts(ssl);
  for (int i = 0; all != nullptr && i < sk_SCT_num(all); ++i) {
    switch (SCT_get_source(sk_SCT_value(all, i))) {
      case SCT_SOURCE_TLS_EXTENSION:
        ++count.tls;
        break;
      case SCT_SOURCE_OCSP_STAPLED_RESPONSE:
        ++count.ocsp;
        break;
      default:
        ++count.embedded;
    }
  }
  ERR_clear_error();
  const unsigned char* staple = nullptr;
  const long size = SSL_get_tlsext_status_ocsp_resp(ssl, static_cast<void*>(&staple));
  if (staple != nullptr && size > 0 && size <= kMaxStapleBytes)
    record.stapled_ocsp = to_base64(ByteView(staple, static_cast<std::size_t>(size)));
}

// Everything that the connection shows, whether or not the handshake was completed.
void describe(ClientContext::Impl& context, SSL* ssl, const std::string& host, bool completed, TlsHandshake& record) {
  STACK_OF(X509)* sent = SSL_get_peer_cert_chain(ssl);
  if (sent != nullptr && sk_X509_num(sent) > 0) {
    std::vector<CertificatePtr> chain;
    chain.reserve(static_cast<std::size_t>(sk_X509_num(sent)));
    for (int i = 0; i < sk_X509_num(sent); ++i) chain.push_back(share(sk_X509_value(sent, i)));
    const auto report = context.verifier.verify(chain, now());
    record.chain = report->chain;
    record.chain_errors = report->errors;
    record.chain_notes = report->notes;
    record.trusted = report->trusted;
    record.anchor = report->anchor;
    record.public_trust = report->public_trust;
    record.name_matches = certificate_matches(chain.front().get(), host);
    describe_timestamps(ssl, record);
  }
  if (!completed) return;
  if (const auto version = version_from_code(static_cast<std::uint16_t>(SSL_version(ssl)))) {
    record.version = std::string(version_name(*version));
  }
  if (const SSL_CIPHER* suite = SSL_get_current_cipher(ssl))
    record.suite = suite_name(SSL_CIPHER_get_protocol_id(suite));
  record.group = negotiated_group(ssl);
  const unsigned char* alpn = nullptr;
  unsigned alpn_size = 0;
  SSL_get0_alpn_selected(ssl, &alpn, &alpn_size);
  if (alpn != nullptr) record.alpn = valid_utf8(as_text({alpn, alpn_size}));
}

// Verification happens afterwards, by report_on(): the handshake itself takes every certificate.
int take_any_chain(X509_STORE_CTX* /*store*/, void* /*argument*/) {
  return 1;
}

// Asking for timestamps makes OpenSSL offer the extensions that carry them, stapled OCSP among them. Nothing depends on
// what it makes of them.
int take_any_timestamps(const CT_POLICY_EVAL_CTX* /*policy*/, const STACK_OF(SCT) * /*timestamps*/,
                        void* /*argument*/) {
  return 1;
}

}  // namespace

ClientContext::ClientContext(std::shared_ptr<const TrustStore> trust)
    : impl_(std::make_unique<Impl>(std::move(trust))) {
  impl_->context.reset(SSL_CTX_new(TLS_client_method()));
  SSL_CTX* context = impl_->context.get();
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_options(context, SSL_OP_LEGACY_SERVER_CONNECT | SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_NO_RENEGOTIATION |
                                   SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_min_proto_version(context, TLS1_VERSION);
  SSL_CTX_set_security_level(context, 0);
  // Everything with a certificate; the strong ones first.
  SSL_CTX_set_cipher_list(context, "DEFAULT:ALL:!aNULL:!eNULL:!PSK:!SRP:@SECLEVEL=0");
  SSL_CTX_set_cert_verify_callback(context, &take_any_chain, nullptr);
  SSL_CTX_set_ct_validation_callback(context, &take_any_timestamps, nullptr);
}

ClientContext::~ClientContext() = default;

ChainVerifier& ClientContext::verifier() {
  return impl_->verifier;
}

IssuerFiles& ClientContext::issuer_files() {
  return impl_->issuer_files;
}

Task<Session> handshake(ClientContext& context, std::unique_ptr<Stream> transport, std::string host, int port,
                        std::string address, std::vector<std::string> alpn, Deadline deadline) {
  Session session;
  session.record.host = host;
  session.record.port = port;
  session.record.address = std::move(address);
  session.record.trust_store = context.verifier().trust().description();
  auto stream = std::make_unique<TlsStream>(context.impl().context.get(), std::move(transport));
  std::string name = host;
  if (name.ends_with('.')) name.pop_back();
  if (!parse_address(host)) {
    session.record.server_name = name;
    SSL_set_tlsext_host_name(stream->ssl(), name.c_str());
  }
  const Bytes wire = alpn_wire(alpn);
  if (!wire.empty()) SSL_set_alpn_protos(stream->ssl(), wire.data(), static_cast<unsigned>(wire.size()));
  const auto connected = co_await stream->connect(deadline);
  describe(context.impl(), stream->ssl(), host, connected.has_value(), session.record);
  if (connected) {
    session.stream = std::move(stream);
  } else {
    session.record.failure = Failure{std::string(to_string(connected.error().code)), connected.error().reason};
    stream->close(CloseMode::reset);
  }
  co_return session;
}

}  // namespace assay::net::tls

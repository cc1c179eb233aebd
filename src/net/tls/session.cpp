#include "net/tls/session.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <utility>

#include "base/text.h"
#include "net/tls/certificate.h"
#include "net/tls/code_points.h"
#include "net/tls/trust_store.h"

namespace assay::net::tls {

namespace {

// What a chain looks like and whether it verifies; the same for every server that sends it on the same day.
struct ChainReport {
  std::vector<CertificateRecord> chain;
  std::vector<ChainError> errors;
  bool trusted = false;
};

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
  std::shared_ptr<const TrustStore> trust;
  std::unique_ptr<SSL_CTX, SslDeleter> context;
  std::map<Bytes, ChainReport> reports;  // by SHA-256 of the chain and the day
};

namespace {

constexpr std::size_t kMaxCachedReports = 4096;

// Below 112 bits a key or signature is reported (NIST SP 800-57: RSA under 2048, EC under 224, SHA-1).
constexpr int kStrengthLevel = 2;

bool is_weakness(const ChainError& error) {
  return error.rule == "weak-signature" || error.rule == "weak-key";
}

struct Verification {
  std::vector<ChainError>* errors = nullptr;
  bool only_leaf_sent = false;
};

// Called for each thing that is wrong; it is noted and verification goes on.
int note_error(int ok, X509_STORE_CTX* store) {
  if (ok == 1) return 1;
  const auto* run = static_cast<Verification*>(X509_STORE_CTX_get_app_data(store));
  const int code = X509_STORE_CTX_get_error(store);
  ChainError error;
  error.rule = chain_rule(code, run->only_leaf_sent);
  error.depth = X509_STORE_CTX_get_error_depth(store);
  error.detail = X509_verify_cert_error_string(code);
  for (const ChainError& known : *run->errors) {
    if (known.rule == error.rule && known.depth == error.depth) return 1;
  }
  if (const X509* certificate = X509_STORE_CTX_get_current_cert(store)) {
    Sha256 hash{};
    if (X509_digest(certificate, EVP_sha256(), hash.data(), nullptr) == 1) error.sha256 = to_hex(hash);
  }
  run->errors->push_back(std::move(error));
  return 1;
}

ChainReport examine(const TrustStore& trust, STACK_OF(X509) * chain) {
  ChainReport report;
  for (int i = 0; i < sk_X509_num(chain); ++i) report.chain.push_back(describe_certificate(sk_X509_value(chain, i)));
  const std::unique_ptr<X509_STORE_CTX, decltype(&X509_STORE_CTX_free)> run(X509_STORE_CTX_new(), &X509_STORE_CTX_free);
  Verification verification{.errors = &report.errors, .only_leaf_sent = sk_X509_num(chain) == 1};
  if (!run || X509_STORE_CTX_init(run.get(), trust.impl().store.get(), sk_X509_value(chain, 0), chain) != 1) {
    report.errors.push_back({.rule = "other", .depth = 0, .sha256 = {}, .detail = openssl_reason("cannot verify")});
    return report;
  }
  X509_STORE_CTX_set_app_data(run.get(), &verification);
  X509_STORE_CTX_set_verify_cb(run.get(), &note_error);
  X509_STORE_CTX_set_default(run.get(), "ssl_server");
  X509_VERIFY_PARAM_set_auth_level(X509_STORE_CTX_get0_param(run.get()), kStrengthLevel);
  const bool verified = X509_verify_cert(run.get()) == 1;
  if (!verified && report.errors.empty()) {
    report.errors.push_back({.rule = "other", .depth = 0, .sha256 = {}, .detail = openssl_reason("cannot verify")});
  }
  ERR_clear_error();
  report.trusted = verified && std::ranges::all_of(report.errors, &is_weakness);
  return report;
}

const ChainReport& report_on(ClientContext::Impl& context, STACK_OF(X509) * chain) {
  Bytes key(static_cast<std::size_t>(sk_X509_num(chain)) * sizeof(Sha256));
  for (int i = 0; i < sk_X509_num(chain); ++i) {
    X509_digest(sk_X509_value(chain, i), EVP_sha256(), &key[static_cast<std::size_t>(i) * sizeof(Sha256)], nullptr);
  }
  const Sha256 whole = sha256(key);
  key.assign(whole.begin(), whole.end());
  const auto today = std::chrono::floor<std::chrono::days>(now()).time_since_epoch().count();
  for (unsigned shift = 0; shift < 32; shift += 8) {
    key.push_back(static_cast<std::uint8_t>((static_cast<std::uint32_t>(today) >> shift) & 0xFFU));
  }
  const auto known = context.reports.find(key);
  if (known != context.reports.end()) return known->second;
  if (context.reports.size() >= kMaxCachedReports) context.reports.clear();
  return context.reports.emplace(std::move(key), examine(*context.trust, chain)).first->second;
}

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

// Everything that the connection shows, whether or not the handshake was completed.
void describe(ClientContext::Impl& context, SSL* ssl, const std::string& host, bool completed, TlsHandshake& record) {
  STACK_OF(X509)* chain = SSL_get_peer_cert_chain(ssl);
  if (chain != nullptr && sk_X509_num(chain) > 0) {
    const ChainReport& report = report_on(context, chain);
    record.chain = report.chain;
    record.chain_errors = report.errors;
    record.trusted = report.trusted;
    record.name_matches = certificate_matches(sk_X509_value(chain, 0), host);
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

}  // namespace

ClientContext::ClientContext(std::shared_ptr<const TrustStore> trust) : impl_(std::make_unique<Impl>()) {
  impl_->trust = std::move(trust);
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
}

ClientContext::~ClientContext() = default;

Task<Session> handshake(ClientContext& context, std::unique_ptr<Stream> transport, std::string host, int port,
                        std::string address, std::vector<std::string> alpn, Deadline deadline) {
  Session session;
  session.record.host = host;
  session.record.port = port;
  session.record.address = std::move(address);
  session.record.trust_store = context.impl().trust->description();
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

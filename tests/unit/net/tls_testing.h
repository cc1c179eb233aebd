#pragma once

// What the TLS tests share: certificates made on the spot, OpenSSL servers in memory, and coroutines that never wait.

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "net/stream.h"
#include "net/tls/enumerate.h"

namespace assay::net::tls::testing {

struct Free {
  void operator()(X509* p) const { X509_free(p); }
  void operator()(EVP_PKEY* p) const { EVP_PKEY_free(p); }
  void operator()(SSL_CTX* p) const { SSL_CTX_free(p); }
  void operator()(SSL* p) const { SSL_free(p); }
};
using X509Ptr = std::unique_ptr<X509, Free>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Free>;
using ContextPtr = std::unique_ptr<SSL_CTX, Free>;
using SslPtr = std::unique_ptr<SSL, Free>;

// A coroutine that is run at once; it must not wait for anything.
struct Immediate {
  struct promise_type {
    Immediate get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() noexcept { std::terminate(); }
  };
};

template <class T>
Immediate start(Task<T> task, std::optional<T>& result) {
  result.emplace(co_await task);
}

template <class T>
T run_now(Task<T> task) {
  std::optional<T> result;
  start(std::move(task), result);
  return std::move(result.value());
}

enum class Key { p256, p384, rsa1024, rsa2048, rsa2052, ed25519, dsa };

struct CertificateSpec {
  Key key = Key::p256;
  std::string subject = "CN=app.example";
  std::string names =
      "DNS:app.example";  // subject alternative names as OpenSSL's configuration writes them; may be empty
  int from_day = -1;      // validity, relative to now
  int to_day = 30;
  bool ca = false;
  bool sha1 = false;
  std::string constraints;             // name constraints, e.g. "permitted;DNS:other.example"
  std::string purpose = "serverAuth";  // extended key usage of what is no authority; "" for none
  std::string path_length;             // of an authority, e.g. "0"
  std::string serial;                  // hex; "" for one of its own
  bool key_identifiers = true;
  bool version_1 = false;                           // without any extension
  std::vector<std::pair<int, std::string>> others;  // extensions by NID, as OpenSSL's configuration writes them
};

struct Certificate {
  X509Ptr x509;
  KeyPtr key;
  std::string pem() const;
  std::string key_pem() const;
  Bytes der() const;
};

// Signed by `issuer`, or by its own key when there is none.
Certificate make_certificate(const CertificateSpec& spec, const Certificate* issuer = nullptr);

struct ServerSpec {
  int min_version = TLS1_2_VERSION;
  int max_version = TLS1_3_VERSION;
  std::string ciphers;  // TLS 1.2 and below; empty: OpenSSL's default
  std::string suites;   // TLS 1.3; empty: OpenSSL's default
  std::string groups;   // empty: OpenSSL's default
  bool server_order = false;
  bool dh = false;  // with 2048-bit parameters
  std::vector<const Certificate*> certificates;
  std::vector<const Certificate*> chain;  // sent behind the leaf
};
ContextPtr make_server(const ServerSpec& spec);

// An OpenSSL server in memory that answers single hellos. Counts them.
class ServerProber final : public Prober {
 public:
  explicit ServerProber(SSL_CTX* server) : server_(server) {}
  Task<Answer> ask(ClientHello hello) override;
  int asked = 0;

 private:
  SSL_CTX* server_;
};

// The client's end of a connection to an OpenSSL server in memory, which echoes what it is sent.
class ServerStream final : public Stream {
 public:
  explicit ServerStream(SSL_CTX* server);
  Task<Result<std::size_t>> read_some(std::span<std::uint8_t> into, Deadline deadline) override;
  Task<Result<void>> write_all(ByteView data, Deadline deadline) override;
  void close(CloseMode mode) override;
  std::string peer() const override { return "memory"; }
  std::string server_name() const;

 private:
  void drive();
  SslPtr ssl_;
  bool closed_ = false;
};

}  // namespace assay::net::tls::testing

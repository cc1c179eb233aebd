#pragma once

// A server on loopback that does what a test tells it, one thread a connection: for the HTTP client's tests.

#include <openssl/ssl.h>

#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "loopback.h"

namespace assay::net::http::testing {

// The server's end of one connection.
class Peer {
 public:
  Peer(int fd, SSL_CTX* tls);
  ~Peer();
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  // The next request with its body; "" when the client closed.
  std::string request();
  // False when the client does not take it any more.
  bool send(std::string_view bytes);
  // Waits until the client closes.
  void wait();
  // Closes with RST.
  void reset();

 private:
  std::string read();
  int fd_;
  SSL* ssl_ = nullptr;
  std::string buffer_;
};

class ScriptedServer {
 public:
  // `serve(peer, n)` is called for connection n = 0, 1, …, on a thread of its own; the connection ends with it.
  using Serve = std::function<void(Peer&, int)>;
  explicit ScriptedServer(Serve serve, SSL_CTX* tls = nullptr);
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  std::uint16_t port() const { return port_; }
  int connections() const;

 private:
  void accept_all();
  net::testing::Listener listener_;
  std::uint16_t port_;
  Serve serve_;
  SSL_CTX* tls_;
  mutable std::mutex mutex_;
  std::vector<int> open_;
  std::vector<std::thread> threads_;
  int accepted_ = 0;
  std::thread acceptor_;
};

}  // namespace assay::net::http::testing

#pragma once

// The sockets of our server: HTTP/1.1 over TCP or TLS, on one I/O thread; handlers run on a pool of threads. The only
// header of the room behind which Asio and Beast are.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/error.h"
#include "server/log.h"
#include "server/service.h"

namespace assay::server {

struct ListenerSettings {
  std::string address = "127.0.0.1";  // to listen on
  std::uint16_t port = 8080;          // 0: any free one
  std::string tls_certificate;        // PEM files; empty: plain HTTP, which is for loopback and behind a proxy only
  std::string tls_key;
  bool behind_proxy = false;  // a proxy in front ends TLS and counts connections of one address

  std::size_t connections = 4000;            // at once
  std::size_t connections_of_address = 200;  // at once; event streams count
  int requests_of_connection = 1000;
  std::size_t handlers_waiting = 1000;               // requests that wait for a thread; more are answered 503
  std::size_t body_bytes = std::size_t{256} << 20U;  // of all requests that are being read or handled
  int handler_threads = 8;

  std::chrono::milliseconds handshake_time{10'000};
  std::chrono::milliseconds head_time{10'000};   // from the first byte to the end of the header
  std::chrono::milliseconds body_time{30'000};   // for the first 500 kB; then in proportion
  std::chrono::milliseconds idle_time{60'000};   // between requests
  std::chrono::milliseconds write_time{30'000};  // for each part of an answer
  std::chrono::milliseconds heartbeat{15'000};   // of event streams
  std::chrono::milliseconds grace{10'000};       // for requests that are under way when the server stops
};

class Listener {
 public:
  // Binds and listens. `service` and `log` outlive it. Errors: plain HTTP on an address that is not loopback and no
  // proxy in front, a certificate that cannot be used, an address that is taken.
  static Result<std::unique_ptr<Listener>> open(ListenerSettings settings, Service& service, Log& log);
  ~Listener();

  std::uint16_t port() const;
  // "https://127.0.0.1:8443"
  std::string url() const;

  // Serves until stop(), then lets requests under way end within the grace. Call once.
  void run();
  // Thread-safe; may be called from a thread that waits for signals.
  void stop();

  struct Impl;

 private:
  explicit Listener(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace assay::server

#pragma once

// The client's connections: one lane per origin, which holds at most one kept-alive connection and lets one exchange
// through at a time.

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/error.h"
#include "base/time.h"
#include "base/url.h"
#include "net/address.h"
#include "net/gate.h"
#include "net/loop.h"
#include "net/stream.h"
#include "net/task.h"
#include "net/tls/session.h"

namespace assay::net::http {

struct Connection {
  std::unique_ptr<Stream> stream;
  IpAddress address;
  bool tls_trusted = false;
};

// One origin's turn-taking. While held, nobody else uses the lane's connection.
class Lane {
 public:
  explicit Lane(Loop& loop) : freed_(loop) {}

  class Hold {
   public:
    explicit Hold(std::shared_ptr<Lane> lane) : lane_(std::move(lane)) {}
    Hold(Hold&&) noexcept = default;
    Hold& operator=(Hold&&) = delete;
    ~Hold() {
      if (lane_) lane_->release();
    }
    std::optional<Connection>& kept() { return lane_->kept_; }

   private:
    std::shared_ptr<Lane> lane_;
  };

  // Waits until the lane is free. Errors: timeout, cancelled.
  static Task<Result<Hold>> acquire(std::shared_ptr<Lane> lane, Deadline deadline);

  // Closes the connection unless somebody holds the lane.
  void close_idle();

 private:
  void release();

  Event freed_;
  bool busy_ = false;
  std::optional<Connection> kept_;
};

class Connections {
 public:
  Connections(Gate& gate, ScanContext& scan, tls::ClientContext& tls) : gate_(&gate), scan_(&scan), tls_(&tls) {}

  std::shared_ptr<Lane> lane(const Url& url);

  // Connects to the first of `addresses` that can be connected to, with TLS for https. An untrusted chain is no error.
  // Errors: those of Gate::connect_first(), tls.
  Task<Result<Connection>> open(Url url, std::vector<IpAddress> addresses);

  // Closes the kept connections that no exchange is using.
  void close_idle();

  // False when a kept connection was closed by the peer, or holds bytes that nobody asked for.
  static Task<bool> is_quiet(Stream& stream);

 private:
  Task<Result<Connection>> secure(Url url, Connection plain);

  Gate* gate_;
  ScanContext* scan_;
  tls::ClientContext* tls_;
  std::map<std::string, std::shared_ptr<Lane>> lanes_;
};

}  // namespace assay::net::http

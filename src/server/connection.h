#pragma once

// One connection of our server. For listener.cpp and connection.cpp only: the rest of the room knows no Asio.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <set>
#include <string>

#include "server/listener.h"
#include "server/service.h"

namespace assay::server {

class ConnectionBase {
 public:
  virtual ~ConnectionBase() = default;
  // The server stops: an idle connection ends at once, an event stream after what waits, any other after its answer.
  virtual void wind_up() = 0;
};

// What all connections share; used on the I/O thread only.
struct ConnectionShared {
  ConnectionShared(ListenerSettings given, Service& serves) : settings(std::move(given)), service(serves) {}

  ListenerSettings settings;
  Service& service;
  std::set<ConnectionBase*> open;
  std::size_t handlers = 0;    // requests that wait for a thread or have one
  std::size_t body_bytes = 0;  // promised to requests
  bool stopping = false;
};

// What the socket tells of a client.
struct Peer {
  std::string address;
  bool secure = false;
  bool loopback = false;
};

using Pool = boost::asio::thread_pool::executor_type;

// Serve requests until the connection ends. `shared` and `tls` outlive it.
boost::asio::awaitable<void> serve_plain(ConnectionShared& shared, Pool pool, boost::asio::ip::tcp::socket socket,
                                         Peer peer);
boost::asio::awaitable<void> serve_tls(ConnectionShared& shared, Pool pool, boost::asio::ip::tcp::socket socket,
                                       boost::asio::ssl::context& tls, Peer peer);

}  // namespace assay::server

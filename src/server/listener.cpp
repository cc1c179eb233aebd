#include "server/listener.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <map>
#include <set>

#include "net/address.h"
#include "server/connection.h"
#include "server/tls_context.h"

namespace assay::server {

namespace asio = boost::asio;
using Tcp = asio::ip::tcp;

namespace {

constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::minutes kCertificateCheck{1};

std::int64_t modified(const std::string& path) {
  struct stat state{};
  return stat(path.c_str(), &state) == 0 ? static_cast<std::int64_t>(state.st_mtime) : -1;
}

}  // namespace

// Everything but `stop` is used on the I/O thread.
struct Listener::Impl {
  Impl(ListenerSettings given, Service& serves, Log& writes)
      : log(writes),
        shared(std::move(given), serves),
        pool(static_cast<std::size_t>(shared.settings.handler_threads)) {}

  Result<void> listen();
  Result<void> load_certificate();
  void renew_certificate();
  asio::awaitable<void> accept();
  asio::awaitable<void> serve(Tcp::socket socket, Tcp::endpoint peer);
  bool admit(const std::string& address);
  void begin_stop();
  void leave(const std::string& address);

  Log& log;
  ConnectionShared shared;
  std::map<std::string, std::size_t> of_address;
  std::size_t connections = 0;
  std::shared_ptr<asio::ssl::context> tls;  // null for plain HTTP
  std::int64_t certificate_time = -1;
  std::chrono::steady_clock::time_point certificate_checked;
  asio::thread_pool pool;
  asio::io_context io{1};
  Tcp::acceptor acceptor{io};
  asio::steady_timer grace{io};
};

Result<void> Listener::Impl::load_certificate() {
  const ListenerSettings& settings = shared.settings;
  certificate_checked = std::chrono::steady_clock::now();
  certificate_time = modified(settings.tls_certificate);
  auto made = make_tls_context(settings.tls_certificate, settings.tls_key);
  if (!made) return std::unexpected(made.error());
  tls = std::make_shared<asio::ssl::context>(made->release());
  return {};
}

// A certificate that was renewed on the disk is taken up within a minute, without a restart.
void Listener::Impl::renew_certificate() {
  if (std::chrono::steady_clock::now() - certificate_checked < kCertificateCheck) return;
  certificate_checked = std::chrono::steady_clock::now();
  if (modified(shared.settings.tls_certificate) == certificate_time) return;
  if (const auto loaded = load_certificate(); !loaded)
    log.write(Severity::error, "tls.certificate", {{"error", loaded.error().message()}, {"kept", "the one before"}});
}

Result<void> Listener::Impl::listen() {
  const ListenerSettings& settings = shared.settings;
  const std::string thing = fmt::format("--listen {}:{}", settings.address, settings.port);
  boost::system::error_code error;
  const auto address = asio::ip::make_address(settings.address, error);
  if (error) return fail(ErrorCode::invalid_input, thing, "is no address", "give one such as 127.0.0.1:8080");
  if (settings.tls_certificate.empty() != settings.tls_key.empty())
    return fail(ErrorCode::invalid_input, "--tls-cert, --tls-key", "go together", "give both");
  if (!settings.tls_certificate.empty()) {
    if (auto loaded = load_certificate(); !loaded) return loaded;
  } else if (!address.is_loopback() && !settings.behind_proxy) {
    return fail(ErrorCode::invalid_input, thing, "would serve passwordless plain HTTP beyond this machine",
                "give --tls-cert and --tls-key, or --behind-proxy when a proxy in front ends TLS");
  }
  const Tcp::endpoint endpoint(address, settings.port);
  // Each gives `error` again.
  static_cast<void>(acceptor.open(endpoint.protocol(), error));
  if (!error) static_cast<void>(acceptor.set_option(Tcp::acceptor::reuse_address(true), error));
  if (!error) static_cast<void>(acceptor.bind(endpoint, error));
  if (!error) static_cast<void>(acceptor.listen(1024, error));
  if (error) return fail(ErrorCode::io, thing, error.message(), "choose another address or port");
  return {};
}

bool Listener::Impl::admit(const std::string& address) {
  const ListenerSettings& settings = shared.settings;
  if (connections >= settings.connections) return false;
  std::size_t& own = of_address[address];
  // Behind a proxy every connection has the proxy's address.
  if (own >= settings.connections_of_address && !settings.behind_proxy) return false;
  ++own;
  ++connections;
  return true;
}

void Listener::Impl::leave(const std::string& address) {
  --connections;
  if (--of_address[address] == 0) of_address.erase(address);
  if (shared.stopping && connections == 0) grace.cancel();
}

asio::awaitable<void> Listener::Impl::accept() {
  while (acceptor.is_open()) {
    Tcp::socket socket(io);
    Tcp::endpoint peer;
    const auto [error] = co_await acceptor.async_accept(socket, peer, kTuple);
    if (!acceptor.is_open()) co_return;
    if (error) {
      // Out of file descriptors, most likely: wait until connections end.
      asio::steady_timer pause(io, std::chrono::milliseconds(100));
      co_await pause.async_wait(kTuple);
      continue;
    }
    if (!admit(peer.address().to_string())) continue;
    if (tls) renew_certificate();
    asio::co_spawn(io, serve(std::move(socket), peer), asio::detached);
  }
}

asio::awaitable<void> Listener::Impl::serve(Tcp::socket socket, Tcp::endpoint peer) {
  boost::system::error_code ignored;
  static_cast<void>(socket.set_option(Tcp::no_delay(true), ignored));
  const std::string address = peer.address().to_string();
  const Peer facts{.address = address, .secure = tls != nullptr, .loopback = peer.address().is_loopback()};
  try {
    if (tls) {
      co_await serve_tls(shared, pool.get_executor(), std::move(socket), *tls, facts);
    } else {
      co_await serve_plain(shared, pool.get_executor(), std::move(socket), facts);
    }
  } catch (const std::exception& thrown) {  // out of memory: this connection ends, the others go on
    log.write(Severity::error, "connection.failed", {{"peer", address}, {"error", thrown.what()}});
  }
  leave(address);
}

void Listener::Impl::begin_stop() {
  if (shared.stopping) return;
  shared.stopping = true;
  boost::system::error_code ignored;
  static_cast<void>(acceptor.close(ignored));
  const auto open = shared.open;  // ending one changes the set
  for (ConnectionBase* connection : open) connection->wind_up();
  if (connections == 0) return;
  grace.expires_after(shared.settings.grace);
  grace.async_wait([this](boost::system::error_code error) {
    if (!error) io.stop();
  });
}

Listener::Listener(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Listener::~Listener() = default;

Result<std::unique_ptr<Listener>> Listener::open(ListenerSettings settings, Service& service, Log& log) {
  auto impl = std::make_unique<Impl>(std::move(settings), service, log);
  if (auto listening = impl->listen(); !listening) return std::unexpected(listening.error());
  return std::unique_ptr<Listener>(new Listener(std::move(impl)));
}

std::uint16_t Listener::port() const {
  boost::system::error_code error;
  return impl_->acceptor.local_endpoint(error).port();
}

std::string Listener::url() const {
  const auto address = net::parse_address(impl_->shared.settings.address);
  return (impl_->tls ? "https://" : "http://") + (address ? net::format_endpoint(*address, port()) : std::string());
}

void Listener::run() {
  asio::co_spawn(impl_->io, impl_->accept(), asio::detached);
  impl_->io.run();
  impl_->pool.join();
}

void Listener::stop() {
  Impl* const impl = impl_.get();
  asio::post(impl->io, [impl] { impl->begin_stop(); });
}

}  // namespace assay::server

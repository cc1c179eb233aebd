#include "net/tcp.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <system_error>

namespace assay::net {

namespace {

std::unexpected<Error> system_failure(std::string thing, int number) {
  return fail(ErrorCode::connection, std::move(thing), std::generic_category().message(number));
}

// Errors of the loop name no peer; this says whose they are.
std::unexpected<Error> of_peer(Error error, const std::string& peer) {
  error.thing = peer;
  return std::unexpected<Error>(std::move(error));
}

class TcpStream final : public Stream {
 public:
  TcpStream(Descriptor descriptor, std::string peer) : descriptor_(std::move(descriptor)), peer_(std::move(peer)) {}

  Task<Result<std::size_t>> read_some(std::span<std::uint8_t> into, Deadline deadline) override {
    for (;;) {
      if (closed_) co_return fail(ErrorCode::connection, peer_, "the connection was closed by us");
      const auto n = ::recv(descriptor_.fd(), into.data(), into.size(), 0);
      if (n >= 0) co_return static_cast<std::size_t>(n);
      if (errno == EINTR) continue;
      if (errno != EAGAIN && errno != EWOULDBLOCK) co_return system_failure(peer_, errno);
      auto ready = co_await descriptor_.wait(Readiness::readable, deadline);
      if (!ready) co_return of_peer(std::move(ready.error()), peer_);
    }
  }

  Task<Result<void>> write_all(ByteView data, Deadline deadline) override {
    while (!data.empty()) {
      if (closed_) co_return fail(ErrorCode::connection, peer_, "the connection was closed by us");
      const auto n = ::send(descriptor_.fd(), data.data(), data.size(), MSG_NOSIGNAL);
      if (n >= 0) {
        data = data.subspan(static_cast<std::size_t>(n));
        continue;
      }
      if (errno == EINTR) continue;
      if (errno != EAGAIN && errno != EWOULDBLOCK) co_return system_failure(peer_, errno);
      auto ready = co_await descriptor_.wait(Readiness::writable, deadline);
      if (!ready) co_return of_peer(std::move(ready.error()), peer_);
    }
    co_return Result<void>{};
  }

  void close(CloseMode mode) override {
    if (closed_) return;
    closed_ = true;
    if (mode == CloseMode::reset) {
      const linger now{.l_onoff = 1, .l_linger = 0};
      ::setsockopt(descriptor_.fd(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
    }
    const Descriptor closing = std::move(descriptor_);
  }

  std::string peer() const override { return peer_; }

 private:
  Descriptor descriptor_;
  std::string peer_;
  bool closed_ = false;
};

// The address that the kernel says we talk to is the one that the gate approved.
Result<void> check_peer(int fd, const IpAddress& address, std::uint16_t port, const std::string& peer) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (::getpeername(fd, reinterpret_cast<sockaddr*>(&storage), &size) != 0) return system_failure(peer, errno);
  const auto actual = from_sockaddr(storage);
  if (!actual || actual->first != address || actual->second != port)
    return fail(ErrorCode::egress_refused, peer,
                "the system connected to another address than the one that was checked");
  return {};
}

}  // namespace

Task<Result<std::unique_ptr<Stream>>> connect_tcp(Loop& loop, IpAddress address, std::uint16_t port,
                                                  Deadline deadline) {
  const std::string peer = format_endpoint(address, port);
  const int fd = ::socket(address.v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
  if (fd < 0) co_return system_failure(peer, errno);
  Descriptor descriptor(loop, fd);
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_storage storage{};
  const auto size = to_sockaddr(address, port, storage);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&storage), size) != 0) {
    if (errno != EINPROGRESS && errno != EINTR) co_return system_failure(peer, errno);
    auto ready = co_await descriptor.wait(Readiness::writable, deadline);
    if (!ready) co_return of_peer(std::move(ready.error()), peer);
    int number = 0;
    socklen_t length = sizeof number;
    ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &number, &length);
    if (number != 0) co_return system_failure(peer, number);
  }
  if (auto same = check_peer(fd, address, port, peer); !same) co_return std::unexpected(same.error());
  co_return std::make_unique<TcpStream>(std::move(descriptor), peer);
}

}  // namespace assay::net

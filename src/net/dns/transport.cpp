#include "net/dns/transport.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <memory>
#include <optional>
#include <string>
#include <system_error>

#include "net/stream.h"
#include "net/tcp.h"

namespace assay::net::dns {

namespace {

// Wrong answers are dropped; so many of them are an attack.
constexpr int kWrongDatagrams = 64;
// More than any server sends to those who say that they take 1232 bytes.
constexpr std::size_t kLargestDatagram = 4096;

bool no_route(int number) {
  return number == ENETUNREACH || number == EADDRNOTAVAIL || number == EAFNOSUPPORT;
}

std::unexpected<Error> system_failure(const std::string& peer, int number) {
  if (no_route(number)) return fail(ErrorCode::unsupported, peer, "this machine has no route to the address");
  return fail(ErrorCode::connection, peer, std::generic_category().message(number));
}

// One datagram, or nullopt when there is none yet. Not a coroutine: the buffer stays out of the coroutine's frame.
Result<std::optional<Bytes>> receive(int fd, const std::string& peer) {
  std::array<std::uint8_t, kLargestDatagram> buffer{};
  for (;;) {
    const auto n = ::recv(fd, buffer.data(), buffer.size(), 0);
    if (n >= 0) return Bytes(buffer.begin(), buffer.begin() + n);
    if (errno == EINTR) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) return std::nullopt;
    return system_failure(peer, errno);
  }
}

}  // namespace

Task<Result<Bytes>> exchange_udp(Loop& loop, IpAddress address, std::uint16_t port, ByteView message,
                                 const IsAnswer& is_answer, Deadline deadline) {
  const auto peer = format_endpoint(address, port);
  const int fd = ::socket(address.v6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_UDP);
  if (fd < 0) co_return system_failure(peer, errno);
  Descriptor descriptor(loop, fd);
  sockaddr_storage storage{};
  const auto size = to_sockaddr(address, port, storage);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&storage), size) != 0) co_return system_failure(peer, errno);
  // A datagram that finds no room is lost like any other: the caller asks again.
  if (::send(fd, message.data(), message.size(), MSG_NOSIGNAL) < 0 && errno != EAGAIN && errno != EWOULDBLOCK)
    co_return system_failure(peer, errno);
  for (int wrong = 0; wrong < kWrongDatagrams;) {
    auto came = receive(fd, peer);
    if (!came) co_return std::unexpected(came.error());
    if (*came && is_answer(**came)) co_return std::move(**came);
    if (*came) {
      ++wrong;
      continue;
    }
    auto ready = co_await descriptor.wait(Readiness::readable, deadline);
    if (!ready) co_return fail(ready.error().code, peer, "no answer over UDP");
  }
  co_return fail(ErrorCode::protocol, peer, "too many datagrams that answer something else");
}

Task<Result<Bytes>> exchange_tcp(Loop& loop, IpAddress address, std::uint16_t port, ByteView message,
                                 const IsAnswer& is_answer, Deadline deadline) {
  auto stream = co_await connect_tcp(loop, address, port, deadline);
  if (!stream) co_return std::unexpected(stream.error());
  const auto peer = (*stream)->peer();
  Bytes framed{static_cast<std::uint8_t>(message.size() >> 8U), static_cast<std::uint8_t>(message.size())};
  framed.insert(framed.end(), message.begin(), message.end());
  if (auto written = co_await (*stream)->write_all(framed, deadline); !written)
    co_return std::unexpected(written.error());
  Bytes answer(2);
  bool sized = false;
  for (std::size_t have = 0; have < answer.size();) {
    auto n = co_await (*stream)->read_some(std::span(answer).subspan(have), deadline);
    if (!n) co_return std::unexpected(n.error());
    if (*n == 0) co_return fail(ErrorCode::connection, peer, "the server closed the connection before its answer");
    have += *n;
    if (have < answer.size() || sized) continue;
    sized = true;
    answer.resize(static_cast<std::size_t>(answer[0] << 8U | answer[1]));
    have = 0;
  }
  if (!is_answer(answer)) co_return fail(ErrorCode::protocol, peer, "the answer belongs to another question");
  co_return answer;
}

}  // namespace assay::net::dns

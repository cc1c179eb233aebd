// The floor that a scan is measured against: the same number of TCP probes, TLS handshakes and keep-alive requests per
// app as the sweep made, with blocking sockets and OpenSSL and nothing else. Prints CPU per app as JSON.
//
//   bench_raw HOSTS_FILE PORT CA_FILE PROBES HANDSHAKES REQUESTS
//
// HOSTS_FILE has one "host address" a line, one for each app.

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>

#include "net/tls/client_hello.h"

namespace {

std::int64_t cpu_microseconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1'000'000LL + usage.ru_utime.tv_usec +
         usage.ru_stime.tv_usec;
}

int connect_to(const std::string& address, int port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int one = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<std::uint16_t>(port));
  if (inet_pton(AF_INET, address.c_str(), &to.sin_addr) != 1 ||
      ::connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) {
    std::perror("connect");
    std::exit(1);
  }
  return fd;
}

void close_with_reset(int fd) {
  const linger now{1, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  ::close(fd);
}

void probe(const std::string& address, int port, const assay::Bytes& hello) {
  const int fd = connect_to(address, port);
  char answer[8192];
  if (::send(fd, hello.data(), hello.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(hello.size()) ||
      ::recv(fd, answer, sizeof answer, 0) <= 0) {
    std::perror("probe");
    std::exit(1);
  }
  close_with_reset(fd);
}

void handshake(SSL_CTX* context, const std::string& address, int port, const std::string& host, int requests) {
  const int fd = connect_to(address, port);
  const std::unique_ptr<SSL, decltype(&SSL_free)> ssl(SSL_new(context), &SSL_free);
  SSL_set_fd(ssl.get(), fd);
  SSL_set_tlsext_host_name(ssl.get(), host.c_str());
  SSL_set1_host(ssl.get(), host.c_str());
  if (SSL_connect(ssl.get()) != 1) {
    fmt::print(stderr, "handshake with {} failed\n", host);
    std::exit(1);
  }
  const std::string request =
      fmt::format("GET / HTTP/1.1\r\nHost: {}:{}\r\nAccept-Encoding: identity\r\n\r\n", host, port);
  for (int i = 0; i < requests; ++i) {
    SSL_write(ssl.get(), request.data(), static_cast<int>(request.size()));
    char answer[16384];
    std::string head;
    while (head.find("\r\n\r\n") == std::string::npos) {
      const int n = SSL_read(ssl.get(), answer, sizeof answer);
      if (n <= 0) std::exit(1);
      head.append(answer, static_cast<std::size_t>(n));
    }
    const auto at = head.find("Content-Length: ");
    const std::size_t length = at == std::string::npos ? 0 : std::strtoul(head.c_str() + at + 16, nullptr, 10);
    for (std::size_t got = head.size() - head.find("\r\n\r\n") - 4; got < length;) {
      const int n = SSL_read(ssl.get(), answer, sizeof answer);
      if (n <= 0) std::exit(1);
      got += static_cast<std::size_t>(n);
    }
  }
  SSL_shutdown(ssl.get());
  ::close(fd);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 7) {
    fmt::print(stderr, "usage: bench_raw HOSTS_FILE PORT CA_FILE PROBES HANDSHAKES REQUESTS\n");
    return 2;
  }
  const int port = std::atoi(argv[2]), probes = std::atoi(argv[4]), handshakes = std::atoi(argv[5]),
            requests = std::atoi(argv[6]);
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free);
  if (SSL_CTX_load_verify_file(context.get(), argv[3]) != 1) return 2;
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);

  // One hello of ours, replayed: what a probe costs without building it.
  assay::net::tls::ClientHello offer;
  offer.server_name = "bench.example";
  offer.suites = {0x1301, 0x1302, 0x1303};
  offer.groups = {0x001D, 0x0017};
  const auto hello = assay::net::tls::build_client_hello(offer);

  std::ifstream hosts(argv[1]);
  std::string host, address;
  int apps = 0;
  const auto cpu_before = cpu_microseconds();
  const auto started = std::chrono::steady_clock::now();
  for (; hosts >> host >> address; ++apps) {
    for (int i = 0; i < probes; ++i) probe(address, port, hello);
    for (int i = 0; i < handshakes; ++i) handshake(context.get(), address, port, host, i == 0 ? requests : 0);
  }
  const auto wall =
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - started).count();
  if (apps == 0) return 1;
  fmt::print("{{\"apps\": {}, \"cpu_us\": {:.1f}, \"wall_us\": {:.1f}}}\n", apps,
             static_cast<double>(cpu_microseconds() - cpu_before) / apps, static_cast<double>(wall) / apps);
  return 0;
}

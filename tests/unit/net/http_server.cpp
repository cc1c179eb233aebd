#include "http_server.h"

#include <array>
#include <charconv>
#include <csignal>

#include "base/text.h"

namespace assay::net::http::testing {

Peer::Peer(int fd, SSL_CTX* tls) : fd_(fd) {
  if (tls == nullptr) return;
  std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes to a socket that the client may have closed
  ssl_ = SSL_new(tls);
  SSL_set_fd(ssl_, fd_);
  if (SSL_accept(ssl_) != 1) ::shutdown(fd_, SHUT_RDWR);
}

Peer::~Peer() {
  if (ssl_ != nullptr) {
    SSL_shutdown(ssl_);
    SSL_free(ssl_);
  }
}

std::string Peer::read() {
  std::array<char, 16384> piece{};
  const auto n = ssl_ != nullptr ? SSL_read(ssl_, piece.data(), static_cast<int>(piece.size()))
                                 : static_cast<int>(::recv(fd_, piece.data(), piece.size(), 0));
  return n > 0 ? std::string(piece.data(), static_cast<std::size_t>(n)) : std::string();
}

std::string Peer::request() {
  std::size_t whole = std::string::npos;
  while (buffer_.size() < whole) {
    const auto end = buffer_.find("\r\n\r\n");
    if (end != std::string::npos) {
      std::size_t length = 0;
      const auto field = ascii_lower(buffer_.substr(0, end)).find("\r\ncontent-length: ");
      if (field != std::string::npos) std::from_chars(buffer_.data() + field + 18, buffer_.data() + end, length);
      whole = end + 4 + length;
      if (buffer_.size() >= whole) break;
    }
    const auto more = read();
    if (more.empty()) return {};
    buffer_ += more;
  }
  auto request = buffer_.substr(0, whole);
  buffer_.erase(0, whole);
  return request;
}

bool Peer::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto n = ssl_ != nullptr ? SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size()))
                                   : static_cast<int>(::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL));
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

void Peer::wait() {
  while (!read().empty()) {
  }
}

void Peer::reset() {
  const linger now{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

ScriptedServer::ScriptedServer(Serve serve, SSL_CTX* tls)
    : port_(listener_.port()), serve_(std::move(serve)), tls_(tls), acceptor_([this] { accept_all(); }) {}

ScriptedServer::~ScriptedServer() {
  ::shutdown(listener_.fd(), SHUT_RDWR);
  acceptor_.join();
  {
    const std::scoped_lock lock(mutex_);
    for (const int fd : open_) ::shutdown(fd, SHUT_RDWR);
  }
  for (auto& thread : threads_) thread.join();
}

int ScriptedServer::connections() const {
  const std::scoped_lock lock(mutex_);
  return accepted_;
}

void ScriptedServer::accept_all() {
  for (int fd = listener_.accept_one(); fd >= 0; fd = listener_.accept_one()) {
    const std::scoped_lock lock(mutex_);
    open_.push_back(fd);
    threads_.emplace_back([this, fd, number = accepted_++] {
      {
        Peer peer(fd, tls_);
        serve_(peer, number);
      }
      const std::scoped_lock closing(mutex_);
      std::erase(open_, fd);
      ::close(fd);
    });
  }
}

}  // namespace assay::net::http::testing

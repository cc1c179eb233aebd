#include "net/http/connection.h"

#include <algorithm>
#include <array>
#include <vector>

namespace assay::net::http {

Task<Result<Lane::Hold>> Lane::acquire(std::shared_ptr<Lane> lane, Deadline deadline) {
  while (lane->busy_) {
    auto freed = co_await lane->freed_.wait(deadline);
    if (!freed) co_return std::unexpected(freed.error());
  }
  lane->busy_ = true;
  co_return Hold(std::move(lane));
}

void Lane::release() {
  busy_ = false;
  freed_.notify();
}

void Lane::close_idle() {
  if (busy_ || !kept_) return;
  kept_->stream->close(CloseMode::graceful);
  kept_.reset();
}

void Connections::close_idle() {
  for (auto& [origin, lane] : lanes_) lane->close_idle();
}

std::shared_ptr<Lane> Connections::lane(const Url& url) {
  auto& lane = lanes_[url.origin()];
  if (!lane) lane = std::make_shared<Lane>(gate_->loop());
  return lane;
}

Task<Result<Connection>> Connections::open(Url url, std::vector<IpAddress> addresses) {
  auto connected = co_await gate_->connect_first(*scan_, url.host, std::move(addresses), url.effective_port(),
                                                 Activity::http, scan_->deadline);
  if (!connected) co_return std::unexpected(std::move(connected.error()));
  Connection plain{.stream = std::move(connected->stream), .address = connected->address};
  if (url.scheme != "https") co_return plain;
  auto secured = co_await secure(std::move(url), std::move(plain));
  co_return secured;
}

Task<Result<Connection>> Connections::secure(Url url, Connection plain) {
  const auto deadline = std::min(deadline_in(gate_->settings().request_timeout), scan_->deadline);
  const auto port = url.effective_port();
  std::vector<std::string> alpn;
  alpn.emplace_back("http/1.1");
  auto session = co_await tls::handshake(*tls_, std::move(plain.stream), url.host, port, plain.address.to_string(),
                                         std::move(alpn), deadline);
  if (!session.stream) {
    const auto endpoint = format_endpoint(plain.address, port);
    const auto detail = session.record.failure ? session.record.failure->detail : std::string("no handshake");
    auto code = ErrorCode::tls;
    if (gate_->loop().cancelled()) code = ErrorCode::cancelled;
    if (std::chrono::steady_clock::now() >= deadline) code = ErrorCode::timeout;
    co_return fail(code, endpoint, detail);
  }
  Connection connection{.stream = std::move(session.stream), .address = plain.address};
  connection.tls_trusted = session.record.trusted && session.record.name_matches;
  const std::pair seen(url.origin(), plain.address);
  scan_->handshakes.try_emplace(seen, now(), std::move(session.record));
  co_return connection;
}

// A read whose deadline has passed gives what is there, or a timeout when nothing is.
Task<bool> Connections::is_quiet(Stream& stream) {
  std::array<std::uint8_t, 1> byte{};
  auto n = co_await stream.read_some(byte, std::chrono::steady_clock::now());
  co_return !n && n.error().code == ErrorCode::timeout;
}

}  // namespace assay::net::http

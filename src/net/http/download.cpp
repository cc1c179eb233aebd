#include "net/http/download.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/text.h"
#include "net/http/message.h"

namespace assay::net::http {

namespace {

constexpr std::size_t kReadPortion = 16U << 10U;

Task<Result<Response>> exchange(Stream& stream, const Message& message, std::size_t max_bytes, Deadline deadline) {
  auto written = co_await stream.write_all(as_bytes(message.bytes), deadline);
  if (!written && written.error().code != ErrorCode::connection) co_return std::unexpected(std::move(written.error()));
  ReaderLimits limits;
  limits.body_bytes = max_bytes;
  ResponseReader reader(false, limits);
  std::vector<std::uint8_t> portion(kReadPortion);
  while (!reader.done()) {
    auto n = co_await stream.read_some(portion, deadline);
    if (!n && n.error().code != ErrorCode::connection) co_return std::unexpected(std::move(n.error()));
    if (!n) {
      reader.finish(EndOfBytes::reset);
    } else if (*n == 0) {
      reader.finish(EndOfBytes::closed);
    } else {
      reader.feed(as_text({portion.data(), *n}));
    }
  }
  co_return reader.take();
}

Result<std::string> content_of(Response response, const std::string& url, std::size_t max_bytes) {
  if (response.status != 200)
    return fail(ErrorCode::protocol, url, fmt::format("was answered with status {}", response.status));
  if (response.truncated && response.body.size() >= max_bytes)
    return fail(ErrorCode::limit_exceeded, url, fmt::format("is larger than {} bytes", max_bytes));
  if (!response.complete || response.truncated) return fail(ErrorCode::protocol, url, "did not arrive whole");
  return std::move(response.body);
}

// The first address of the name that can be connected to.
Task<Result<std::pair<std::unique_ptr<Stream>, IpAddress>>> connect(Gate& gate, ScanContext& scan, const Url& url,
                                                                    Deadline deadline) {
  auto addresses = co_await gate.resolve(scan, url.host);
  if (!addresses) co_return std::unexpected(std::move(addresses.error()));
  Error last{ErrorCode::name_resolution, url.host, "has no address", ""};
  if (!addresses->refused.empty()) {
    last = Error{ErrorCode::egress_refused, url.host,
                 "the egress guard refuses its address " + addresses->refused.front().to_string(), ""};
  }
  for (const auto& address : addresses->allowed) {
    auto stream = co_await gate.connect(scan, url.host, address, url.effective_port(), Activity::http, deadline);
    if (stream) co_return std::pair(std::move(*stream), address);
    last = std::move(stream.error());
    if (last.code == ErrorCode::cancelled || std::chrono::steady_clock::now() >= deadline) break;
  }
  co_return std::unexpected(std::move(last));
}

}  // namespace

Task<Result<std::string>> download(Gate& gate, ScanContext& scan, Download request) {
  const std::string shown = request.url.to_string();
  if (request.url.scheme != "http") co_return fail(ErrorCode::invalid_input, shown, "is not an http URL");
  if (scan.budget.requests_left(request.link) <= 0)
    co_return std::unexpected(scan.budget.spend_request(request.link).error());
  Request composed;
  composed.method = request.method;
  composed.url = request.url;
  composed.body = request.body;
  composed.body_type = request.body_type;
  auto message = compose(composed, gate.settings().user_agent, gate.signer(), now());
  if (!message) co_return std::unexpected(std::move(message.error()));
  const Deadline deadline = std::min(deadline_in(gate.settings().request_timeout), scan.deadline);
  auto connected = co_await connect(gate, scan, request.url, deadline);
  if (!connected) co_return std::unexpected(std::move(connected.error()));
  auto& [stream, address] = *connected;
  auto leave =
      co_await gate.admit_request(scan, request.link, request.url, request.method, request.purpose, address, true);
  if (!leave) co_return std::unexpected(std::move(leave.error()));
  auto response = co_await exchange(*stream, *message, request.max_bytes, deadline);
  stream->close(CloseMode::reset);
  if (!response) {
    response.error().thing = shown;
    co_return std::unexpected(std::move(response.error()));
  }
  co_return content_of(std::move(*response), shown, request.max_bytes);
}

}  // namespace assay::net::http

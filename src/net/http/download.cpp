#include "net/http/download.h"

#include <fmt/format.h>

#include <algorithm>

#include "net/http/exchange.h"
#include "net/http/message.h"

namespace assay::net::http {

namespace {

Result<std::string> content_of(Response response, const std::string& url, std::size_t max_bytes) {
  if (response.status != 200)
    return fail(ErrorCode::protocol, url, fmt::format("was answered with status {}", response.status));
  if (response.truncated && response.body.size() >= max_bytes)
    return fail(ErrorCode::limit_exceeded, url, fmt::format("is larger than {} bytes", max_bytes));
  if (!response.complete || response.truncated) return fail(ErrorCode::protocol, url, "did not arrive whole");
  return std::move(response.body);
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
  auto addresses = co_await gate.resolve_allowed(scan, request.url.host);
  if (!addresses) co_return std::unexpected(std::move(addresses.error()));
  auto connected = co_await gate.connect_first(scan, request.url.host, std::move(*addresses),
                                               request.url.effective_port(), Activity::http, deadline);
  if (!connected) co_return std::unexpected(std::move(connected.error()));
  auto leave = co_await gate.admit_request(scan, request.link, request.url, request.method, request.purpose,
                                           connected->address, true);
  if (!leave) co_return std::unexpected(std::move(leave.error()));
  ReaderLimits limits;
  limits.body_bytes = request.max_bytes;
  ResponseReader reader(false, limits);
  auto broken = co_await exchange(*connected->stream, message->bytes, reader, deadline);
  connected->stream->close(CloseMode::reset);
  if (broken && broken->code == ErrorCode::connection) broken.reset();  // what came before it may be whole
  auto response = broken ? std::unexpected(std::move(*broken)) : reader.take();
  if (!response) {
    response.error().thing = shown;
    co_return std::unexpected(std::move(response.error()));
  }
  co_return content_of(std::move(*response), shown, request.max_bytes);
}

}  // namespace assay::net::http

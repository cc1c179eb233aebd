#include "net/http/client.h"

#include <algorithm>
#include <chrono>
#include <set>

#include "base/text.h"
#include "model/evidence.h"
#include "net/http/connection.h"
#include "net/http/exchange.h"
#include "net/http/message.h"
#include "net/http/redirect.h"
#include "net/http/response_reader.h"
#include "net/http/retry_after.h"

namespace assay::net::http {
namespace {

using Clock = std::chrono::steady_clock;

// What came of a request on one connection.
struct Talk {
  Result<Response> response;
  bool sent = false;      // some of the request may have reached the peer
  bool answered = false;  // a byte came back
};

// The reader knows how far it came, the stream why it ended.
Error explain(Error reader, const std::optional<Error>& stream, const std::string& url) {
  if (stream && stream->code != ErrorCode::timeout && stream->code != ErrorCode::connection) reader = *stream;
  reader.thing = url;
  return reader;
}

bool is_safe(const std::string& method) {
  constexpr std::string_view kSafe[] = {"GET", "HEAD", "OPTIONS", "TRACE"};
  return std::ranges::find(kSafe, method) != std::end(kSafe);
}

std::optional<Duration> retry_after(const Response& response) {
  const auto value = field_value(response.fields, "Retry-After");
  return value ? parse_retry_after(*value, now()) : std::nullopt;
}

bool is_whole(const Response& response) {
  const auto& codes = response.anomalies;
  const bool unknown = std::ranges::find(codes, anomaly::kContentCodingUnknown) != codes.end();
  return response.complete && !response.truncated && !unknown;
}

// One exchange on its way to becoming evidence.
struct Pending {
  const Request& request;
  const Redactor& redact;
  Message message;
  HttpExchange exchange;
  Clock::time_point begun = Clock::now();
};

// A hop, and the request that its answer asks for.
struct Step {
  Hop hop;
  std::optional<Request> next;
};

}  // namespace

struct Client::Impl {
  Gate& gate;
  ScanContext& scan;
  Connections connections;

  Impl(Gate& g, ScanContext& s, tls::ClientContext& tls) : gate(g), scan(s), connections(g, s, tls) {}

  Task<Step> step(Request request, int number, std::string previous);
  Task<Result<Response>> perform(Pending& pending);
  Task<Result<Response>> perform_on(Pending& pending, std::optional<Connection>& kept,
                                    std::vector<IpAddress> addresses);
  Task<Result<void>> admit(Pending& pending, IpAddress address, bool fresh);
  Task<Talk> talk_if_quiet(Pending& pending, Connection& connection);
  Task<Talk> talk(Pending& pending, Connection& connection);
  Result<Response> conclude(const Pending& pending, std::optional<Connection>& kept, Talk talk);
};

Client::Client(Gate& gate, ScanContext& scan, tls::ClientContext& tls)
    : impl_(std::make_unique<Impl>(gate, scan, tls)) {}
Client::~Client() = default;

Task<std::vector<Hop>> Client::fetch(Request request) {
  std::vector<Hop> hops;
  std::set<std::string> asked;
  std::optional<Request> next = std::move(request);
  while (next) {
    asked.insert(next->method + " " + next->url.to_string());
    const auto number = static_cast<int>(hops.size());
    const bool last = number >= next->max_redirects;
    std::string previous = hops.empty() ? std::string() : hops.back().evidence_id;
    auto step = co_await impl_->step(std::move(*next), number, std::move(previous));
    hops.push_back(std::move(step.hop));
    next = std::move(step.next);
    if (next && (last || asked.contains(next->method + " " + next->url.to_string()))) next.reset();
  }
  co_return hops;
}

void Client::close_idle() {
  impl_->connections.close_idle();
}

Task<Step> Client::Impl::step(Request request, int number, std::string previous) {
  const Redactor redact(request.secrets);
  const Time at = now();
  Pending pending{.request = request, .redact = redact, .message = {}, .exchange = {}};
  auto& exchange = pending.exchange;
  exchange.origin = request.url.origin();
  exchange.endpoint = request.endpoint;
  exchange.hop = number;
  exchange.previous = std::move(previous);
  auto message = compose(request, gate.settings().user_agent, gate.signer(), at);
  Result<Response> response;
  if (message) {
    pending.message = std::move(*message);
    response = co_await perform(pending);
  } else {
    response = std::unexpected(std::move(message.error()));
  }
  exchange.duration_ms = std::chrono::duration_cast<Duration>(Clock::now() - pending.begun).count();
  exchange.request = record_request(request, pending.message.fields, redact);
  Step step;
  if (response) {
    exchange.response = record_response(*response, redact);
    step.next = follow_redirect(request, response->status, response->fields);
    step.hop.whole = is_whole(*response);
    step.hop.body = std::move(response->body);
  } else {
    exchange.failure = Failure{std::string(to_string(response.error().code)), redact(response.error().message())};
  }
  step.hop.evidence_id = scan.record(make_evidence(request.evidence_kind, request.subject, at, "http", exchange));
  step.hop.exchange = std::move(exchange);
  co_return step;
}

Task<Result<Response>> Client::Impl::perform(Pending& pending) {
  const auto& request = pending.request;
  if (scan.budget.requests_left(request.link) <= 0) {
    co_return std::unexpected(scan.budget.spend_request(request.link).error());
  }
  auto hold = co_await Lane::acquire(connections.lane(request.url), scan.deadline);
  if (!hold) co_return std::unexpected(hold.error());
  auto addresses = co_await gate.resolve_allowed(scan, request.url.host);
  if (!addresses) co_return std::unexpected(std::move(addresses.error()));
  auto response = co_await perform_on(pending, hold->kept(), std::move(*addresses));
  co_return response;
}

// Over the kept connection, or a fresh one when there is none or it turns out to be stale. What was admitted once is
// not booked again.
Task<Result<Response>> Client::Impl::perform_on(Pending& pending, std::optional<Connection>& kept,
                                                std::vector<IpAddress> addresses) {
  bool admitted = false;
  if (kept && std::ranges::find(addresses, kept->address) != addresses.end()) {
    auto leave = co_await admit(pending, kept->address, false);
    if (!leave) co_return std::unexpected(leave.error());
    admitted = true;
    auto talk = co_await talk_if_quiet(pending, *kept);
    const bool lost = !talk.response && talk.response.error().code == ErrorCode::connection && !talk.answered;
    if (!lost || (talk.sent && !is_safe(pending.request.method))) co_return conclude(pending, kept, std::move(talk));
  }
  kept.reset();
  auto opened = co_await connections.open(pending.request.url, std::move(addresses));
  if (!opened) co_return std::unexpected(opened.error());
  if (pending.request.require_trust && pending.request.url.scheme == "https" && !opened->tls_trusted) {
    co_return fail(ErrorCode::tls, pending.exchange.origin, "its certificate cannot be verified",
                   "mend the certificate, or trust its authority");
  }
  kept = std::move(*opened);
  if (!admitted) {
    auto leave = co_await admit(pending, kept->address, true);
    if (!leave) co_return std::unexpected(leave.error());
  }
  auto talk = co_await this->talk(pending, *kept);
  co_return conclude(pending, kept, std::move(talk));
}

Task<Result<void>> Client::Impl::admit(Pending& pending, IpAddress address, bool fresh) {
  const auto& request = pending.request;
  const Url shown = pending.redact(request.url);
  auto leave = co_await gate.admit_request(scan, request.link, shown, request.method, request.purpose, address, fresh);
  co_return leave;
}

Task<Talk> Client::Impl::talk_if_quiet(Pending& pending, Connection& connection) {
  const bool quiet = co_await Connections::is_quiet(*connection.stream);
  if (!quiet) {
    Talk talk{.response = fail(ErrorCode::connection, pending.exchange.origin, "the kept connection was closed")};
    co_return talk;
  }
  auto talk = co_await this->talk(pending, connection);
  co_return talk;
}

Task<Talk> Client::Impl::talk(Pending& pending, Connection& connection) {
  pending.begun = Clock::now();
  pending.exchange.tls_trusted = connection.tls_trusted;
  pending.exchange.address = format_endpoint(connection.address, pending.request.url.effective_port());
  const auto deadline = std::min(deadline_in(gate.settings().request_timeout), scan.deadline);
  ReaderLimits limits;
  limits.body_bytes = pending.request.max_body;
  ResponseReader reader(pending.request.method == "HEAD", limits);
  auto broken = co_await exchange(*connection.stream, pending.message.bytes, reader, deadline);
  Talk talk{.response = reader.take(), .sent = true, .answered = reader.any_byte()};
  if (!talk.response)
    talk.response = std::unexpected(explain(std::move(talk.response.error()), broken, pending.exchange.origin));
  co_return talk;
}

// Keeps or closes the connection, and tells the gate how it went.
Result<Response> Client::Impl::conclude(const Pending& pending, std::optional<Connection>& kept, Talk talk) {
  const auto& url = pending.request.url;
  const auto& response = talk.response;
  const bool silent =
      !response && (response.error().code == ErrorCode::connection || response.error().code == ErrorCode::timeout);
  if (response) {
    gate.report(kept->address, url.host, response->status, retry_after(*response), url.effective_port());
  } else if (silent) {
    gate.report(kept->address, url.host, std::nullopt, std::nullopt, url.effective_port());
  }
  if (!response || !response->reusable) {
    kept->stream->close(response && response->complete ? CloseMode::graceful : CloseMode::reset);
    kept.reset();
  }
  return std::move(talk.response);
}

}  // namespace assay::net::http

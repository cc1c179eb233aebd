#include "server/connection.h"

#include <fmt/format.h>

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <type_traits>

#include "base/bytes.h"
#include "base/time.h"
#include "server/router.h"

namespace assay::server {

namespace asio = boost::asio;
namespace beast = boost::beast;
using Tcp = asio::ip::tcp;
using AsioError = boost::system::error_code;
using Parser = beast::http::request_parser<beast::http::string_body>;

namespace {

constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);
// Beast keeps the line of a chunk, with its extensions, in here: a flood of them ends at this bound.
constexpr std::size_t kMaxBuffer = 32'768;
constexpr std::size_t kWriteSlice = 65'536;  // bytes that a client must take within the write time
constexpr std::chrono::milliseconds kLinger{2'000};
constexpr std::size_t kMaxLinger = 262'144;  // bytes that are read and dropped after an early answer

// A deadline that leaves the socket open, so that 408 can still be said (Beast's own would close it). It repeats
// until it is lifted, because a composed operation may be between two of its steps when it strikes.
class Watch : public std::enable_shared_from_this<Watch> {
 public:
  Watch(const asio::any_io_executor& executor, std::function<void()> cancel)
      : timer_(executor), cancel_(std::move(cancel)) {}

  void arm(std::chrono::milliseconds time) {
    struck_ = false;
    wait(++round_, time);
  }
  void lift() {
    ++round_;
    timer_.cancel();
  }
  bool struck() const { return struck_; }
  // The connection ends before its watch.
  void end() {
    lift();
    cancel_ = {};
  }

 private:
  void wait(std::uint64_t round, std::chrono::milliseconds time) {
    timer_.expires_after(time);
    timer_.async_wait([self = shared_from_this(), round](AsioError error) {
      if (error || round != self->round_ || !self->cancel_) return;
      self->struck_ = true;
      self->cancel_();
      self->wait(round, std::chrono::milliseconds(100));
    });
  }

  asio::steady_timer timer_;
  std::function<void()> cancel_;
  std::uint64_t round_ = 0;
  bool struck_ = false;
};

// Bytes of a body that a request may fill while it is under way.
class BodyShare {
 public:
  BodyShare(ConnectionShared& shared, std::size_t bytes) : shared_(shared) {
    if (shared.body_bytes + bytes > shared.settings.body_bytes) return;
    bytes_ = bytes;
    held_ = true;
    shared.body_bytes += bytes;
  }
  ~BodyShare() { shared_.body_bytes -= bytes_; }
  BodyShare(const BodyShare&) = delete;
  BodyShare& operator=(const BodyShare&) = delete;
  bool held() const { return held_; }

 private:
  ConnectionShared& shared_;
  std::size_t bytes_ = 0;
  bool held_ = false;
};

// The client of a feed has gone, whatever the reason.
class FeedEnd {
 public:
  explicit FeedEnd(std::shared_ptr<EventFeed> feed) : feed_(std::move(feed)) {}
  ~FeedEnd() {
    feed_->on_ready({});
    feed_->close();
  }
  FeedEnd(const FeedEnd&) = delete;
  FeedEnd& operator=(const FeedEnd&) = delete;

 private:
  std::shared_ptr<EventFeed> feed_;
};

// Coroutines of the pool.
asio::awaitable<Response> answer_on_pool(Service& service, Request request) {
  co_return service.answer(std::move(request));
}
asio::awaitable<std::string> part_on_pool(const NextPart& next, bool& failed) {
  auto part = next();
  failed = !part;
  co_return part ? std::move(*part) : std::string();
}

std::string chunk(std::string_view data) {
  return fmt::format("{:x}\r\n{}\r\n", data.size(), data);
}

Refusal too_slow() {
  return {.status = 408, .type = "timeout", .detail = "The request did not arrive in time."};
}
Refusal too_large(std::size_t limit) {
  return {.status = 413,
          .type = "limit-exceeded",
          .detail = fmt::format("The body may have {} bytes at most here.", limit)};
}
Refusal too_busy() {
  return {.status = 503, .type = "busy", .detail = "The server has too much to do; try again in a moment."};
}

}  // namespace

template <class Stream>
class Connection final : public ConnectionBase {
  static constexpr bool kTls = !std::is_same_v<Stream, Tcp::socket>;

 public:
  Connection(ConnectionShared& shared, Pool pool, Stream stream, Peer peer)
      : shared_(shared),
        pool_(std::move(pool)),
        stream_(std::move(stream)),
        peer_(std::move(peer)),
        watch_(std::make_shared<Watch>(stream_.get_executor(), [this] { cancel(); })) {
    shared_.open.insert(this);
  }
  ~Connection() override {
    watch_->end();
    shared_.open.erase(this);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  asio::awaitable<void> serve();
  void wind_up() override;

 private:
  struct HeadRead {
    std::size_t size = 0;
    bool closed = false;
    std::optional<Refusal> refusal;
  };

  Tcp::socket& socket() {
    if constexpr (kTls) {
      return stream_.next_layer();
    } else {
      return stream_;
    }
  }
  void cancel() {
    AsioError ignored;
    socket().cancel(ignored);
  }
  asio::awaitable<bool> shake_hands();
  asio::awaitable<bool> exchange(bool last);
  asio::awaitable<HeadRead> read_head();
  std::expected<Framing, Refusal> read_request(Parser& parser, std::size_t head_size, Request& request);
  asio::awaitable<std::optional<Refusal>> read_body(Parser& parser, std::size_t limit, Framing framing);
  asio::awaitable<Response> answer(Request request);
  asio::awaitable<bool> send(Response response, bool head_only, bool keep_alive);
  asio::awaitable<bool> send_parts(NextPart next);
  asio::awaitable<bool> send_events(std::shared_ptr<EventFeed> feed);
  asio::awaitable<void> refuse(const Request& request, Refusal refusal);
  asio::awaitable<bool> write(std::string_view data);
  asio::awaitable<void> linger();
  Request blank_request() const;

  ConnectionShared& shared_;
  Pool pool_;
  Stream stream_;
  Peer peer_;
  std::shared_ptr<Watch> watch_;
  beast::flat_buffer buffer_{kMaxBuffer};
  std::shared_ptr<EventFeed> events_;  // while they are sent
  bool idle_ = false;                  // waits for a request of which nothing has come
  bool version_1_0_ = false;           // of the present request
};

template <class Stream>
void Connection<Stream>::wind_up() {
  if (events_) events_->close();
  if (idle_) cancel();
}

template <class Stream>
asio::awaitable<void> Connection<Stream>::serve() {
  bool open = co_await shake_hands();
  for (int served = 1; open && !shared_.stopping; ++served) {
    const bool last = served >= shared_.settings.requests_of_connection;
    open = co_await exchange(last);
  }
}

template <class Stream>
asio::awaitable<bool> Connection<Stream>::shake_hands() {
  if constexpr (kTls) {
    watch_->arm(shared_.settings.handshake_time);
    const auto [error] = co_await stream_.async_handshake(asio::ssl::stream_base::server, kTuple);
    watch_->lift();
    co_return !error;
  }
  co_return true;
}

// One request and its answer; false when the connection is over.
template <class Stream>
asio::awaitable<bool> Connection<Stream>::exchange(bool last) {
  const HeadRead head = co_await read_head();
  if (head.closed) co_return false;
  Request request = blank_request();
  Parser parser;
  const auto framing = head.refusal ? std::expected<Framing, Refusal>(std::unexpected(*head.refusal))
                                    : read_request(parser, head.size, request);
  if (!framing) {
    co_await refuse(request, framing.error());
    co_return false;
  }
  const std::size_t limit = shared_.service.max_body(request.method, request.path);
  if (framing->length > limit) {
    co_await refuse(request, too_large(limit));
    co_return false;
  }
  const BodyShare share(shared_, framing->chunked ? limit : framing->length);
  if (!share.held() || shared_.handlers >= shared_.settings.handlers_waiting) {
    co_await refuse(request, too_busy());
    co_return false;
  }
  const auto refusal = co_await read_body(parser, limit, *framing);
  if (refusal) {
    co_await refuse(request, *refusal);
    co_return false;
  }
  request.body = std::move(parser.get().body());
  const bool head_only = request.method == Method::head;
  Response response = co_await answer(std::move(request));
  const bool keep_alive = framing->keep_alive && !last && !shared_.stopping;
  const bool sent = co_await send(std::move(response), head_only, keep_alive);
  if (sent && !keep_alive) co_await linger();
  co_return sent&& keep_alive;
}

template <class Stream>
Request Connection<Stream>::blank_request() const {
  Request request;
  request.peer = peer_.address;
  request.secure = peer_.secure;
  request.loopback = peer_.loopback;
  request.request_id = to_hex(random_bytes(12));
  return request;
}

// Reads until the empty line after the header; the head stays in the buffer.
template <class Stream>
auto Connection<Stream>::read_head() -> asio::awaitable<HeadRead> {
  HeadRead result;
  idle_ = buffer_.size() == 0;
  watch_->arm(idle_ ? shared_.settings.idle_time : shared_.settings.head_time);
  while (true) {
    const std::string_view seen(static_cast<const char*>(buffer_.data().data()), buffer_.size());
    const std::size_t end = seen.find("\r\n\r\n");
    const std::size_t line_feed = seen.find('\n');
    if (end != std::string_view::npos && end + 4 <= kMaxHead) {
      result.size = end + 4;
      result.refusal = check_raw_head(seen.substr(0, result.size));
    } else if (seen.size() >= kMaxHead) {
      result.refusal = {.status = 431, .type = "limit-exceeded", .detail = "The header may have 16384 bytes at most."};
    } else if (line_feed != std::string_view::npos && (line_feed == 0 || seen[line_feed - 1] != '\r')) {
      result.refusal = {.status = 400, .type = "invalid-input", .detail = "A line ends without a carriage return."};
    }
    if (result.size != 0 || result.refusal) break;
    const auto [error, count] = co_await stream_.async_read_some(buffer_.prepare(4096), kTuple);
    if (watch_->struck() && !idle_) result.refusal = too_slow();
    result.closed = error && !result.refusal;
    if (error || watch_->struck()) {
      result.closed = !result.refusal;
      break;
    }
    buffer_.commit(count);
    if (idle_) watch_->arm(shared_.settings.head_time);
    idle_ = false;
  }
  watch_->lift();
  idle_ = false;
  co_return result;
}

template <class Stream>
std::expected<Framing, Refusal> Connection<Stream>::read_request(Parser& parser, std::size_t head_size,
                                                                 Request& request) {
  AsioError error;
  parser.header_limit(static_cast<std::uint32_t>(kMaxHead + 4));
  parser.body_limit(boost::none);  // until it is known where the request goes
  const std::size_t taken = parser.put(asio::const_buffer(buffer_.data().data(), head_size), error);
  buffer_.consume(taken);
  if (error || !parser.is_header_done()) {
    return std::unexpected(Refusal{
        .status = 400, .type = "invalid-input", .detail = "The header cannot be read: " + error.message() + "."});
  }
  const auto& message = parser.get();
  version_1_0_ = message.version() == 10;
  for (const auto& field : message) request.headers.add(std::string(field.name_string()), std::string(field.value()));
  const auto method = method_from_string(std::string_view(message.method_string()));
  auto target = parse_target(std::string_view(message.target()));
  if (target) {
    request.path = std::move(target->path);
    request.query = std::move(target->query);
  }
  if (method) request.method = *method;
  auto framing = check_framing(version_1_0_, request.headers);
  if (!framing) return framing;
  if (!method) {
    return std::unexpected(
        Refusal{.status = 501, .type = "unsupported", .detail = "The method is not known to this server."});
  }
  if (!target)
    return std::unexpected(Refusal{.status = 400, .type = "invalid-input", .detail = target.error().message()});
  return framing;
}

template <class Stream>
asio::awaitable<std::optional<Refusal>> Connection<Stream>::read_body(Parser& parser, std::size_t limit,
                                                                      Framing framing) {
  if (parser.is_done()) co_return std::nullopt;
  if (framing.expects_continue && buffer_.size() == 0) {
    const bool told = co_await write("HTTP/1.1 100 Continue\r\n\r\n");
    if (!told) co_return too_slow();
  }
  parser.body_limit(limit);
  const std::size_t expected = framing.chunked ? limit : framing.length;
  watch_->arm(shared_.settings.body_time * (1 + expected / kMaxBody));
  const auto [error, count] = co_await beast::http::async_read(stream_, buffer_, parser, kTuple);
  watch_->lift();
  if (!error) co_return std::nullopt;
  if (watch_->struck()) co_return too_slow();
  if (error == beast::http::error::body_limit) co_return too_large(limit);
  co_return Refusal{
      .status = 400, .type = "invalid-input", .detail = "The body cannot be read: " + error.message() + "."};
}

template <class Stream>
asio::awaitable<Response> Connection<Stream>::answer(Request request) {
  ++shared_.handlers;
  auto work = answer_on_pool(shared_.service, std::move(request));
  auto done = asio::co_spawn(pool_, std::move(work), asio::use_awaitable);
  Response response = co_await std::move(done);
  --shared_.handlers;
  co_return response;
}

// False when the connection is over.
template <class Stream>
asio::awaitable<bool> Connection<Stream>::send(Response response, bool head_only, bool keep_alive) {
  const bool streams = response.parts || response.events;
  const bool no_body = response.status == 204 || response.status == 304;
  const bool chunked = streams && !no_body && !version_1_0_;
  if (streams && version_1_0_) keep_alive = false;
  std::optional<std::uint64_t> length;
  if (!streams && !no_body) length = response.body.size();
  std::string head = response_head(response, length, chunked, keep_alive, now());
  if (head_only || no_body) {
    if (response.events) response.events->close();
    co_return co_await write(head);
  }
  if (response.body.size() < kWriteSlice / 4 && !streams) {
    head += response.body;  // one segment
    co_return co_await write(head);
  }
  bool sent = co_await write(head);
  if (sent && !response.body.empty()) {
    const std::string body = chunked ? chunk(response.body) : std::move(response.body);
    sent = co_await write(body);
  }
  if (sent && response.parts) sent = co_await send_parts(std::move(response.parts));
  if (sent && response.events) sent = co_await send_events(std::move(response.events));
  if (sent && chunked) sent = co_await write("0\r\n\r\n");
  co_return sent&& keep_alive;
}

template <class Stream>
asio::awaitable<bool> Connection<Stream>::send_parts(NextPart next) {
  while (true) {
    bool failed = false;
    auto work = part_on_pool(next, failed);
    auto done = asio::co_spawn(pool_, std::move(work), asio::use_awaitable);
    const std::string part = co_await std::move(done);
    if (failed) co_return false;
    if (part.empty()) co_return true;
    const std::string framed = version_1_0_ ? part : chunk(part);
    const bool sent = co_await write(framed);
    if (!sent) co_return false;
  }
}

template <class Stream>
asio::awaitable<bool> Connection<Stream>::send_events(std::shared_ptr<EventFeed> feed) {
  const auto executor = stream_.get_executor();
  const auto timer = std::make_shared<asio::steady_timer>(executor);
  const FeedEnd end(feed);
  events_ = feed;
  feed->on_ready([timer, executor] { asio::post(executor, [timer] { timer->cancel(); }); });
  if (shared_.stopping) feed->close();
  bool sent = true, ended = false, beat = false;
  while (sent) {
    std::string waiting = feed->take(ended);
    if (waiting.empty() && beat) waiting = ":\n\n";
    beat = false;
    if (!waiting.empty()) {
      const std::string framed = version_1_0_ ? waiting : chunk(waiting);
      sent = co_await write(framed);
      continue;
    }
    if (ended) break;
    timer->expires_after(shared_.settings.heartbeat);
    const auto [error] = co_await timer->async_wait(kTuple);
    beat = !error;
  }
  events_.reset();
  co_return sent;
}

template <class Stream>
asio::awaitable<void> Connection<Stream>::refuse(const Request& request, Refusal refusal) {
  Response response = shared_.service.refuse(request, refusal);
  const bool sent = co_await send(std::move(response), request.method == Method::head, false);
  static_cast<void>(sent);
  co_await linger();
}

// Everything, in slices that each have the write time; false when the client does not take it.
template <class Stream>
asio::awaitable<bool> Connection<Stream>::write(std::string_view data) {
  while (!data.empty()) {
    const std::string_view slice = data.substr(0, kWriteSlice);
    data.remove_prefix(slice.size());
    watch_->arm(shared_.settings.write_time);
    const auto [error, count] =
        co_await asio::async_write(stream_, asio::const_buffer(slice.data(), slice.size()), kTuple);
    watch_->lift();
    if (error) co_return false;
  }
  co_return true;
}

// Ends our side and reads on for a moment: closing with unread bytes would reset the connection and could take the
// answer with it.
template <class Stream>
asio::awaitable<void> Connection<Stream>::linger() {
  watch_->arm(kLinger);
  if constexpr (kTls) co_await stream_.async_shutdown(kTuple);
  AsioError error;
  socket().shutdown(Tcp::socket::shutdown_send, error);
  std::array<char, 4096> dropped{};
  for (std::size_t read = 0; read < kMaxLinger && !watch_->struck();) {
    const asio::mutable_buffer into(dropped.data(), dropped.size());
    const auto [failed, count] = co_await socket().async_read_some(into, kTuple);
    if (failed) break;
    read += count;
  }
  watch_->lift();
}

asio::awaitable<void> serve_plain(ConnectionShared& shared, Pool pool, Tcp::socket socket, Peer peer) {
  Connection<Tcp::socket> connection(shared, std::move(pool), std::move(socket), std::move(peer));
  co_await connection.serve();
}

asio::awaitable<void> serve_tls(ConnectionShared& shared, Pool pool, Tcp::socket socket, asio::ssl::context& tls,
                                Peer peer) {
  asio::ssl::stream<Tcp::socket> stream(std::move(socket), tls);
  Connection<asio::ssl::stream<Tcp::socket>> connection(shared, std::move(pool), std::move(stream), std::move(peer));
  co_await connection.serve();
}

}  // namespace assay::server

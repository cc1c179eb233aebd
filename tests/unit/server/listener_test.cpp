// The listener against clients that are slow, greedy or hostile, over real sockets.

#include "server/listener.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <memory>
#include <semaphore>
#include <string>
#include <thread>

#include "server/problem.h"

namespace assay::server {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// Tells what it was asked; "/slow" is answered when the test lets it go, "/events" and "/parts" stream.
class Mirror : public Service {
 public:
  std::size_t max_body(Method, std::string_view path) const override { return path == "/large" ? 5'000'000 : 1000; }
  Response answer(Request request) override {
    if (request.path == "/slow") {
      slow_came.release();
      EXPECT_TRUE(slow_may_go.try_acquire_for(std::chrono::minutes(1)));
    }
    if (request.path == "/events") {
      feed = std::make_shared<EventFeed>();
      feed->push({.id = "1", .type = "job", .data = "a\nb"});
      return event_stream(feed);
    }
    if (request.path == "/parts") {
      return download("text/csv", "a.csv", [n = 0]() mutable -> Result<std::string> {
        return n++ < 3 ? std::string(1000, static_cast<char>('a' + n)) : std::string();
      });
    }
    if (request.path == "/big") return text_response(200, std::string(3'000'000, 'x'));
    return text_response(200, std::string(to_string(request.method)) + " " + request.path + " " +
                                  std::to_string(request.body.size()) + " " + request.peer);
  }
  Response refuse(const Request& request, const Refusal& refusal) override {
    return problem(request, refusal.status, refusal.type, refusal.detail);
  }
  std::shared_ptr<EventFeed> feed;
  std::binary_semaphore slow_came{0}, slow_may_go{0};
};

// A client without any manners of its own.
class RawClient {
 public:
  explicit RawClient(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const timeval wait{.tv_sec = 60, .tv_usec = 0};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    connected_ = connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  ~RawClient() { ::close(socket_); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  bool send(std::string_view text) {
    while (!text.empty()) {
      const ssize_t n = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
      if (n <= 0) return false;
      text.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
  }
  // Until `end` was seen, the server closed, or a minute passed.
  std::string read(std::string_view end = {}) {
    std::string text;
    std::array<char, 65'536> buffer{};
    while (end.empty() || !text.contains(end)) {
      const ssize_t n = recv(socket_, buffer.data(), buffer.size(), 0);
      if (n <= 0) break;
      text.append(buffer.data(), static_cast<std::size_t>(n));
    }
    return text;
  }
  bool connected() const { return connected_; }

 private:
  int socket_;
  bool connected_ = false;
};

class ListenerTest : public ::testing::Test {
 protected:
  void start(ListenerSettings settings = {}) {
    settings.port = 0;
    auto opened = Listener::open(std::move(settings), mirror_, *log_);
    ASSERT_TRUE(opened) << opened.error().message();
    listener_ = std::move(*opened);
    thread_ = std::jthread([this] { listener_->run(); });
  }
  void TearDown() override {
    if (listener_) listener_->stop();
  }
  std::string ask(std::string_view request) {
    RawClient client(listener_->port());
    client.send(request);
    return client.read();
  }
  std::uint16_t port() const { return listener_->port(); }

  Mirror mirror_;
  std::unique_ptr<Log> log_ = Log::silent();
  std::unique_ptr<Listener> listener_;
  std::jthread thread_;
};

TEST_F(ListenerTest, AnswersOneRequestAfterAnother) {
  start();
  RawClient client(port());
  client.send("GET /a?b=c HTTP/1.1\r\nHost: x\r\n\r\nPOST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc");
  EXPECT_THAT(client.read("POST /b 3 127.0.0.1"), HasSubstr("GET /a 0 127.0.0.1"));
  client.send(
      "POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: "
      "close\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n");
  EXPECT_THAT(client.read(), AllOf(HasSubstr("POST /c 5"), HasSubstr("Connection: close")));
}

TEST_F(ListenerTest, RefusesMalformedRequestsAndCloses) {
  start();
  const auto first_line = [&](std::string_view request) {
    const std::string answer = ask(request);
    EXPECT_THAT(answer, HasSubstr("application/problem+json"));
    return answer.substr(0, answer.find("\r\n"));
  };
  EXPECT_THAT(first_line("GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n"), HasSubstr("400"));
  EXPECT_THAT(first_line("GET / HTTP/1.1\r\n\r\n"), HasSubstr("400"));
  EXPECT_THAT(first_line("GET / HTTP/1.1\nHost: a\n\n"), HasSubstr("400"));
  EXPECT_THAT(first_line("GET  / HTTP/1.1\r\nHost: a\r\n\r\n"), HasSubstr("400"));
  EXPECT_THAT(first_line("GET http://other/ HTTP/1.1\r\nHost: a\r\n\r\n"), HasSubstr("400"));
  EXPECT_THAT(first_line("BREW / HTTP/1.1\r\nHost: a\r\n\r\n"), HasSubstr("501"));
  EXPECT_THAT(first_line("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n"), HasSubstr("501"));
  EXPECT_THAT(
      first_line("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
      HasSubstr("400"));
  EXPECT_THAT(first_line("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"),
              HasSubstr("400"));
  EXPECT_THAT(first_line("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), HasSubstr("400"));
  EXPECT_THAT(first_line("GET / HTTP/3.0\r\nHost: a\r\n\r\n"), HasSubstr("505"));
  EXPECT_THAT(first_line("\x16\x03\x01\n\r\n\r\n"), HasSubstr("400"));
}

TEST_F(ListenerTest, TheSecondOfSmuggledRequestsIsNeverAnswered) {
  start();
  const std::string answer =
      ask("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled "
          "HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_THAT(answer, ::testing::Not(HasSubstr("/smuggled")));
}

TEST_F(ListenerTest, BoundsHeaderAndBody) {
  start();
  EXPECT_THAT(ask("GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(20'000, 'a') + "\r\n\r\n"),
              StartsWith("HTTP/1.1 431"));
  EXPECT_THAT(ask("GET /" + std::string(9'000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n"), StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(ask("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n"), StartsWith("HTTP/1.1 413"));
  EXPECT_THAT(ask("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n" + std::string(1001, 'a')),
              StartsWith("HTTP/1.1 413"));
  EXPECT_THAT(ask("POST /large HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 2000000\r\n\r\n" +
                  std::string(2'000'000, 'a')),
              HasSubstr("POST /large 2000000"));
}

long resident_kb() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::stol(line.substr(6));
  }
  return 0;
}

TEST_F(ListenerTest, AFloodOfChunkExtensionsTakesNoMemory) {
  start();
  RawClient client(port());
  client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;");
  const long before = resident_kb();
  const std::string piece(65'536, 'x');
  int sent = 0;
  while (sent < 800 && client.send(piece)) ++sent;  // 50 MB, if it were taken
  EXPECT_LT(sent, 100);
  EXPECT_LT(resident_kb() - before, 20'000);
}

TEST_F(ListenerTest, SlowHeadsAndBodiesEnd) {
  start({.head_time = milliseconds(300), .body_time = milliseconds(300)});
  RawClient slow(port());
  slow.send("GET / HTTP/1.1\r\nHost:");
  std::jthread drip([&](const std::stop_token& stop) {
    while (!stop.stop_requested() && slow.send("a")) std::this_thread::sleep_for(milliseconds(50));
  });
  EXPECT_THAT(slow.read(), StartsWith("HTTP/1.1 408"));
  drip.request_stop();
  EXPECT_THAT(ask("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc"), StartsWith("HTTP/1.1 408"));
}

TEST_F(ListenerTest, IdleConnectionsEndSilently) {
  start({.idle_time = milliseconds(200)});
  RawClient client(port());
  EXPECT_EQ(client.read(), "");
}

TEST_F(ListenerTest, OneAddressGetsSoManyConnections) {
  start({.connections_of_address = 3});
  const RawClient one(port()), two(port()), three(port());
  EXPECT_EQ(ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), "");
}

TEST_F(ListenerTest, SaysWhenItHasTooMuchToDo) {
  start({.handlers_waiting = 1, .handler_threads = 1});
  RawClient busy(port());
  busy.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
  mirror_.slow_came.acquire();
  EXPECT_THAT(ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), StartsWith("HTTP/1.1 503"));
  mirror_.slow_may_go.release();
  EXPECT_THAT(busy.read("/slow"), StartsWith("HTTP/1.1 200"));
}

TEST_F(ListenerTest, SaysContinueAndStopsAtTheHeadForHead) {
  start();
  RawClient client(port());
  client.send("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_THAT(client.read("\r\n\r\n"), StartsWith("HTTP/1.1 100"));
  client.send("abc");
  EXPECT_THAT(client.read("POST /x 3"), StartsWith("HTTP/1.1 200"));
  const std::string head = ask("HEAD /y HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(head, AllOf(HasSubstr("Content-Length: 19"), EndsWith("\r\n\r\n")));
}

TEST_F(ListenerTest, SendsLongAnswersInParts) {
  start();
  RawClient client(port());
  client.send("GET /parts HTTP/1.1\r\nHost: a\r\n\r\n");
  const std::string parts = client.read("\r\n0\r\n\r\n");
  EXPECT_THAT(parts, AllOf(HasSubstr("Transfer-Encoding: chunked"), HasSubstr("3e8\r\nbbb"), HasSubstr("3e8\r\nddd")));
  client.send("GET /big HTTP/1.0\r\n\r\n");
  EXPECT_GT(client.read().size(), 3'000'000U);
}

TEST_F(ListenerTest, StreamsEventsUntilTheServerStops) {
  start({.heartbeat = milliseconds(100)});
  RawClient client(port());
  client.send("GET /events HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_THAT(client.read(":\n\n"), HasSubstr("id: 1\nevent: job\ndata: a\ndata: b\n\n"));
  EXPECT_TRUE(mirror_.feed->push({.data = "more"}));
  EXPECT_THAT(client.read("data: more\n\n"), HasSubstr("more"));
  listener_->stop();
  EXPECT_THAT(client.read(), EndsWith("0\r\n\r\n"));
  EXPECT_FALSE(mirror_.feed->push({.data = "late"}));
}

TEST_F(ListenerTest, AClientThatLeavesEndsItsFeed) {
  start({.heartbeat = milliseconds(50)});
  {
    RawClient client(port());
    client.send("GET /events HTTP/1.1\r\nHost: a\r\n\r\n");
    client.read("data: b");
  }
  const auto deadline = steady_clock::now() + std::chrono::minutes(1);
  while (mirror_.feed->open() && steady_clock::now() < deadline) std::this_thread::sleep_for(milliseconds(20));
  EXPECT_FALSE(mirror_.feed->open());
}

TEST_F(ListenerTest, StopsAfterWhatIsUnderWay) {
  start();
  RawClient idle(port()), busy(port());
  busy.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
  mirror_.slow_came.acquire();
  listener_->stop();
  EXPECT_EQ(idle.read(), "");
  mirror_.slow_may_go.release();
  EXPECT_THAT(busy.read(), AllOf(StartsWith("HTTP/1.1 200"), HasSubstr("Connection: close")));
  thread_.join();
  EXPECT_FALSE(RawClient(port()).connected());
}

TEST(Listener, PlainHttpStaysOnThisMachine) {
  Mirror mirror;
  const auto log = Log::silent();
  const auto refused = Listener::open({.address = "0.0.0.0", .port = 0}, mirror, *log);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message(), HasSubstr("--tls-cert"));
  EXPECT_TRUE(Listener::open({.address = "0.0.0.0", .port = 0, .behind_proxy = true}, mirror, *log));
  EXPECT_FALSE(Listener::open({.address = "0.0.0.0", .port = 0, .tls_certificate = "missing", .tls_key = "missing"},
                              mirror, *log));
}

}  // namespace
}  // namespace assay::server

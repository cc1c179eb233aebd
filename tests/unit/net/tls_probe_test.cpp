// The whole probe over real sockets: openssl s_server as the good, odd and old servers, plain sockets as the broken
// ones.

#include "net/tls/probe.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include <atomic>
#include <functional>
#include <set>
#include <thread>

#include "base/text.h"
#include "loopback.h"
#include "net/request_log.h"
#include "tls_testing.h"
#include "unit/temp_directory.h"

extern char** environ;

namespace assay::net::tls::testing {
namespace {

using net::testing::address;
using net::testing::Listener;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// One openssl s_server, killed with the object.
class OpensslServer {
 public:
  OpensslServer(const TempDirectory& files, const std::vector<const Certificate*>& certificates,
                std::vector<std::string> options) {
    std::vector<std::string> words{"openssl", "s_server", "-quiet", "-accept", std::to_string(port_)};
    int n = 0;
    for (const Certificate* c : certificates) {
      const std::string first = n == 0 ? "-" : "-d";
      words.insert(words.end(), {first + "cert", files.write(std::to_string(n) + ".pem", c->pem()), first + "key",
                                 files.write(std::to_string(n) + ".key", c->key_pem())});
      ++n;
    }
    words.insert(words.end(), options.begin(), options.end());
    std::vector<char*> arguments;
    for (auto& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    EXPECT_EQ(posix_spawnp(&pid_, "openssl", &actions, nullptr, arguments.data(), environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    EXPECT_TRUE(wait_until_ready()) << join(words, " ");
  }
  ~OpensslServer() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  OpensslServer(const OpensslServer&) = delete;
  OpensslServer& operator=(const OpensslServer&) = delete;
  std::uint16_t port() const { return port_; }

 private:
  bool wait_until_ready() const {
    for (int i = 0; i < 200; ++i) {
      const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
      sockaddr_storage storage{};
      const auto size = to_sockaddr(address("127.0.0.1"), port_, storage);
      const bool up = ::connect(fd, reinterpret_cast<const sockaddr*>(&storage), size) == 0;
      ::close(fd);
      if (up) return true;
      if (waitpid(pid_, nullptr, WNOHANG) != 0) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(25));
    }
    return false;
  }

  std::uint16_t port_ = net::testing::closed_port();
  pid_t pid_ = 0;
};

// Accepts connections in a thread and gives each to `serve`, which gets the first bytes that came.
class BrokenServer {
 public:
  using Serve = std::function<void(int fd, const Bytes& hello)>;
  explicit BrokenServer(Serve serve) : serve_(std::move(serve)), thread_([this] { loop(); }) {}
  ~BrokenServer() {
    stop_ = true;
    // Wakes the accept.
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_storage storage{};
    const auto size = to_sockaddr(address("127.0.0.1"), listener_.port(), storage);
    static_cast<void>(::connect(fd, reinterpret_cast<const sockaddr*>(&storage), size));
    ::close(fd);
    thread_.join();
    for (const int held : held_) ::close(held);
  }
  BrokenServer(const BrokenServer&) = delete;
  BrokenServer& operator=(const BrokenServer&) = delete;

  std::uint16_t port() const { return listener_.port(); }
  int connections() const { return connections_; }

 private:
  void loop() {
    while (true) {
      const int fd = listener_.accept_one();
      if (stop_) {
        ::close(fd);
        return;
      }
      ++connections_;
      Bytes hello(4096);
      const auto n = ::recv(fd, hello.data(), hello.size(), 0);
      hello.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
      serve_(fd, hello);
      held_.push_back(fd);
    }
  }

  Listener listener_;
  Serve serve_;
  std::atomic<bool> stop_ = false;
  std::atomic<int> connections_ = 0;
  std::vector<int> held_;
  std::thread thread_;
};

void send_bytes(int fd, ByteView bytes) {
  ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
}

struct Seen {
  std::vector<Resolution> resolutions;
  std::vector<TlsEnumeration> enumerations;
  std::vector<TlsHandshake> handshakes;
  ScanStatistics statistics;
  std::set<std::string> subjects;
};

struct ProbeCase {
  std::string host = "app.example";
  std::vector<std::string> addresses{"127.0.0.1"};
  EnumerationMode mode = EnumerationMode::full;
  bool handshake = true;
  bool allow = true;
  std::string scheme = "https";
  Duration limit{60'000};
};

Seen probe(std::uint16_t port, const ProbeCase& c, const std::shared_ptr<const TrustStore>& trust) {
  Loop loop;
  net::testing::StubResolver resolver(loop);
  if (!c.addresses.empty()) resolver.answer(c.host, c.addresses);
  RequestLog log;
  GateSettings settings;
  settings.host_requests_per_second = 10'000;
  settings.host_burst = 10'000;
  if (c.allow) settings.allowed_networks = {parse_cidr("127.0.0.0/8").value()};
  Gate gate(loop, resolver, log, settings, nullptr);
  Seen seen;
  ScanContext scan;
  scan.deadline = deadline_in(c.limit);
  scan.record = [&](const Evidence& e) {
    if (e.kind == kind::kResolution) seen.resolutions.push_back(e.body.get<Resolution>());
    if (e.kind == kind::kTlsEnumeration) seen.enumerations.push_back(e.body.get<TlsEnumeration>());
    if (e.kind == kind::kTlsHandshake) seen.handshakes.push_back(e.body.get<TlsHandshake>());
    seen.subjects.insert(e.subject);
    return e.id;
  };
  ClientContext client(trust);
  SurfaceOrigin origin;
  origin.scheme = c.scheme;
  origin.host = c.host;
  origin.port = port;
  origin.origin = c.scheme + "://" + c.host + ":" + std::to_string(port);
  origin.host_is_ip = parse_address(c.host).has_value();
  loop.spawn(probe_origin(gate, scan, client, origin, c.mode, true, c.handshake));
  loop.run();
  seen.statistics = scan.statistics;
  return seen;
}

class TlsProbe : public ::testing::Test {
 protected:
  Seen run(std::uint16_t port, const ProbeCase& c = {}) const { return probe(port, c, trust_); }

  TempDirectory files_;
  Certificate root_ = make_certificate({.subject = "CN=Root", .names = "", .ca = true});
  Certificate ecdsa_ = make_certificate({.names = "DNS:app.example,IP:127.0.0.1"}, &root_);
  Certificate rsa_ = make_certificate({.key = Key::rsa2048}, &root_);
  std::shared_ptr<const TrustStore> trust_ =
      TrustStore::load({.mozilla = false, .files = {files_.write("root.pem", root_.pem())}}).value();
};

std::string support_of(const TlsEnumeration& e, std::string_view version) {
  for (const auto& v : e.versions) {
    if (v.version == version) return v.support;
  }
  return "";
}

constexpr const char* kAead = "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:DHE+CHACHA20:!aNULL:!PSK:!aDSS";

TEST_F(TlsProbe, OneCertificateTakesNineConnectionsAndOneHandshake) {
  const OpensslServer server(files_, {&ecdsa_}, {"-cipher", kAead});
  const auto seen = run(server.port());
  ASSERT_EQ(seen.enumerations.size(), 1U);
  const auto& e = seen.enumerations.front();
  EXPECT_LE(e.connections, 9);
  EXPECT_EQ(e.host, "app.example");
  EXPECT_EQ(e.address, "127.0.0.1");
  EXPECT_EQ(e.mode, "full");
  EXPECT_EQ(support_of(e, "TLSv1.3"), "accepted");
  EXPECT_EQ(support_of(e, "TLSv1.2"), "accepted");
  EXPECT_EQ(support_of(e, "TLSv1.1"), "refused");
  ASSERT_EQ(seen.handshakes.size(), 1U);
  const auto& h = seen.handshakes.front();
  ASSERT_FALSE(h.failure) << h.failure->detail;
  EXPECT_TRUE(h.trusted);
  EXPECT_TRUE(h.name_matches);
  EXPECT_EQ(h.version, "TLSv1.3");
  ASSERT_EQ(seen.resolutions.size(), 1U);
  EXPECT_THAT(seen.resolutions.front().addresses, ElementsAre("127.0.0.1"));
  EXPECT_EQ(seen.statistics.tls_connections, static_cast<std::uint64_t>(e.connections) + 1);
  EXPECT_EQ(seen.subjects.size(), 2U) << "the host and the origin";
}

TEST_F(TlsProbe, TwoCertificatesAndDheTakeFifteen) {
  const OpensslServer server(files_, {&ecdsa_, &rsa_}, {"-cipher", kAead});
  const auto seen = run(server.port());
  ASSERT_EQ(seen.enumerations.size(), 1U);
  EXPECT_LE(seen.enumerations.front().connections, 15);
  EXPECT_EQ(seen.enumerations.front().versions.at(1).suites.size(), 9U);
}

TEST_F(TlsProbe, AnOldServerIsReadDownToTls10) {
  const OpensslServer server(files_, {&rsa_}, {"-cipher", "ALL:!aNULL:!PSK:@SECLEVEL=0", "-min_protocol", "TLSv1"});
  const auto seen = run(server.port());
  ASSERT_EQ(seen.enumerations.size(), 1U);
  const auto& e = seen.enumerations.front();
  for (const auto* version : {"TLSv1.3", "TLSv1.2", "TLSv1.1", "TLSv1.0"}) {
    EXPECT_EQ(support_of(e, version), "accepted") << version;
  }
  EXPECT_EQ(support_of(e, "SSLv3"), "refused");
}

TEST_F(TlsProbe, Tls13OnlyByPolicyTakesTwo) {
  const OpensslServer server(files_, {&ecdsa_}, {"-tls1_3"});
  const auto seen = run(server.port(), {.mode = EnumerationMode::policy});
  ASSERT_EQ(seen.enumerations.size(), 1U);
  EXPECT_EQ(seen.enumerations.front().connections, 2);
  EXPECT_EQ(support_of(seen.enumerations.front(), "TLSv1.3"), "accepted");
  EXPECT_EQ(support_of(seen.enumerations.front(), "TLSv1.0"), "refused");
}

TEST_F(TlsProbe, Tls12OnlyOnAnAddressWithoutName) {
  const OpensslServer server(files_, {&ecdsa_}, {"-tls1_2"});
  const auto seen = run(server.port(), {.host = "127.0.0.1", .addresses = {}});
  ASSERT_EQ(seen.enumerations.size(), 1U);
  EXPECT_EQ(support_of(seen.enumerations.front(), "TLSv1.3"), "refused");
  EXPECT_EQ(support_of(seen.enumerations.front(), "TLSv1.2"), "accepted");
  ASSERT_EQ(seen.handshakes.size(), 1U);
  EXPECT_EQ(seen.handshakes.front().server_name, "");
  EXPECT_TRUE(seen.handshakes.front().name_matches);
}

TEST_F(TlsProbe, EveryAddressIsAskedUpToALimit) {
  const OpensslServer server(files_, {&ecdsa_}, {});
  const auto seen = run(server.port(), {.addresses = {"127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5"},
                                        .mode = EnumerationMode::policy});
  EXPECT_EQ(seen.enumerations.size(), 4U);
  EXPECT_EQ(seen.handshakes.size(), 4U);
  for (const auto& e : seen.enumerations) {
    EXPECT_THAT(e.notes, Contains("addresses not probed: 127.0.0.5"));
    EXPECT_EQ(support_of(e, "TLSv1.3"), "accepted") << e.address;
  }
}

TEST_F(TlsProbe, PlainHttpIsToldApart) {
  const BrokenServer server([](int fd, const Bytes&) {
    send_bytes(fd, as_bytes("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"));
    ::shutdown(fd, SHUT_RDWR);
  });
  const auto seen = run(server.port());
  ASSERT_EQ(seen.enumerations.size(), 1U);
  ASSERT_TRUE(seen.enumerations.front().failure);
  EXPECT_THAT(seen.enumerations.front().notes, Contains("speaks plain HTTP"));
  ASSERT_EQ(seen.handshakes.size(), 1U);
  ASSERT_TRUE(seen.handshakes.front().failure);
  EXPECT_EQ(seen.handshakes.front().failure->code, "tls");
  EXPECT_EQ(server.connections(), 2);
}

TEST_F(TlsProbe, ResetsAreUnknown) {
  const BrokenServer server([](int fd, const Bytes&) {
    const linger now{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    ::shutdown(fd, SHUT_RD);
    ::dup2(::open("/dev/null", O_RDONLY), fd);  // the last reference to the socket: it is reset
  });
  const auto seen = run(server.port(), {.mode = EnumerationMode::policy, .handshake = false});
  ASSERT_EQ(seen.enumerations.size(), 1U);
  const auto& e = seen.enumerations.front();
  ASSERT_TRUE(e.failure);
  for (const auto& v : e.versions) EXPECT_EQ(v.support, "unknown") << v.version << " " << v.reason;
  EXPECT_THAT(seen.handshakes, IsEmpty());
}

TEST_F(TlsProbe, SilenceEndsAtTheDeadline) {
  const BrokenServer server([](int, const Bytes&) {});
  const auto begun = std::chrono::steady_clock::now();
  const auto seen = run(server.port(), {.handshake = false, .limit = Duration(400)});
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(20));
  ASSERT_EQ(seen.enumerations.size(), 1U);
  ASSERT_TRUE(seen.enumerations.front().failure);
  EXPECT_EQ(seen.enumerations.front().failure->code, "timeout");
  for (const auto& v : seen.enumerations.front().versions) EXPECT_EQ(v.support, "unknown");
}

TEST_F(TlsProbe, AServerThatReadsOnlySmallHellosIsToldApart) {
  const BrokenServer server([](int fd, const Bytes& hello) {
    if (hello.size() < 300 && hello.size() > 10 && hello[9] == 3 && hello[10] == 3) {
      Bytes answer{22, 3, 3, 0, 42, 2, 0, 0, 38, 3, 3};
      answer.insert(answer.end(), 32, 0x5A);
      const Bytes rest{0, 0x00, 0x2F, 0};
      answer.insert(answer.end(), rest.begin(), rest.end());
      send_bytes(fd, answer);
    }
    ::shutdown(fd, SHUT_RDWR);
  });
  const auto seen = run(server.port(), {.mode = EnumerationMode::policy, .handshake = false});
  ASSERT_EQ(seen.enumerations.size(), 1U);
  EXPECT_THAT(seen.enumerations.front().notes, Contains(HasSubstr("intolerant of large hellos")));
  EXPECT_EQ(support_of(seen.enumerations.front(), "TLSv1.2"), "accepted");
}

TEST_F(TlsProbe, NamesThatDoNotResolveAndRefusedAddressesAreEvidence) {
  const auto gone = run(443, {.host = "gone.example", .addresses = {}});
  ASSERT_EQ(gone.resolutions.size(), 1U);
  ASSERT_TRUE(gone.resolutions.front().failure);
  EXPECT_EQ(gone.resolutions.front().failure->code, "name-resolution");
  ASSERT_EQ(gone.enumerations.size(), 1U);
  EXPECT_EQ(gone.enumerations.front().failure->code, "name-resolution");
  ASSERT_EQ(gone.handshakes.size(), 1U);

  const auto refused = run(443, {.allow = false});
  ASSERT_EQ(refused.resolutions.size(), 1U);
  EXPECT_THAT(refused.resolutions.front().refused, ElementsAre("127.0.0.1"));
  ASSERT_EQ(refused.enumerations.size(), 1U);
  EXPECT_EQ(refused.enumerations.front().failure->code, "egress-refused");
  EXPECT_EQ(refused.statistics.tls_connections, 0U);
}

TEST_F(TlsProbe, PlainOriginsAndClosedPorts) {
  const auto http = run(80, {.scheme = "http"});
  EXPECT_THAT(http.subjects, IsEmpty());
  const auto closed = run(net::testing::closed_port());
  ASSERT_EQ(closed.enumerations.size(), 1U);
  EXPECT_EQ(closed.enumerations.front().connections, 1);
  EXPECT_EQ(closed.enumerations.front().failure->code, "connection");
  ASSERT_EQ(closed.handshakes.size(), 1U);
  EXPECT_EQ(closed.handshakes.front().failure->code, "connection");
}

}  // namespace
}  // namespace assay::net::tls::testing

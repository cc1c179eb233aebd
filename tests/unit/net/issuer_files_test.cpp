// How long the files of authorities are believed: a server lives for months, an authority's bad moment for minutes.

#include "net/tls/issuer_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <optional>
#include <string>

#include "http_server.h"
#include "loopback.h"
#include "net/request_log.h"
#include "net/resolver.h"

namespace assay::net::tls {
namespace {

using http::testing::Peer;
using http::testing::ScriptedServer;
using testing::keep;

constexpr IssuerFiles::Keeping kForever{.file = std::chrono::hours(24), .failure = std::chrono::hours(24)};
constexpr IssuerFiles::Keeping kForgetsFailures{.file = std::chrono::hours(24), .failure = Duration(0)};
constexpr IssuerFiles::Keeping kForgetsFiles{.file = Duration(0), .failure = std::chrono::hours(24)};

// An authority that answers its n-th request, counted from 0, with `answers[n]`, and all further ones with the last.
class IssuerFilesTest : public ::testing::Test {
 protected:
  IssuerFilesTest() {
    GateSettings settings;
    settings.allowed_networks = {*parse_cidr("127.0.0.0/8")};
    settings.host_failures_to_pause = 0;
    gate_ = std::make_unique<Gate>(loop_, **resolver_, log_, settings, nullptr);
  }
  Result<std::string> ask(IssuerFiles& files, const ScriptedServer& server) {
    std::optional<IssuerFiles::File> got;
    const auto url = "http://127.0.0.1:" + std::to_string(server.port()) + "/issuer.crt";
    ScanContext scan;
    loop_.spawn(keep(files.get(*gate_, scan, url, "ca-issuers", 1000), got));
    loop_.run();
    if (!got || !*got) return fail(ErrorCode::protocol, "issuer.crt", got ? got->error().message() : "never came");
    return ***got;
  }
  static ScriptedServer authority(std::vector<std::string> answers) {
    return ScriptedServer([answers = std::move(answers)](Peer& peer, int n) {
      peer.request();
      peer.send(answers.at(std::min(static_cast<std::size_t>(n), answers.size() - 1)));
    });
  }
  static std::string ok(const std::string& body) {
    return "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }
  static std::string failing() { return "HTTP/1.1 500 Oops\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"; }

  Loop loop_;
  RequestLog log_;
  Result<std::unique_ptr<Resolver>> resolver_ = make_resolver(loop_, {});
  std::unique_ptr<Gate> gate_;
};

TEST_F(IssuerFilesTest, AreFetchedOnce) {
  const auto server = authority({ok("one"), ok("two")});
  IssuerFiles files(kForever);
  EXPECT_EQ(ask(files, server), "one");
  EXPECT_EQ(ask(files, server), "one");
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(IssuerFilesTest, AFailureIsBelievedForAWhileOnly) {
  const auto server = authority({failing(), ok("now")});
  IssuerFiles believed(kForever);
  EXPECT_FALSE(ask(believed, server));
  EXPECT_FALSE(ask(believed, server));
  EXPECT_EQ(server.connections(), 1);
  const auto other = authority({failing(), ok("now")});
  IssuerFiles forgets(kForgetsFailures);
  EXPECT_FALSE(ask(forgets, other));
  EXPECT_EQ(ask(forgets, other), "now");
  EXPECT_EQ(ask(forgets, other), "now");
  EXPECT_EQ(other.connections(), 2);
}

TEST_F(IssuerFilesTest, AFileIsFetchedAnewInTheEnd) {
  const auto server = authority({ok("one"), ok("two")});
  IssuerFiles files(kForgetsFiles);
  EXPECT_EQ(ask(files, server), "one");
  EXPECT_EQ(ask(files, server), "two");
}

}  // namespace
}  // namespace assay::net::tls

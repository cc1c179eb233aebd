// What an app serves to browsers, over loopback, searched by the rules of the catalogue.

#include "scan/secret_served.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/json.h"
#include "scan/runner.h"
#include "unit/net/http_server.h"

namespace assay::scan {
namespace {

using net::http::testing::Peer;
using net::http::testing::ScriptedServer;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;
using testing::SizeIs;

const catalog::Catalog& the_catalog() {
  static const auto kCatalog = catalog::Catalog::embedded();
  return *kCatalog;
}

// No test holds what looks like a secret.
std::string token(int n = 0) {
  return "glpat-" + sha256_hex("a served token " + std::to_string(n)).substr(0, 20);
}

std::string answer(std::string_view type, std::string_view body, std::string_view more = "",
                   std::string_view status = "200 OK") {
  return "HTTP/1.1 " + std::string(status) + "\r\nContent-Type: " + std::string(type) + "\r\n" + std::string(more) +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}
std::string page(std::string_view body) {
  return answer("text/html", body);
}
std::string script(std::string_view body, std::string_view more = "") {
  return answer("text/javascript", body, more);
}

std::string gzipped(std::string_view text) {
  std::string out(compressBound(text.size()) + 64, '\0');
  z_stream z{};
  EXPECT_EQ(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  z.avail_in = static_cast<uInt>(text.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&z, Z_FINISH), Z_STREAM_END);
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

// An app on loopback: path → whole answer; the rest is 404.
class App {
 public:
  explicit App(std::map<std::string, std::string> answers)
      : answers_(std::move(answers)), server_([this](Peer& peer, int) { serve(peer); }) {}

  std::string url() const { return "http://127.0.0.1:" + std::to_string(server_.port()) + "/"; }
  std::vector<std::string> asked() const {
    const std::scoped_lock lock(mutex_);
    return asked_;
  }

 private:
  void serve(Peer& peer) {
    for (auto request = peer.request(); !request.empty(); request = peer.request()) {
      const auto path = request.substr(request.find(' ') + 1, request.find(' ', 5) - request.find(' ') - 1);
      const bool get = request.starts_with("GET ");
      {
        const std::scoped_lock lock(mutex_);
        if (get) asked_.push_back(path);
      }
      const auto known = answers_.find(path);
      const auto& reply = get && known != answers_.end() ? known->second : missing_;
      if (!peer.send(reply)) return;
      if (reply.find("Content-Length") == std::string::npos) return;  // it ends with the connection
    }
  }

  const std::string missing_ = answer("text/plain", "Nothing here", "", "404 Not Found");
  const std::map<std::string, std::string> answers_;
  mutable std::mutex mutex_;
  std::vector<std::string> asked_;
  ScriptedServer server_;
};

class Served : public testing::Test {
 protected:
  Served() { ::setenv("ASSAY_HASH_KEY", std::string(32, 'k').c_str(), 1); }
  ~Served() override { ::unsetenv("ASSAY_HASH_KEY"); }

  ScanRecord scan(const App& app, std::vector<std::string> only = {"hsts", "secrets-source"}) {
    Settings settings;
    settings.trust = *net::tls::TrustStore::load({});
    settings.gate.allowed_networks = {*net::parse_cidr("127.0.0.0/8")};
    settings.gate.host_requests_per_second = 0;
    settings.only = std::move(only);
    net::RequestLog log;
    log.tap([this](const net::RequestLogEntry& entry, std::string_view) { log_.push_back(entry); });
    Runner runner(the_catalog(), std::move(settings), log, nullptr);
    ScanRecord record;
    EXPECT_TRUE(runner.run({*parse_target(app.url(), "service")},
                           [&](std::size_t, ScanOutcome outcome) { record = std::move(outcome.record); }));
    sweeps_ = EvidenceSet(record.evidence).sweeps();
    for (const auto& e : record.evidence)
      for (int n = 0; e.kind == kind::kSecretSweep && n < 10; ++n)
        EXPECT_THAT(dump_json(to_json_line(e)), Not(HasSubstr(token(n))));
    return record;
  }

  const SecretSweep& sweep() const { return sweeps_.at(0).value; }
  // Path → number of secrets there.
  std::vector<std::string> places(const App& app) const {
    std::vector<std::string> out;
    for (const auto& s : sweep().sightings)
      for (const auto& p : s.places)
        if (s.suppressed.empty())
          out.push_back(p.path.substr(app.url().size() - 1) + ":" + std::to_string(p.line) + ":" +
                        std::to_string(p.column));
    std::ranges::sort(out);
    return out;
  }
  std::vector<std::pair<std::string, std::string>> gaps(const App& app) const {
    std::vector<std::pair<std::string, std::string>> out;
    for (const auto& g : sweep().gaps)
      out.emplace_back(g.path == "." ? g.path : g.path.substr(app.url().size() - 1), g.reason);
    return out;
  }

  std::vector<net::RequestLogEntry> log_;
  std::vector<Observed<SecretSweep>> sweeps_;
};

const Verdict* of_secrets(const ScanRecord& record) {
  const auto at = std::ranges::find(record.verdicts, "secrets-source", &Verdict::requirement);
  return at == record.verdicts.end() ? nullptr : &*at;
}

TEST_F(Served, ASecretInABundleFailsAndWeighsOneStepMore) {
  const App app({{"/", page("<script src=/app.js?v=7></script>")},
                 {"/app.js?v=7", script("let a = 1;\nlet key = '" + token() + "';\n")}});
  const auto record = scan(app);
  const auto* verdict = of_secrets(record);
  ASSERT_NE(verdict, nullptr);
  EXPECT_EQ(verdict->outcome, Outcome::fail) << verdict->reason;
  ASSERT_EQ(verdict->findings.size(), 1U);
  EXPECT_EQ(verdict->findings.front().severity, Severity::critical);
  EXPECT_THAT(verdict->findings.front().proof, HasSubstr(app.url() + "app.js:2:12"));
  EXPECT_THAT(verdict->findings.front().proof, Not(HasSubstr(token())));
  EXPECT_TRUE(sweep().published);
  EXPECT_THAT(sweep().inputs, ElementsAre("served"));
  EXPECT_THAT(gaps(app), IsEmpty());
}

TEST_F(Served, ACleanAppLeavesTheSourceUnverified) {
  const App app({{"/", page("<script src=/app.js></script>")}, {"/app.js", script("let a = 1;\n")}});
  const auto record = scan(app);
  EXPECT_EQ(of_secrets(record), nullptr);
  const auto at = std::ranges::find(record.not_verified, "secrets-source", &NotVerified::requirement);
  ASSERT_NE(at, record.not_verified.end());
  EXPECT_THAT(at->reason, HasSubstr("2 files"));
  EXPECT_EQ(sweep().files, 2U);
}

TEST_F(Served, AskedForItAloneACleanAppIsInconclusive) {
  const App app({{"/", page("<script src=/app.js></script>")}, {"/app.js", script("let a = 1;\n")}});
  const auto record = scan(app, {"secrets-source"});
  const auto* verdict = of_secrets(record);
  ASSERT_NE(verdict, nullptr);
  EXPECT_EQ(verdict->outcome, Outcome::inconclusive);
  EXPECT_EQ(verdict->reason_code, "source-not-given");
}

TEST_F(Served, FollowsModulesWorkersAndSourceMaps) {
  const Json map{{"version", 3},
                 {"sources", {"webpack://acme/src/keys.js"}},
                 {"sourcesContent", {"// keys\n\nexport const key = '" + token(2) + "';\n"}}};
  const App app({{"/", page("<script type=module>import './js/main.js';</script>")},
                 {"/js/main.js", script("import('./lazy.js');new Worker('w.js');\n//# sourceMappingURL=main.js.map")},
                 {"/js/lazy.js", script("k='" + token(0) + "'")},
                 {"/js/w.js", script("k='" + token(1) + "'", "SourceMap: w.map\r\n")},
                 {"/js/main.js.map", answer("application/json", dump_json(map))}});
  scan(app);
  EXPECT_THAT(places(app), ElementsAre("/js/lazy.js:1:4", "/js/main.js.map!/acme/src/keys.js:3:21", "/js/w.js:1:4"));
  EXPECT_THAT(gaps(app), IsEmpty());
  EXPECT_THAT(app.asked(), Contains("/js/w.map"));  // not there, and so not served
}

TEST_F(Served, ReusesThePagesThatWereRead) {
  const App app({{"/", page("<script>const key = '" + token() + "'</script>")}});
  scan(app);
  EXPECT_THAT(places(app), ElementsAre("/:1:22"));
  for (const auto& entry : log_) EXPECT_NE(entry.purpose, kScriptPurpose);
}

TEST_F(Served, ReadsALargePageAgainAsAWhole) {
  const App app({{"/", page("<p>" + std::string(80'000, 'x') + "</p><script>k='" + token() + "'</script>")}});
  scan(app);
  EXPECT_THAT(places(app), SizeIs(1));
}

TEST_F(Served, WhatAPageMakesUpForOneAnswerIsNoSecret) {
  const auto jwt = to_base64url(as_bytes(R"({"alg":"HS256","typ":"JWT"})")) + "." +
                   to_base64url(as_bytes(R"({"sub":"a guest of this session","iat":1700000000})")) + "." +
                   to_base64url(sha256(as_bytes("a signature")));
  const App app({{"/", page("<meta name=token content='" + jwt + "'>")}});
  scan(app);
  EXPECT_THAT(places(app), IsEmpty());
  ASSERT_THAT(sweep().sightings, SizeIs(1));
  EXPECT_EQ(sweep().sightings.front().suppressed, "per-answer");
}

TEST_F(Served, CommentsOfTheScannedAreNotHeeded) {
  const App app({{"/", page("<script src=/app.js></script>")},
                 {"/app.js", script("k='" + token() + "' // assay:ignore nothing to see here")}});
  scan(app);
  EXPECT_THAT(places(app), SizeIs(1));
}

TEST_F(Served, AsksNobodyElse) {
  const App other({{"/a.js", script("k='" + token() + "'")}});
  const auto foreign = "http://127.0.0.2:" + std::to_string(parse_url(other.url())->effective_port()) + "/a.js";
  const App app({{"/", page("<script src='" + foreign + "'></script><script src=/moved.js></script>")},
                 {"/moved.js", answer("text/plain", "", "Location: " + foreign + "\r\n", "302 Found")}});
  scan(app);
  EXPECT_THAT(other.asked(), IsEmpty());
  EXPECT_THAT(gaps(app), ElementsAre(Pair("/moved.js", "elsewhere")));
  for (const auto& entry : log_) EXPECT_NE(entry.host, "127.0.0.2");
}

TEST_F(Served, AFileThatCannotBeHadIsAGap) {
  const App app(
      {{"/", page("<script src=/refused.js></script><script src=/gone.js></script><script src=/cut.js></script>"
                  "<script src=/brotli.js></script>")},
       {"/refused.js", answer("text/plain", "no", "", "403 Forbidden")},
       {"/cut.js",
        "HTTP/1.1 200 OK\r\nContent-Type: text/javascript\r\ncontent-length: 900\r\n\r\nk='" + token() + "'"},
       {"/brotli.js", script("not to be read", "Content-Encoding: br\r\n")}});
  scan(app);
  EXPECT_THAT(gaps(app), ElementsAre(Pair("/brotli.js", "incomplete"), Pair("/cut.js", "incomplete"),
                                     Pair("/refused.js", "unanswered")));
  EXPECT_THAT(places(app), ElementsAre("/cut.js:1:4"));  // in what came of it
}

TEST_F(Served, HugeFilesAndBombsAreCutAndSaidSo) {
  const std::string zeros(64U << 20U, '0');
  const App app({{"/", page("<script src=/huge.js></script><script src=/bomb.js></script>")},
                 {"/huge.js", script("k='" + token() + "';" + std::string(kMaxServedFile, '0'))},
                 {"/bomb.js", script(gzipped(zeros), "Content-Encoding: gzip\r\n")}});
  const auto record = scan(app);
  EXPECT_THAT(places(app), ElementsAre("/huge.js:1:4"));  // in the part that was read
  ASSERT_THAT(gaps(app), SizeIs(2));
  EXPECT_EQ(gaps(app).at(0).first, "/bomb.js");
  EXPECT_THAT(gaps(app), Contains(Pair("/huge.js", "limit")));
  ASSERT_NE(of_secrets(record), nullptr);
  EXPECT_EQ(of_secrets(record)->outcome, Outcome::fail);
}

TEST_F(Served, FetchesNoMoreThanItsLimitAndNothingTwice) {
  std::string scripts;
  for (std::size_t i = 0; i < kMaxServedFiles + 5; ++i)
    scripts += "<script src=/" + std::to_string(i) + ".js></script><script src=/" + std::to_string(i) + ".js></script>";
  const App app({{"/", page(scripts)}});
  scan(app);
  std::map<std::string, int> fetched;
  for (const auto& entry : log_)
    if (entry.purpose == kScriptPurpose) ++fetched[entry.link];
  EXPECT_EQ(fetched.size(), kMaxServedFiles);
  for (const auto& [link, times] : fetched) EXPECT_EQ(times, 1) << link;
  EXPECT_THAT(gaps(app), ElementsAre(Pair(".", "limit")));
}

TEST_F(Served, WithoutAKeyNothingIsSearchedAndTheScanSaysSo) {
  ::setenv("ASSAY_HASH_KEY", "short", 1);
  const App app({{"/", page("<script>k='" + token() + "'</script>")}});
  const auto record = scan(app);
  EXPECT_THAT(sweeps_, IsEmpty());
  EXPECT_EQ(of_secrets(record), nullptr);
  EXPECT_THAT(record.notes, Contains(testing::Field(&SurfaceNote::code, "served-not-searched")));
}

}  // namespace
}  // namespace assay::scan

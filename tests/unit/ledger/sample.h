#pragma once

// Scans for the ledger's tests, and a fixture that runs each test on both engines.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ledger/ledger.h"
#include "unit/ledger/postgres_fixture.h"
#include "unit/temp_directory.h"

namespace assay::ledger {

inline constexpr std::string_view kSqlite = "sqlite";
inline constexpr std::string_view kPostgresql = "postgresql";

inline Time day(int n) {
  return Time{std::chrono::sys_days{std::chrono::year{2026} / 11 / 1}} + std::chrono::days{n};
}

inline App sample_app(const std::string& key = "com.example.app") {
  return App{.key = key,
             .name = "Exämple",
             .kind = "connect",
             .target = "https://app.example/descriptor.json",
             .owner = "team@example.com",
             .added = day(0)};
}

inline Finding sample_finding(const std::string& requirement, const std::string& subject, const std::string& locator) {
  Finding f{.requirement = requirement,
            .subject = subject,
            .locator = locator,
            .title = "title of " + locator,
            .proof = "first line\nsecond line \"quoted\" 'x' — ✓",
            .remediation = "mend it",
            .severity = Severity::high,
            .cvss = {"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:L/A:N", 6.5},
            .evidence = {"ev-1"},
            .fingerprint = {}};
  f.fingerprint = fingerprint_of(requirement, subject, locator);
  return f;
}

// One verdict; its findings are at `locators`.
inline Verdict sample_verdict(const std::string& requirement, const std::string& subject, Outcome outcome,
                              const std::vector<std::string>& locators = {}) {
  Verdict v{.requirement = requirement,
            .subject = subject,
            .outcome = outcome,
            .reason = "because of 'this'",
            .reason_code = outcome == Outcome::inconclusive ? "timeout" : "",
            .evidence = {"ev-1"},
            .findings = {}};
  for (const auto& locator : locators) v.findings.push_back(sample_finding(requirement, subject, locator));
  return v;
}

inline ScanRecord sample_scan(const std::string& id, Time started, std::vector<Verdict> verdicts,
                              const std::string& app_key = "com.example.app") {
  ScanRecord r;
  r.id = id;
  r.app = sample_app(app_key);
  r.release = "sha256:abc";
  r.profiles = {"marketplace-connect"};
  r.started = started;
  r.finished = started + std::chrono::seconds{5};
  r.allowed_networks = {"127.0.0.0/8"};
  r.notes = {{"authentication-list", "/authentication", "a list"}};
  r.verdicts = std::move(verdicts);
  r.not_verified = {{"privacy", "attestation"}};
  r.statistics = {
      .http_requests = 6, .tls_connections = 9, .dns_queries = 2, .bytes_received = 5'000'000'000, .bytes_sent = 1};
  r.ignored = {{"fp1-ignored", "accepted until 2027"}};
  return r;
}

inline Evidence sample_evidence(std::string_view kind, const std::string& subject, const std::string& text) {
  return make_evidence(kind, subject, day(3), "test",
                       Json{{"text", text}, {"n", 5'000'000'000}, {"list", {1, 2.5, nullptr}}});
}

// A scan's evidence of which origins the app names as its own.
inline Evidence sample_surface(const std::vector<std::string>& origins) {
  Surface surface;
  surface.app_key = "com.example.app";
  for (const auto& origin : origins) surface.origins.push_back({.origin = origin});
  return make_evidence(kind::kSurface, surface.app_key, day(3), "test", Json(surface));
}

inline Ledger::Key sample_key(const std::string& id, char byte) {
  return {id, std::string(32, byte)};
}

// A new, empty store for each test.
class BothEngines : public ::testing::TestWithParam<std::string_view> {
 protected:
  void SetUp() override { url_ = sqlite() ? "sqlite:" + file().string() : PostgresServer::instance().new_database(); }
  bool sqlite() const { return GetParam() == kSqlite; }
  std::filesystem::path file() const { return directory_.path() / "ledger.db"; }
  const std::string& url() const { return url_; }
  // Where the engine keeps its files.
  std::filesystem::path files() const {
    return sqlite() ? directory_.path() : std::filesystem::path(PostgresServer::instance().directory());
  }

  std::unique_ptr<Ledger> open(std::optional<Ledger::Key> key = std::nullopt) const {
    auto ledger = Ledger::open(url_, std::move(key));
    EXPECT_TRUE(ledger) << ledger.error().message();
    return ledger ? std::move(*ledger) : nullptr;
  }

 private:
  TempDirectory directory_;
  std::string url_;
};

inline std::string engine_name(const ::testing::TestParamInfo<std::string_view>& info) {
  return std::string(info.param);
}

// ASSERT_/EXPECT_ for Result.
#define EXPECT_OK(expression)                                    \
  do {                                                           \
    const auto& result_of_it = (expression);                     \
    EXPECT_TRUE(result_of_it) << result_of_it.error().message(); \
  } while (false)

}  // namespace assay::ledger

#include "scan/runner.h"
#include "unit/net/silent_port.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>

namespace assay::scan {
namespace {

const catalog::Catalog& the_catalog() {
  static const auto kCatalog = catalog::Catalog::embedded();
  return *kCatalog;
}

Settings settings_for(int threads) {
  Settings settings;
  settings.trust = *net::tls::TrustStore::load({});
  settings.gate.allowed_networks = {*net::parse_cidr("127.0.0.0/8")};
  settings.gate.host_requests_per_second = 0;
  settings.threads = threads;
  return settings;
}

TEST(Runner, ScansEveryTargetOnceOverThreadsAndNeverCallsADownHostClean) {
  std::vector<Target> targets;
  // Port 1 of loopback: nothing listens there.
  for (int i = 1; i <= 24; ++i)
    targets.push_back(*parse_target("https://127.0.0." + std::to_string(i) + ":1/atlassian-connect.json", ""));
  net::RequestLog log;
  Runner runner(the_catalog(), settings_for(2), log, nullptr);
  std::set<std::size_t> seen;
  std::set<std::string> ids;
  const auto ran = runner.run(targets, [&](std::size_t i, const ScanOutcome& outcome) {
    EXPECT_TRUE(seen.insert(i).second);
    EXPECT_TRUE(ids.insert(outcome.record.id).second);
    EXPECT_TRUE(outcome.no_surface.has_value());
    EXPECT_EQ(count_outcomes(outcome.record).pass, 0);
    EXPECT_GT(count_outcomes(outcome.record).inconclusive, 0);
    EXPECT_FALSE(outcome.record.evidence.empty());
  });
  ASSERT_TRUE(ran) << ran.error().message();
  EXPECT_EQ(seen.size(), targets.size());
  EXPECT_EQ(runner.progress().targets_done, targets.size());
}

TEST(Runner, RefusedAddressesAreInconclusiveAndNothingIsSent) {
  auto settings = settings_for(1);
  settings.gate.allowed_networks.clear();
  net::RequestLog log;
  Runner runner(the_catalog(), settings, log, nullptr);
  const std::vector<Target> targets = {*parse_target("https://127.0.0.1:1/", "service")};
  ScanRecord record;
  ASSERT_TRUE(runner.run(targets, [&](std::size_t, ScanOutcome outcome) { record = std::move(outcome.record); }));
  EXPECT_EQ(record.statistics.http_requests, 0U);
  EXPECT_EQ(record.statistics.tls_connections, 0U);
  const auto at = std::ranges::find(record.verdicts, "cert-valid", &Verdict::requirement);
  ASSERT_NE(at, record.verdicts.end());
  EXPECT_EQ(at->outcome, Outcome::inconclusive);
  EXPECT_EQ(at->reason_code, "egress-refused");
}

TEST(Runner, CancelFromAnotherThreadEndsARunThatWaits) {
  const net::testing::SilentPort silent;
  const auto url = silent.url();
  net::RequestLog log;
  Runner runner(the_catalog(), settings_for(2), log, nullptr);
  std::vector<ScanRecord> records;
  std::thread canceller([&] {
    while (runner.progress().targets_total == 0) std::this_thread::yield();
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    runner.cancel();
  });
  const std::vector<Target> targets(3, *parse_target(url, "service"));
  const auto ran = runner.run(targets, [&](std::size_t, ScanOutcome o) { records.push_back(std::move(o.record)); });
  canceller.join();
  ASSERT_TRUE(ran);
  ASSERT_EQ(records.size(), targets.size());
  for (const auto& record : records) {
    EXPECT_FALSE(record.complete);
    EXPECT_EQ(record.incomplete_reason, "interrupted");
    EXPECT_EQ(count_outcomes(record).pass, 0);
  }
}

// Collects what a runner that is fed gives.
struct Collected {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<ScanRecord> records;

  std::function<void(ScanOutcome)> taker() {
    return [this](ScanOutcome outcome) {
      const std::scoped_lock lock(mutex);
      records.push_back(std::move(outcome.record));
      changed.notify_all();
    };
  }
  bool wait_for(std::size_t count) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, std::chrono::seconds(60), [&] { return records.size() >= count; });
  }
};

Order order_of(const std::string& url) {
  Order order;
  order.target = *parse_target(url, "service");
  return order;
}

TEST(Runner, TakesScansAsTheyComeAndKeepsItsThreads) {
  net::RequestLog log;
  Runner runner(the_catalog(), settings_for(2), log, nullptr);
  ASSERT_TRUE(runner.start());
  Collected collected;
  for (int round = 1; round <= 3; ++round) {
    for (int i = 1; i <= 8; ++i)
      runner.submit(order_of("https://127.0.0." + std::to_string(i) + ":1/"), collected.taker());
    ASSERT_TRUE(collected.wait_for(static_cast<std::size_t>(round) * 8));
  }
  runner.finish();
  EXPECT_EQ(collected.records.size(), 24U);
  for (const auto& record : collected.records) EXPECT_TRUE(record.complete);
}

TEST(Runner, AnOrderHasItsOwnRequirementsKeyAndProgress) {
  net::RequestLog log;
  Runner runner(the_catalog(), settings_for(1), log, nullptr);
  ASSERT_TRUE(runner.start());
  Collected collected;
  std::vector<std::string> phases;
  auto order = order_of("https://127.0.0.1:1/");
  order.app_key = "known-as";
  order.only = {"hsts"};
  order.progress = [&](const ScanStep& step) {
    if (phases.empty() || phases.back() != step.phase) phases.emplace_back(step.phase);
    EXPECT_LE(step.done, step.total);
  };
  runner.submit(order, collected.taker());
  runner.submit(order_of("https://127.0.0.1:1/"), collected.taker());
  runner.finish();
  ASSERT_EQ(collected.records.size(), 2U);
  const bool first = collected.records[0].app.key == "known-as";
  const auto& restricted = collected.records[first ? 0 : 1];
  EXPECT_EQ(restricted.app.key, "known-as");
  ASSERT_FALSE(restricted.verdicts.empty());
  for (const auto& verdict : restricted.verdicts) EXPECT_EQ(verdict.requirement, "hsts");
  EXPECT_GT(collected.records[first ? 1 : 0].verdicts.size(), restricted.verdicts.size());
  EXPECT_THAT(phases, ::testing::ElementsAre("surface", "origins", "judging"));
}

TEST(Runner, OneScanCanBeStopped) {
  const net::testing::SilentPort silent;
  auto settings = settings_for(1);
  settings.scans_at_once = 1;
  settings.gate.request_timeout = settings.gate.connect_timeout = std::chrono::seconds(5);
  net::RequestLog log;
  Runner runner(the_catalog(), settings, log, nullptr);
  ASSERT_TRUE(runner.start());
  Collected collected;
  const auto url = silent.url();
  const auto running = runner.submit(order_of(url), collected.taker());
  const auto waiting = runner.submit(order_of(url), collected.taker());
  runner.stop_scan(waiting, "no longer wanted");
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  runner.stop_scan(running, "cancelled by ann");
  runner.stop_scan(99, "never there");
  ASSERT_TRUE(collected.wait_for(2));
  runner.finish();
  EXPECT_EQ(collected.records[0].incomplete_reason, "cancelled by ann");
  EXPECT_EQ(collected.records[1].incomplete_reason, "no longer wanted");
  EXPECT_FALSE(collected.records[0].complete);
  EXPECT_EQ(collected.records[1].statistics.tls_connections, 0U);
}

TEST(Runner, ScansThatWaitWhenItIsCancelledAreGivenBackIncomplete) {
  const net::testing::SilentPort silent;
  auto settings = settings_for(1);
  settings.scans_at_once = 2;
  net::RequestLog log;
  Collected collected;
  {
    Runner runner(the_catalog(), settings, log, nullptr);
    ASSERT_TRUE(runner.start());
    for (int i = 0; i < 6; ++i) runner.submit(order_of(silent.url()), collected.taker());
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }  // ends: cancelled
  ASSERT_EQ(collected.records.size(), 6U);
  for (const auto& record : collected.records) EXPECT_FALSE(record.complete);
}

}  // namespace
}  // namespace assay::scan

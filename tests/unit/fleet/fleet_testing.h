#pragma once

// A ledger with apps on loopback addresses where nothing listens: their scans take milliseconds and send nothing
// beyond this machine.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "catalog/catalog.h"
#include "fleet/worker.h"
#include "ledger/jobs.h"
#include "ledger/ledger.h"
#include "unit/net/silent_port.h"
#include "unit/temp_directory.h"

namespace assay::fleet {

using namespace std::chrono_literals;
using net::testing::SilentPort;

inline const catalog::Catalog& the_catalog() {
  static const auto kCatalog = catalog::Catalog::embedded();
  return *kCatalog;
}

inline WorkerSettings quick_settings() {
  WorkerSettings settings;
  settings.scan.trust = *net::tls::TrustStore::load({});
  settings.scan.gate.allowed_networks = {*net::parse_cidr("127.0.0.0/8")};
  settings.scan.gate.host_requests_per_second = 0;
  settings.scan.gate.request_timeout = settings.scan.gate.connect_timeout = 1500ms;
  settings.name = "test";
  settings.jobs_at_once = 4;
  settings.poll = 20ms;
  settings.retry_recording = 20ms;
  return settings;
}

inline bool eventually(const std::function<bool()>& condition, Duration within = 60s) {
  const auto until = std::chrono::steady_clock::now() + within;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(10ms);
  }
  return true;
}

class LedgerFixture : public ::testing::Test {
 protected:
  std::filesystem::path file() const { return directory_.path() / "ledger.db"; }
  std::unique_ptr<ledger::Ledger> open() const {
    auto opened = ledger::Ledger::open("sqlite:" + file().string(), std::nullopt);
    EXPECT_TRUE(opened) << opened.error().message();
    return opened ? std::move(*opened) : nullptr;
  }
  ledger::Ledger& the_ledger() {
    if (!ledger_) ledger_ = open();
    return *ledger_;
  }
  void close() { ledger_.reset(); }

  void add_app(const std::string& key, const std::string& target = "https://127.0.0.1:1/",
               const std::string& kind = "service") {
    const App app{.key = key, .name = key, .kind = kind, .target = target, .owner = "", .added = now()};
    const auto added = the_ledger().add_app(app);
    EXPECT_TRUE(added) << added.error().message();
  }
  Job enqueue(const std::string& app, JobOrigin origin = JobOrigin::requested, std::vector<std::string> only = {},
              const std::string& group = "outside-daily") {
    auto job = the_ledger().write([&](ledger::Work& work) {
      return ledger::enqueue_job(work, {.app_key = app,
                                        .group = group,
                                        .origin = origin,
                                        .only = only,
                                        .requested_by = "ann@example.com",
                                        .ready = {}});
    });
    EXPECT_TRUE(job) << job.error().message();
    return job ? std::move(*job) : Job{};
  }
  Job get(const std::string& id) {
    return **the_ledger().read([&](ledger::Work& work) { return ledger::find_job(work, id); });
  }
  std::vector<Job> jobs(const std::string& filter) {
    ledger::ListQuery query;
    query.filter = filter;
    query.limit = ledger::kMaxPage;
    auto page = the_ledger().read([&](ledger::Work& work) { return ledger::list_jobs(work, query); });
    EXPECT_TRUE(page) << page.error().message();
    return page ? std::move(page->items) : std::vector<Job>{};
  }

 private:
  TempDirectory directory_;
  std::unique_ptr<ledger::Ledger> ledger_;
};

}  // namespace assay::fleet

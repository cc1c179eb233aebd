// Processes that die and disks that fill up: what was recorded stays, what was not is not half there.

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <chrono>
#include <thread>

#include "base/bytes.h"
#include "ledger/database.h"
#include "unit/ledger/sample.h"

namespace assay::ledger {
namespace {

using ::testing::HasSubstr;

class FaultsTest : public BothEngines {
 protected:
  static ScanRecord scan_number(int n) {
    const auto outcome = n % 2 == 0 ? Outcome::fail : Outcome::pass;
    const std::vector<std::string> locators =
        n % 2 == 0 ? std::vector<std::string>{"header"} : std::vector<std::string>{};
    ScanRecord scan =
        sample_scan("scan-" + std::to_string(n), day(n), {sample_verdict("hsts", "https://a", outcome, locators)});
    for (int i = 0; i < 20; ++i)
      scan.evidence.push_back(sample_evidence(kind::kHttpPage, std::to_string(i), std::string(2000, 'x')));
    return scan;
  }

  // A child that records scan 0, 1, 2, … and writes one byte for each that record_scan has accepted.
  pid_t start_recorder(int report) {
    const pid_t child = fork();
    if (child != 0) return child;
    auto ledger = Ledger::open(url(), sample_key("k1", 'a'));
    for (int n = 0; ledger; ++n) {
      ScanRecord scan = scan_number(n);
      if (!(*ledger)->record_scan(scan) || write(report, "x", 1) != 1) break;
    }
    _exit(1);
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, FaultsTest, ::testing::Values(kSqlite, kPostgresql), engine_name);

TEST_P(FaultsTest, KillingTheProcessLosesNoRecordedScan) {
  {
    ASSERT_NE(open(sample_key("k1", 'a')), nullptr);
  }
  int recorded = 0;
  for (int round = 0; round < 5; ++round) {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const pid_t child = start_recorder(ends[1]);
    close(ends[1]);
    char byte = 0;
    int accepted = 0;
    const int wanted = 5 + 7 * round;
    while (accepted < wanted && read(ends[0], &byte, 1) == 1) ++accepted;
    std::this_thread::sleep_for(std::chrono::microseconds(700 * round));  // somewhere inside the next one
    kill(child, SIGKILL);
    while (read(ends[0], &byte, 1) == 1) ++accepted;
    close(ends[0]);
    waitpid(child, nullptr, 0);
    EXPECT_GE(accepted, wanted);
    recorded = std::max(recorded, accepted);
  }
  const auto ledger = open(sample_key("k1", 'a'));
  ASSERT_NE(ledger, nullptr);
  const auto scans = ledger->scans_of("com.example.app", 10'000);
  ASSERT_TRUE(scans);
  // The scan that was under way may have been committed just before its report.
  EXPECT_GE(scans->size(), static_cast<std::size_t>(recorded));
  EXPECT_LE(scans->size(), static_cast<std::size_t>(recorded + 1));
  for (int n = 0; n < static_cast<int>(scans->size()); ++n) {
    const auto loaded = ledger->load_scan("scan-" + std::to_string(n));
    ASSERT_TRUE(loaded) << n << ": " << loaded.error().message();
    ASSERT_EQ(loaded->evidence.size(), 20U);
    ASSERT_EQ(loaded->verdicts.size(), 1U);
    ScanRecord again = scan_number(n);
    EXPECT_OK(ledger->record_scan(again));
    EXPECT_EQ(again.standing, loaded->standing);
    EXPECT_EQ(again.fixed.size(), loaded->fixed.size());
  }
  EXPECT_EQ(ledger->scans_of("com.example.app", 10'000)->size(), scans->size());
  EXPECT_EQ(ledger->findings_of("com.example.app")->size(), 1U);
  if (!sqlite()) return;
  EXPECT_OK((*Database::connect(url()))->run([](soci::session& sql) -> Result<void> {
    std::string verdict;
    sql << "pragma integrity_check", soci::into(verdict);
    EXPECT_EQ(verdict, "ok");
    return {};
  }));
}

TEST(Sqlite, AFullDiskIsAnErrorAndLosesNothing) {
  TempDirectory directory;
  const std::string path = (directory.path() / "ledger.db").string();
  const auto large_scan = [](int n) {
    ScanRecord scan = sample_scan("scan-" + std::to_string(n), day(n), {});
    scan.evidence = {sample_evidence(kind::kSurface, "app", to_base64(random_bytes(100'000)))};
    return scan;
  };
  {
    ASSERT_TRUE(Ledger::open(path, std::nullopt));
  }
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{1'000'000, 1'000'000};  // of any file: the kernel refuses writes beyond it
    setrlimit(RLIMIT_FSIZE, &limit);
    auto ledger = Ledger::open(path, std::nullopt);
    for (int n = 0; ledger && n < 100; ++n) {
      ScanRecord scan = large_scan(n);
      const auto done = (*ledger)->record_scan(scan);
      const std::string line = done ? "x" : done.error().message();
      if (write(ends[1], line.data(), line.size()) < 0 || !done) break;
    }
    _exit(0);
  }
  close(ends[1]);
  std::string report;
  char buffer[512];
  for (ssize_t n = 0; (n = read(ends[0], buffer, sizeof buffer)) > 0;)
    report.append(buffer, static_cast<std::size_t>(n));
  close(ends[0]);
  waitpid(child, nullptr, 0);
  EXPECT_THAT(report, HasSubstr("nothing of this call was stored"));
  const auto recorded = report.find_first_not_of('x');
  EXPECT_GT(recorded, 1U);
  const auto ledger = Ledger::open(path, std::nullopt);
  ASSERT_TRUE(ledger) << ledger.error().message();
  EXPECT_EQ((*ledger)->scans_of("com.example.app", 1000)->size(), recorded);
  for (std::size_t n = 0; n < recorded; ++n) EXPECT_OK((*ledger)->load_scan("scan-" + std::to_string(n)));
  ScanRecord next = large_scan(static_cast<int>(recorded));
  EXPECT_OK((*ledger)->record_scan(next));
}

}  // namespace
}  // namespace assay::ledger

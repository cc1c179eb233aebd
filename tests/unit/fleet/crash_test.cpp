// Processes that are killed while they scan, and disks that are full: what was reported as recorded is there, nothing
// is there twice, and every job is done in the end.

#include <fcntl.h>
#include <signal.h>
#include <soci/soci.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <map>
#include <random>
#include <set>
#include <sstream>

#include "fleet/fleet.h"
#include "unit/fleet/fleet_testing.h"

namespace assay::fleet {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

class CrashTest : public LedgerFixture {
 protected:
  void SetUp() override {
    LedgerFixture::SetUp();
    std::vector<ledger::NewJob> wanted;
    for (int i = 1; i <= kApps; ++i) {
      const auto key = "app" + std::to_string(i);
      add_app(key, "https://127.0.0." + std::to_string(i) + ":1/");
      for (const auto origin : {JobOrigin::requested, JobOrigin::scheduled})
        wanted.push_back({.app_key = key,
                          .group = "outside-daily",
                          .origin = origin,
                          .only = {"hsts", "cert-valid"},
                          .requested_by = "test",
                          .ready = {}});
    }
    ASSERT_TRUE(the_ledger().write([&](ledger::Work& work) { return ledger::enqueue_jobs(work, wanted); }));
    close();
  }

  // A server's life in a process of its own: works until it is killed, and writes the id of each scan that it reports
  // as recorded to `out`. `before`: in the child, before anything else.
  static pid_t live(const std::filesystem::path& file, int out, const std::function<void()>& before) {
    const pid_t child = fork();
    if (child != 0) return child;
    before();
    auto opened = ledger::Ledger::open("sqlite:" + file.string(), std::nullopt);
    if (!opened) _exit(3);
    FleetSettings settings;
    settings.worker = quick_settings();
    settings.worker.lease = 600ms;
    settings.tick = 100ms;
    Fleet fleet(the_catalog(), **opened, settings, {}, {}, {}, nullptr);
    const auto watch = fleet.events().subscribe(100'000);
    if (!fleet.start()) _exit(4);
    while (true) {
      for (const auto& event : watch->take()) {
        const std::string line = event.scan_id + "\n";
        if (event.kind == Event::Kind::job && event.state == "done" &&
            write(out, line.data(), line.size()) != static_cast<ssize_t>(line.size()))
          _exit(5);
      }
      std::this_thread::sleep_for(5ms);
    }
  }

  static std::vector<std::string> lines_of(int fd) {
    std::string text;
    char buffer[4096];
    for (ssize_t n = 0; (n = read(fd, buffer, sizeof buffer)) > 0;) text.append(buffer, static_cast<std::size_t>(n));
    std::istringstream in(text);
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
  }

  // One life of `length`; gives what it reported.
  std::vector<std::string> live_for(Duration length, const std::function<void()>& before = [] {}) const {
    int ends[2];
    EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
    const pid_t child = live(file(), ends[1], before);
    ::close(ends[1]);
    std::this_thread::sleep_for(length);
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    auto reported = lines_of(ends[0]);
    ::close(ends[0]);
    return reported;
  }

  void expect_sound(const std::vector<std::string>& reported) {
    std::set<std::string> of_jobs;
    std::size_t done = 0;
    for (const auto& job : jobs("state:done")) {
      ++done;
      EXPECT_TRUE(of_jobs.insert(job.scan_id).second) << "two jobs name one scan";
      EXPECT_TRUE(the_ledger().load_scan(job.scan_id)) << "a job that is done has no scan";
    }
    for (const auto& id : reported) EXPECT_TRUE(of_jobs.contains(id)) << "a reported scan was lost: " << id;
    std::size_t scans = 0;
    for (const auto& app : *the_ledger().apps()) scans += the_ledger().scans_of(app.key, 99)->size();
    EXPECT_EQ(scans, done) << "a scan was recorded without its job, or twice";
  }

  void finish() {
    FleetSettings settings;
    settings.worker = quick_settings();
    settings.tick = 100ms;
    Fleet fleet(the_catalog(), the_ledger(), settings, {}, {}, {}, nullptr);
    ASSERT_TRUE(fleet.start());
    EXPECT_TRUE(eventually([&] { return jobs("state:done").size() == 2 * kApps; }, 120s));
  }

  static constexpr int kApps = 40;
};

TEST_F(CrashTest, KillingTheProcessLosesNothingAndRepeatsNothing) {
  std::mt19937 random(3);
  std::vector<std::string> reported;
  for (int life = 0; life < 6; ++life) {
    const auto ids = live_for(std::chrono::milliseconds(300 + random() % 900));
    reported.insert(reported.end(), ids.begin(), ids.end());
    expect_sound(reported);
    close();  // no connection is open while the next process forks
  }
  finish();
  expect_sound(reported);
  EXPECT_THAT(jobs("-state:done"), IsEmpty());
  int again = 0;
  for (const auto& job : jobs("state:done")) again += job.attempt > 1 ? 1 : 0;
  EXPECT_GT(again, 0) << "no life ended in the middle of a scan: the test shows nothing";
}

TEST_F(CrashTest, AFullDiskLosesNothingThatWasRecorded) {
  const auto limit = [this] {
    signal(SIGXFSZ, SIG_IGN);
    const auto size = std::filesystem::file_size(file()) + 40'000;
    const rlimit files{size, size};
    if (setrlimit(RLIMIT_FSIZE, &files) != 0) _exit(6);
  };
  const auto reported = live_for(3s, limit);
  EXPECT_LT(jobs("state:done").size(), 2U * kApps) << "the disk was never full: the test shows nothing";
  expect_sound(reported);
  finish();
  expect_sound(reported);
  EXPECT_THAT(jobs("-state:done"), IsEmpty());
}

}  // namespace
}  // namespace assay::fleet

// Processes that are killed while they scan, and disks that are full: what was reported as recorded is there, nothing
// is there twice, and every job is done in the end.

#include <fcntl.h>
#include <signal.h>
#include <soci/soci.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <atomic>
#include <random>
#include <set>
#include <sstream>

#include "fleet/fleet.h"
#include "unit/fleet/fleet_testing.h"

namespace assay::fleet {
namespace {

using ::testing::Contains;
using ::testing::EndsWith;
using ::testing::IsEmpty;

// What the lines of a life begin with.
constexpr char kRecorded = 'r';  // "rID": the scan was reported as recorded
constexpr char kRefused = 'x';   // "x": the ledger could not be written

class CrashTest : public LedgerFixture {
 protected:
  // A server's life in a process of its own: works until it is killed.
  struct Life {
    pid_t process = 0;
    int lines = -1;  // to be read
  };

  void SetUp() override {
    LedgerFixture::SetUp();
    std::vector<ledger::NewJob> wanted;
    for (int i = 0; i < kApps; ++i) {
      const auto key = "app" + std::to_string(i);
      add_app(key, i == 0 ? silent_.url() : "https://127.0.0." + std::to_string(i) + ":1/");
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

  // The scan of the app that is silent ends in no life: its time-outs are hours.
  static FleetSettings settings_of_a_life() {
    FleetSettings settings;
    settings.worker = quick_settings();
    settings.worker.scan.gate.request_timeout = settings.worker.scan.gate.connect_timeout = 10h;
    settings.worker.scan.scan_timeout = 10h;
    settings.worker.lease = 600ms;
    settings.tick = 100ms;
    return settings;
  }

  static void tell(int out, const std::string& line) {
    if (write(out, line.data(), line.size()) != static_cast<ssize_t>(line.size())) _exit(5);
  }

  // What a life does in its process; it never returns.
  [[noreturn]] static void live(const std::filesystem::path& file, int out) {
    auto opened = ledger::Ledger::open("sqlite:" + file.string(), std::nullopt);
    if (!opened) _exit(3);
    std::atomic<bool> told = false;
    const auto log = [&](LogLevel, std::string_view type, const Json&) {
      const bool refused =
          type == "fleet.record-again" || type == "fleet.record-failed" || type == "fleet.claim-failed";
      if (refused && !told.exchange(true)) tell(out, {kRefused, '\n'});
    };
    Fleet fleet(the_catalog(), **opened, settings_of_a_life(), {}, {}, log, nullptr);
    const auto watch = fleet.events().subscribe(100'000);
    if (!fleet.start()) _exit(4);
    while (true) {
      for (const auto& event : watch->take())
        if (event.kind == Event::Kind::job && event.state == "done") tell(out, kRecorded + event.scan_id + "\n");
      std::this_thread::sleep_for(5ms);
    }
  }

  // `before`: in the process of the life, before anything else. No connection to the ledger may be open here.
  Life begin(const std::function<void()>& before = [] {}) const {
    int ends[2];
    EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
    const pid_t child = fork();
    if (child == 0) {
      before();
      live(file(), ends[1]);
    }
    ::close(ends[1]);
    return {.process = child, .lines = ends[0]};
  }

  // Kills it and gives the scans that it reported as recorded, after those of `told`: what was read from it already.
  static std::vector<std::string> end(const Life& life, std::string told = {}) {
    kill(life.process, SIGKILL);
    waitpid(life.process, nullptr, 0);
    char buffer[4096];
    for (ssize_t n = 0; (n = read(life.lines, buffer, sizeof buffer)) > 0;)
      told.append(buffer, static_cast<std::size_t>(n));
    ::close(life.lines);
    std::istringstream in(told);
    std::vector<std::string> recorded;
    for (std::string line; std::getline(in, line);)
      if (line.front() == kRecorded) recorded.push_back(line.substr(1));
    return recorded;
  }

  // Waits until the life says that it could not write to its ledger; gives what it has said.
  static std::string until_refused(const Life& life) {
    std::string told;
    char byte = 0;
    while (read(life.lines, &byte, 1) == 1) {
      told += byte;
      if (told.ends_with(std::string("\n") + kRefused + "\n") || told == std::string{kRefused, '\n'}) break;
    }
    return told;
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
  const SilentPort silent_;
};

// Each life is killed while it scans the app that is silent, and somewhere among the scans of the others.
TEST_F(CrashTest, KillingTheProcessLosesNothingAndRepeatsNothing) {
  constexpr int kLives = 6;
  std::mt19937 random(3);
  std::vector<std::string> reported;
  for (int number = 1; number <= kLives; ++number) {
    const auto life = begin();
    const auto recorded = static_cast<std::size_t>(12 * number);
    EXPECT_TRUE(eventually([&] {
      const auto running = jobs("app:app0 state:running");
      return running.size() == 1U && running[0].attempt == number && jobs("state:done").size() >= recorded;
    }));
    std::this_thread::sleep_for(std::chrono::milliseconds(random() % 100));
    const auto ids = end(life);
    reported.insert(reported.end(), ids.begin(), ids.end());
    expect_sound(reported);
    close();
  }
  finish();
  expect_sound(reported);
  EXPECT_THAT(jobs("-state:done"), IsEmpty());
  const auto killed = jobs("app:app0 state:done");
  EXPECT_THAT(killed, Contains(::testing::Field(&Job::attempt, kLives + 1)));
}

TEST_F(CrashTest, AFullDiskLosesNothingThatWasRecorded) {
  const auto life = begin([this] {
    signal(SIGXFSZ, SIG_IGN);
    const auto size = std::filesystem::file_size(file()) + 40'000;
    const rlimit files{size, size};
    if (setrlimit(RLIMIT_FSIZE, &files) != 0) _exit(6);
  });
  const auto told = until_refused(life);
  EXPECT_THAT(told, EndsWith(std::string{kRefused, '\n'})) << "the disk was never full: the test shows nothing";
  const auto reported = end(life, told);
  EXPECT_LT(jobs("state:done").size(), 2U * kApps);
  expect_sound(reported);
  finish();
  expect_sound(reported);
  EXPECT_THAT(jobs("-state:done"), IsEmpty());
}

}  // namespace
}  // namespace assay::fleet

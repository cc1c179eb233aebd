#include "net/request_log.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

#include "base/json.h"

namespace assay::net {
namespace {

std::string temporary_path(std::string_view name) {
  return (std::filesystem::temp_directory_path() /
          (std::string("assay-log-") + std::to_string(::getpid()) + "-").append(name))
      .string();
}

TEST(RequestLog, WithoutAFileItOnlyCounts) {
  RequestLog log;
  log.write({});
  EXPECT_EQ(log.entries(), 1U);
  EXPECT_TRUE(log.healthy());
}

TEST(RequestLog, AppendsAndIsForTheOwnerOnly) {
  const auto path = temporary_path("append");
  std::filesystem::remove(path);
  for (int i = 0; i < 2; ++i) {
    auto log = RequestLog::open(path);
    ASSERT_TRUE(log) << log.error().message();
    RequestLogEntry entry;
    entry.activity = "http";
    entry.url = "https://x/\xff\n\"";  // hostile bytes stay inside one JSON line
    (*log)->write(entry);
    // On the disk before the log is closed: a killed program leaves what it sent.
    std::ifstream file(path);
    EXPECT_EQ(std::count(std::istreambuf_iterator<char>(file), {}, '\n'), i + 1);
  }
  struct stat status{};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) EXPECT_TRUE(parse_json(line, path)) << line;
  std::filesystem::remove(path);
}

TEST(RequestLog, LinesOfManyThreadsStayWhole) {
  const auto path = temporary_path("threads");
  std::filesystem::remove(path);
  {
    auto log = RequestLog::open(path);
    ASSERT_TRUE(log);
    std::vector<std::thread> threads;
    threads.reserve(4);
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&log] {
        RequestLogEntry entry;
        entry.url = std::string(300, 'u');
        for (int i = 0; i < 200; ++i) (*log)->write(entry);
      });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ((*log)->entries(), 800U);
  }
  std::ifstream file(path);
  std::size_t lines = 0;
  for (std::string line; std::getline(file, line); ++lines) EXPECT_TRUE(parse_json(line, path));
  EXPECT_EQ(lines, 800U);
  std::filesystem::remove(path);
}

TEST(RequestLog, SaysWhenItCannotBeOpenedOrWritten) {
  const auto missing = RequestLog::open("/nonexistent/dir/requests.jsonl");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::io);
  EXPECT_EQ(missing.error().thing, "/nonexistent/dir/requests.jsonl");
  // A device that is always full.
  auto full = RequestLog::open("/dev/full");
  ASSERT_TRUE(full);
  (*full)->write({});
  EXPECT_FALSE((*full)->healthy());
  (*full)->write({});
  EXPECT_EQ((*full)->entries(), 2U);
}

}  // namespace
}  // namespace assay::net

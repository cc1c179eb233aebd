// The floor under a search of a tree: lists its files, opens, reads and closes each, and does nothing else. Prints what
// that cost as JSON, on one thread and on two.
//
//   bench_read DIR
//
// One buffer of 256 KiB a thread, like the program's.

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "cost.h"

namespace {

constexpr std::size_t kBuffer = 256U << 10U;

struct Read {
  std::uint64_t files = 0, bytes = 0;
};

std::vector<std::string> files_below(const std::string& root) {
  namespace fs = std::filesystem;
  std::vector<std::string> files;
  std::error_code error;
  for (fs::recursive_directory_iterator at(root, fs::directory_options::skip_permission_denied, error), end; at != end;
       at.increment(error))
    if (at->is_regular_file(error) && !at->is_symlink(error)) files.push_back(at->path().string());
  return files;
}

std::uint64_t read_file(const std::string& path, std::vector<char>& buffer) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  std::uint64_t bytes = 0;
  for (ssize_t n = 0; (n = read(file, buffer.data(), buffer.size())) > 0;) bytes += static_cast<std::uint64_t>(n);
  close(file);
  return bytes;
}

Read read_all(const std::string& root, unsigned threads) {
  const auto files = files_below(root);
  std::atomic<std::size_t> next = 0;
  std::atomic<std::uint64_t> bytes = 0;
  const auto work = [&] {
    std::vector<char> buffer(kBuffer);
    std::uint64_t mine = 0;
    for (std::size_t i = next++; i < files.size(); i = next++) mine += read_file(files[i], buffer);
    bytes += mine;
  };
  std::vector<std::thread> pool;
  for (unsigned i = 1; i < threads; ++i) pool.emplace_back(work);
  work();
  for (auto& thread : pool) thread.join();
  return {.files = files.size(), .bytes = bytes};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    fmt::print(stderr, "usage: bench_read DIR\n");
    return 2;
  }
  fmt::print("[");
  for (const unsigned threads : {1U, 2U}) {
    Read all;
    const auto least = best([&] { all = read_all(argv[1], threads); });
    fmt::print(R"({}{{"threads": {}, "files": {}, "bytes": {}, "wall_s": {:.4f}, "cpu_s": {:.4f}}})",
               threads == 1 ? "" : ", ", threads, all.files, all.bytes, least.wall, least.cpu);
  }
  fmt::print("]\n");
  return 0;
}

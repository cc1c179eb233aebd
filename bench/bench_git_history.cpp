// How fast the blobs of a repository's history are read and searched, against libgit2 and git on the same repository in
// the same run. bench/make_history.py makes a repository to measure.
//
//   bench_git_history REPOSITORY
//
// Each line is one child process: wall and CPU seconds, gigabytes of blobs (inflated) a second, and its peak memory,
// which counts the pages of mapped packs, too.

#include <fmt/format.h>
#include <git2.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/catalog.h"
#include "secrets/engine.h"
#include "source/git/blob_scan.h"
#include "source/git/engine_detector.h"
#include "source/git/history.h"
#include "source/git/library.h"
#include "source/search_cache.h"

namespace {

using namespace assay;
using namespace assay::source;

class Nobody final : public git::Detector {
 public:
  void detect(std::string_view, unsigned, std::vector<git::Mark>&) const override {}
};

// What a child tells its parent.
struct Told {
  std::atomic<std::uint64_t> blobs{0}, bytes{0}, searched{0}, found{0}, known{0};
};

void measure(const std::string& name, const std::function<void(Told&)>& work) {
  void* shared = mmap(nullptr, sizeof(Told), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) std::exit(1);
  auto* told = new (shared) Told;
  const auto started = std::chrono::steady_clock::now();
  const pid_t child = fork();
  if (child == 0) {
    work(*told);
    _exit(0);
  }
  int status = 0;
  rusage used{};
  if (wait4(child, &status, 0, &used) != child || status != 0) {
    fmt::print(stderr, "{} failed\n", name);
    std::exit(1);
  }
  const double wall = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  const double cpu = seconds(used.ru_utime) + seconds(used.ru_stime);
  const double gigabytes = static_cast<double>(told->bytes) / 1e9;
  fmt::print(
      "{{\"what\": \"{}\", \"wall_s\": {:.2f}, \"cpu_s\": {:.2f}, \"blobs\": {}, \"gb\": {:.3f}, \"gb_per_wall_s\": "
      "{:.2f}, \"gb_per_cpu_s\": {:.2f}, \"searched_gb\": {:.3f}, \"known\": {}, \"found\": {}, \"peak_mb\": {}}}\n",
      name, wall, cpu, told->blobs.load(), gigabytes, gigabytes / wall, gigabytes / cpu,
      static_cast<double>(told->searched) / 1e9, told->known.load(), told->found.load(), used.ru_maxrss / 1024);
  std::fflush(stdout);
  munmap(shared, sizeof(Told));
}

void read_ours(const std::string& directory, unsigned threads, Told& told) {
  const auto repository = git::find_repository(directory);
  if (!repository) _exit(1);
  const auto store = git::ObjectStore::open(*repository);
  const auto scan = git::scan_blobs(store, Nobody(), {.threads = threads, .max_blob_bytes = 1ULL << 30U});
  told.blobs = scan.blobs;
  told.bytes = scan.bytes;
  told.searched = scan.searched_bytes;
}

void scan_ours(const std::string& directory, unsigned threads, bool whole, const secrets::Engine& engine, Told& told) {
  const auto repository = git::find_repository(directory);
  if (!repository) _exit(1);
  const auto store = git::ObjectStore::open(*repository);
  const git::EngineDetector detector(engine, threads);
  const auto scan = git::scan_blobs(store, detector, {.threads = threads, .whole = whole});
  told.blobs = scan.blobs;
  told.bytes = scan.bytes;
  told.searched = scan.searched_bytes;
  told.found = scan.marked.size();
}

// `remembered`: the directory of a cache, "" for none.
void search_ours(const std::string& directory, unsigned threads, const secrets::Engine& engine,
                 const std::string& remembered, Told& told) {
  SearchCache cache(remembered, Bytes(32, 'k'), engine.version());
  if (!remembered.empty() && !cache.load()) _exit(1);
  const git::EngineDetector detector(engine, threads);
  secrets::Engine::Scratch scratch(engine);
  std::vector<secrets::Hit> hits;
  const auto visit = [&](const git::HistoryText& text) {
    hits.clear();
    engine.scan(text.text, {text.path}, scratch, hits);
    std::vector<git::SecretKey> keys;
    for (const auto& hit : hits) keys.push_back(git::EngineDetector::key_of(hit));
    for (const auto& claim : text.claims) {
      if (std::ranges::find(keys, claim.key) != keys.end()) ++told.found;
    }
    return keys;
  };
  const git::BlobScanOptions options{.threads = threads, .cache = remembered.empty() ? nullptr : &cache};
  const auto report = git::search_history(directory, detector, options, visit);
  if (!report || !cache.save()) _exit(1);
  told.blobs = report->blobs;
  told.bytes = report->bytes;
  told.known = report->known_blobs;
}

void read_libgit2(const std::string& directory, Told& told) {
  const auto repository = git::open_repository(directory);
  git_odb* raw = nullptr;
  if (!repository || git_repository_odb(&raw, repository->get()) != 0) _exit(1);
  struct State {
    git_odb* store;
    Told& told;
  } state{raw, told};
  const auto visit = [](const git_oid* id, void* payload) {
    auto& s = *static_cast<State*>(payload);
    std::size_t size = 0;
    git_object_t type = GIT_OBJECT_INVALID;
    if (git_odb_read_header(&size, &type, s.store, id) != 0 || type != GIT_OBJECT_BLOB) return 0;
    git_odb_object* object = nullptr;
    if (git_odb_read(&object, s.store, id) != 0) return 0;
    ++s.told.blobs;
    s.told.bytes += git_odb_object_size(object);
    git_odb_object_free(object);
    return 0;
  };
  if (git_odb_foreach(raw, visit, &state) != 0) _exit(1);
  git_odb_free(raw);
}

// Runs a program of git's and counts what it prints.
void run_git(const std::string& directory, const std::string& arguments, Told& told) {
  const std::string command = "git -C '" + directory + "' " + arguments;
  std::FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) _exit(1);
  std::vector<char> buffer(1U << 20U);
  for (std::size_t n; (n = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) told.bytes += n;
  if (pclose(pipe) != 0) _exit(1);
}

std::shared_ptr<const secrets::Engine> build_engine() {
  const auto rules = catalog::Catalog::embedded();
  if (!rules) {
    fmt::print(stderr, "{}\n", rules.error().message());
    std::exit(2);
  }
  auto engine = secrets::Engine::build(*rules->secret_rules());
  if (!engine) {
    fmt::print(stderr, "{}\n", engine.error().message());
    std::exit(2);
  }
  return *engine;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    fmt::print(stderr, "usage: bench_git_history REPOSITORY\n");
    return 2;
  }
  const std::string directory = argv[1];
  for (const unsigned threads : {1U, 2U}) {
    measure(fmt::format("assay: inflate, {} thread(s)", threads),
            [&](Told& told) { read_ours(directory, threads, told); });
  }
  measure("libgit2: inflate", [&](Told& told) { read_libgit2(directory, told); });
  measure("git cat-file --batch-all-objects (blobs, trees, commits)",
          [&](Told& told) { run_git(directory, "cat-file --batch-all-objects --unordered --batch", told); });
  measure("git log -p (what it prints)",
          [&](Told& told) { run_git(directory, "log -p -U0 --full-history --all --diff-filter=tuxdb", told); });
  const auto engine = build_engine();
  measure("assay: search all of every blob, 1 thread",
          [&](Told& told) { scan_ours(directory, 1, true, *engine, told); });
  for (const unsigned threads : {1U, 2U}) {
    measure(fmt::format("assay: search what is new, {} thread(s)", threads),
            [&](Told& told) { scan_ours(directory, threads, false, *engine, told); });
    measure(fmt::format("assay: search and tell places, {} thread(s)", threads),
            [&](Told& told) { search_ours(directory, threads, *engine, "", told); });
  }
  std::string remembered = (std::filesystem::temp_directory_path() / "assay-bench-XXXXXX").string();
  if (mkdtemp(remembered.data()) == nullptr) return 2;
  for (const auto* const run : {"first", "second"}) {
    measure(fmt::format("assay: search and tell places, 2 threads, {} run with a cache", run),
            [&](Told& told) { search_ours(directory, 2, *engine, remembered, told); });
  }
  std::filesystem::remove_all(remembered);
  return 0;
}

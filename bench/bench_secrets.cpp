// Searches directories for secrets, read into memory first, and prints what it cost as JSON: bytes a second on one
// thread and on two, next to reading the same memory; and the pass over the literals next to Vectorscan's over the
// same.
//
//   bench_secrets [--hits] [--rules DIR] PATH...
//
// Text files only (no NUL in the first 8 KiB), 64 MiB at most each. --hits prints each hit that is a finding, redacted,
// on the standard error output. --rules: a catalogue directory over the embedded one.

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/json.h"
#include "catalog/catalog.h"
#include "cost.h"
#include "secrets/engine.h"
#include "secrets/redact.h"
#include "secrets/rule_table.h"
#include "unit/secrets/vectorscan_set.h"

namespace {

using namespace assay;
using namespace assay::secrets;
using Clock = std::chrono::steady_clock;

struct File {
  std::string path;
  std::string text;
};

constexpr std::uintmax_t kMaxFile = 64U << 20U;
constexpr std::size_t kHead = 8192;

std::vector<File> read_files(const std::vector<std::string>& roots) {
  std::vector<File> files;
  namespace fs = std::filesystem;
  for (const auto& root : roots) {
    std::error_code error;
    for (fs::recursive_directory_iterator at(root, fs::directory_options::skip_permission_denied, error), end;
         at != end; at.increment(error)) {
      if (!at->is_regular_file(error) || at->is_symlink(error) || at->file_size(error) > kMaxFile) continue;
      std::ifstream in(at->path(), std::ios::binary);
      std::string text(at->file_size(error), '\0');
      in.read(text.data(), static_cast<std::streamsize>(text.size()));
      text.resize(static_cast<std::size_t>(in.gcount()));
      if (text.substr(0, kHead).find('\0') == std::string::npos)
        files.push_back({at->path().string(), std::move(text)});
    }
  }
  return files;
}

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

std::uint64_t sum_of(const std::vector<File>& files) {
  std::uint64_t sum = 0;
  for (const auto& file : files)
    for (const char c : file.text) sum += static_cast<unsigned char>(c);
  return sum;
}

// As a scan does, or with what is suppressed, as one does with --show-suppressed.
void scan_all(const Engine& engine, const std::vector<File>& files, unsigned threads, bool suppressed,
              std::vector<Hit>& hits) {
  std::atomic<std::size_t> next = 0;
  std::vector<std::vector<Hit>> found(threads);
  const auto work = [&](std::vector<Hit>& mine) {
    Engine::Scratch scratch(engine);
    for (std::size_t i = next++; i < files.size(); i = next++)
      engine.scan(files[i].text, {files[i].path, suppressed}, scratch, mine);
  };
  std::vector<std::thread> pool;
  for (unsigned i = 1; i < threads; ++i) pool.emplace_back([&, i] { work(found[i]); });
  work(found[0]);
  for (auto& thread : pool) thread.join();
  hits.clear();
  for (auto& part : found) std::ranges::move(part, std::back_inserter(hits));
}

void print_hits(const Engine& engine, const std::vector<File>& files) {
  Engine::Scratch scratch(engine);
  for (const auto& file : files) {
    std::vector<Hit> hits;
    engine.scan(file.text, {file.path}, scratch, hits);
    for (const auto& hit : hits)
      if (hit.suppressed.empty())
        fmt::print(stderr, "{} {} {}:{} {}\n", hit.rule->id, to_string(hit.confidence), file.path, hit.begin,
                   redact(hit.secret));
  }
}

// The literals of all rules sought in each file by one thread.
template <class Set>
std::uint64_t count_literals(const Set& set, const std::vector<File>& files) {
  std::uint64_t count = 0;
  auto found = [&](std::uint32_t, std::size_t) { ++count; };
  for (const auto& file : files) set.scan(file.text, found);
  return count;
}

Json literals_beside_vectorscan(const std::vector<SecretRule>& rules, const std::vector<File>& files,
                                double gigabytes) {
  const auto table = RuleTable::build(rules);
  if (!table) return nullptr;
  const VectorscanSet oracle((*table)->literals.literals());
  std::uint64_t ours = 0;
  std::uint64_t theirs = 0;
  const auto own = best([&] { ours = count_literals((*table)->literals, files); });
  const auto other = best([&] { theirs = count_literals(oracle, files); });
  return {{"literals", (*table)->literals.literals().size()},
          {"places", ours},
          {"places_of_vectorscan", theirs},
          {"gb_s_of_cpu", gigabytes / own.cpu},
          {"vectorscan_gb_s_of_cpu", gigabytes / other.cpu}};
}

Json counts(const std::vector<Hit>& hits) {
  std::map<std::string, int> rules;
  std::map<std::string, int> suppressed;
  std::set<std::pair<std::string, std::string>> secrets;  // each once, as a report shows it, in however many places
  for (const auto& hit : hits) {
    if (hit.suppressed.empty()) secrets.emplace(hit.rule->id, hit.secret);
    ++(hit.suppressed.empty() ? rules[hit.rule->id + " " + std::string(to_string(hit.confidence))]
                              : suppressed[hit.suppressed]);
  }
  return {{"findings", rules}, {"secrets", secrets.size()}, {"suppressed", suppressed}};
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> roots(argv + 1, argv + argc);
  const bool list = std::erase(roots, "--hits") != 0;
  std::string own;
  if (const auto at = std::ranges::find(roots, "--rules"); at != roots.end() && at + 1 != roots.end()) {
    own = at[1];
    roots.erase(at, at + 2);
  }
  auto start = Clock::now();
  const auto catalog = own.empty() ? catalog::Catalog::embedded() : catalog::Catalog::from_directory(own, true);
  const auto load = seconds_since(start);
  start = Clock::now();
  const auto engine = catalog ? Engine::build(*catalog->secret_rules()) : std::unexpected(catalog.error());
  if (!engine) {
    fmt::print(stderr, "{}\n", engine.error().message());
    return 2;
  }
  const auto build = seconds_since(start);
  const auto files = read_files(roots);
  std::uint64_t bytes = 0;
  for (const auto& file : files) bytes += file.text.size();
  std::uint64_t sum = 0;
  std::vector<Hit> hits;
  const double gigabytes = static_cast<double>(bytes) / 1e9;
  const auto memory = best([&] { sum += sum_of(files); });
  const auto one = best([&] { scan_all(**engine, files, 1, false, hits); });
  const auto two = best([&] { scan_all(**engine, files, 2, false, hits); });
  scan_all(**engine, files, 2, true, hits);
  Json result = counts(hits);
  result.update({{"files", files.size()},
                 {"bytes", bytes},
                 {"checksum", sum},
                 {"rules", (*engine)->rules().size()},
                 {"load_catalogue_ms", load * 1e3},
                 {"build_engine_ms", build * 1e3},
                 {"memory_gb_s", gigabytes / memory.cpu},
                 {"literals", literals_beside_vectorscan(*catalog->secret_rules(), files, gigabytes)},
                 {"scan_gb_s_of_cpu", gigabytes / one.cpu},
                 {"scan_gb_s", gigabytes / one.wall},
                 {"scan_two_threads_gb_s", gigabytes / two.wall}});
  fmt::print("{}\n", result.dump(2));
  if (list) print_hits(**engine, files);
  return 0;
}

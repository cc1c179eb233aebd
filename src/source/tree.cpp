#include "source/tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

#include "base/text.h"
#include "model/secret.h"
#include "source/file_stream.h"

namespace assay::source {

namespace {

constexpr std::size_t kBatch = 64;  // files that a thread takes at once

// Some files of one directory. Names are joined by NUL, because a tree of millions waits here.
struct Batch {
  std::shared_ptr<const std::string> directory;  // "" is the root
  std::string names;
  std::size_t count = 0;
};

// What the walking thread leaves for the others.
class Batches {
 public:
  void put(Batch batch) {
    const std::scoped_lock lock(mutex_);
    waiting_.push_back(std::move(batch));
    arrived_.notify_one();
  }

  void end() {
    const std::scoped_lock lock(mutex_);
    ended_ = true;
    arrived_.notify_all();
  }

  // Waits; false when there will be none.
  bool take(Batch& out) {
    std::unique_lock lock(mutex_);
    arrived_.wait(lock, [this] { return ended_ || !waiting_.empty(); });
    if (waiting_.empty()) return false;
    out = std::move(waiting_.front());
    waiting_.pop_front();
    return true;
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<Batch> waiting_;
  bool ended_ = false;
};

std::string below(const std::string& directory, std::string_view name) {
  return directory.empty() ? std::string(name) : fmt::format("{}/{}", directory, name);
}

class Walk {
 public:
  Walk(int root, const TreeLimits& limits, TreeProgress& progress, const std::stop_token& stop)
      : root_(root), limits_(limits), progress_(progress), stop_(stop) {}

  // Finds all files. What cannot be listed goes to `taker`, whose thread this is.
  void find(FileTaker& taker) {
    std::vector<std::pair<std::string, std::size_t>> directories{{std::string(), 0}};  // with their depth
    while (!directories.empty() && !stop_.stop_requested() && !full_) {
      const auto [directory, depth] = std::move(directories.back());
      directories.pop_back();
      std::vector<std::string> inner;
      list(directory, inner, taker);
      if (depth + 1 >= limits_.depth && !inner.empty()) {
        taker.missed(directory, {std::string(gap::kLimit), fmt::format("directories deeper than {}", limits_.depth)});
        continue;
      }
      for (auto& name : inner) directories.emplace_back(below(directory, name), depth + 1);
    }
    progress_.all_found = true;
    batches_.end();
  }

  void read(FileTaker& taker) {
    Batch batch;
    while (batches_.take(batch)) {
      if (stop_.stop_requested()) continue;
      OwnedFd opened;
      if (!batch.directory->empty()) {
        auto fd = open_beneath(root_, *batch.directory, true);
        if (!fd) {
          taker.missed(*batch.directory, fd.error());
          progress_.files_done += batch.count;
          continue;
        }
        opened = std::move(*fd);
      }
      for (const auto name : split(batch.names, '\0')) {
        if (stop_.stop_requested()) break;
        read_file(taker, opened ? opened.get() : root_, *batch.directory, std::string(name));
      }
    }
  }

 private:
  void read_file(FileTaker& taker, int at, const std::string& directory, const std::string& name) {
    const auto path = below(directory, name);
    auto stream = FileStream::open(at, name);
    if (stream) {
      taker.file(*stream, path);
    } else if (stream.error().reason != gap::kSpecialFile) {
      taker.missed(path, stream.error());
    }
    ++progress_.files_done;
  }

  void list(const std::string& directory, std::vector<std::string>& inner, FileTaker& taker) {
    auto fd = open_beneath(root_, directory.empty() ? "." : directory, true);
    if (!fd) return taker.missed(directory.empty() ? "." : directory, fd.error());
    DIR* listing = ::fdopendir(fd->get());
    if (listing == nullptr) return taker.missed(directory, {std::string(gap::kUnreadable), std::strerror(errno)});
    fd->release();
    const auto shared = std::make_shared<const std::string>(directory);
    Batch batch{shared, {}, 0};
    errno = 0;
    while (const dirent* entry = ::readdir(listing)) {
      const std::string_view name = entry->d_name;
      const auto type = type_of(*entry, ::dirfd(listing));
      if (type == DT_DIR && name != "." && name != ".." && name != ".git") inner.emplace_back(name);
      if (type == DT_REG && !add(batch, name)) {
        taker.missed(".", {std::string(gap::kLimit), fmt::format("more than {} files", limits_.files)});
        break;
      }
      errno = 0;
    }
    if (errno != 0) taker.missed(below(directory, "."), {std::string(gap::kUnreadable), std::strerror(errno)});
    ::closedir(listing);
    if (batch.count > 0) batches_.put(std::move(batch));
  }

  static unsigned char type_of(const dirent& entry, int directory) {
    if (entry.d_type != DT_UNKNOWN) return entry.d_type;
    struct stat status{};
    if (::fstatat(directory, entry.d_name, &status, AT_SYMLINK_NOFOLLOW) != 0) return DT_UNKNOWN;
    return static_cast<unsigned char>(IFTODT(status.st_mode));
  }

  bool add(Batch& batch, std::string_view name) {
    if (++progress_.files_found > limits_.files) {
      full_ = true;
      return false;
    }
    if (batch.count > 0) batch.names += '\0';
    batch.names += name;
    if (++batch.count == kBatch) {
      Batch next{batch.directory, {}, 0};
      batches_.put(std::exchange(batch, std::move(next)));
    }
    return true;
  }

  int root_;
  const TreeLimits& limits_;
  TreeProgress& progress_;
  const std::stop_token& stop_;
  Batches batches_;
  bool full_ = false;  // of the walking thread alone
};

}  // namespace

Result<void> walk_tree(const std::string& root, const TreeLimits& limits,
                       const std::vector<std::unique_ptr<FileTaker>>& takers, TreeProgress& progress,
                       const std::stop_token& stop) {
  const OwnedFd fd(::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd)
    return fail(ErrorCode::io, root, std::string("cannot be opened: ") + std::strerror(errno),
                "check the path and its permissions");
  Walk walk(fd.get(), limits, progress, stop);
  std::vector<std::jthread> others;
  for (std::size_t i = 1; i < takers.size(); ++i) others.emplace_back([&walk, &takers, i] { walk.read(*takers[i]); });
  walk.find(*takers.front());
  walk.read(*takers.front());
  return {};
}

}  // namespace assay::source

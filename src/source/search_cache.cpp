#include "source/search_cache.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <span>
#include <thread>
#include <utility>

#include "source/file_stream.h"

namespace assay::source {

namespace {

// The file: kMagic, which ends with the format's number; the mark; the numbers of young and old names (64 bits each,
// least byte first); the names.
constexpr std::string_view kMagic = "assay searched 1";
constexpr std::string_view kAnyFormat = kMagic.substr(0, kMagic.size() - 1);
constexpr std::size_t kHead = kMagic.size() + sizeof(Sha256) + 16;
constexpr std::size_t kName = sizeof(SearchCache::Name);
constexpr std::chrono::milliseconds kPatience{2000}, kPause{20};

constexpr std::string_view kRemedy = "see to the directory, name another one with --cache, or use --no-cache";
// What load() refuses, save() replaces.
constexpr std::string_view kReplaced = "all is searched, and the file made anew";

std::uint64_t number_at(ByteView bytes) {
  std::uint64_t number = 0;
  for (std::size_t i = 8; i > 0; --i) number = number << 8U | bytes[i - 1];
  return number;
}

void append_number(Bytes& to, std::uint64_t number) {
  for (int i = 0; i < 8; ++i, number >>= 8U) to.push_back(static_cast<std::uint8_t>(number));
}

void append(Bytes& to, const std::vector<SearchCache::Name>& names) {
  for (const auto& name : names) to.insert(to.end(), name.begin(), name.end());
}

std::vector<SearchCache::Name> names_in(ByteView bytes) {
  std::vector<SearchCache::Name> names(bytes.size() / kName);
  if (!names.empty()) std::memcpy(names.data(), bytes.data(), names.size() * kName);
  return names;
}

std::unexpected<Error> cannot(const std::string& path, std::string_view what, int cause,
                              std::string_view remedy = kRemedy) {
  return fail(ErrorCode::io, path, fmt::format("{}: {}", what, std::strerror(cause)), std::string(remedy));
}

// All bytes of a file that is ours alone to write; not_found when there is none.
Result<Bytes> read_own(const std::string& path, std::size_t most) {
  const OwnedFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!fd && errno == ENOENT) return fail(ErrorCode::not_found, path, "does not exist");
  if (!fd) return cannot(path, "cannot be opened", errno, kReplaced);
  struct stat status{};
  if (::fstat(fd.get(), &status) != 0) return cannot(path, "cannot be read", errno, kReplaced);
  if (!S_ISREG(status.st_mode) || status.st_uid != ::geteuid() || (status.st_mode & 022U) != 0)
    return fail(ErrorCode::io, path, "is no file of this user's own, or others can write to it",
                std::string(kReplaced));
  if (static_cast<std::uint64_t>(status.st_size) > most)
    return fail(ErrorCode::invalid_input, path, fmt::format("has more than {} bytes", most), std::string(kReplaced));
  Bytes bytes(static_cast<std::size_t>(status.st_size));
  std::size_t filled = 0;
  while (filled < bytes.size()) {
    const auto n = ::read(fd.get(), bytes.data() + filled, bytes.size() - filled);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return cannot(path, "cannot be read", errno, kReplaced);
    if (n == 0) break;
    filled += static_cast<std::size_t>(n);
  }
  bytes.resize(filled);
  return bytes;
}

bool write_all(int fd, std::span<const std::uint8_t> bytes) {
  while (!bytes.empty()) {
    const auto n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
  return true;
}

// Lets one process at a time read, join and write.
Result<OwnedFd> lock(const std::string& path) {
  OwnedFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd) return cannot(path, "cannot be made", errno);
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) return cannot(path, "cannot be locked", errno);
    if (std::chrono::steady_clock::now() > end)
      return fail(ErrorCode::io, path, "is held by another process", "this run's part is forgotten; nothing to do");
    std::this_thread::sleep_for(kPause);
  }
  return fd;
}

void sort_names(std::vector<SearchCache::Name>& names) {
  std::ranges::sort(names);
  const auto same = std::ranges::unique(names);
  names.erase(same.begin(), same.end());
}

}  // namespace

SearchCache::SearchCache(std::string directory, ByteView key, std::string_view version, std::size_t most_names)
    : directory_(std::move(directory)), path_(directory_ + "/searched"), most_names_(most_names) {
  key_ = hmac_sha256(key, as_bytes(fmt::format("assay searched {}", version)));
  mark_ = hmac_sha256(key_, as_bytes("mark"));
}

Result<SearchCache::Generations> SearchCache::parse(ByteView file, const Sha256& mark, std::size_t most_names) {
  const auto broken = [](std::string_view why) {
    return fail(ErrorCode::invalid_input, "a cache of searches", std::string(why), std::string(kReplaced));
  };
  const auto text = as_text(file);
  if (!text.starts_with(kMagic) && text.starts_with(kAnyFormat)) return Generations{};
  if (!text.starts_with(kMagic) || file.size() < kHead) return broken("is damaged: no cache of searches, or cut off");
  if (!std::ranges::equal(file.subspan(kMagic.size(), mark.size()), mark)) return Generations{};
  const auto young = number_at(file.subspan(kHead - 16)), old = number_at(file.subspan(kHead - 8));
  if (young > most_names || old > most_names || file.size() - kHead != (young + old) * kName)
    return broken("is damaged: it has not as many names as it says");
  Generations names{names_in(file.subspan(kHead, young * kName)), names_in(file.subspan(kHead + young * kName))};
  if (!std::ranges::is_sorted(names.young) || !std::ranges::is_sorted(names.old))
    return broken("is damaged: its names are out of order");
  return names;
}

Result<SearchCache::Generations> SearchCache::read() const {
  const auto bytes = read_own(path_, kHead + 2 * most_names_ * kName);
  if (!bytes && bytes.error().code == ErrorCode::not_found) return Generations{};
  if (!bytes) return std::unexpected(bytes.error());
  auto names = parse(*bytes, mark_, most_names_);
  if (!names) names.error().thing = path_;
  return names;
}

Result<void> SearchCache::load() {
  auto names = read();
  broken_ = !names;
  if (!names) return std::unexpected(names.error());
  known_ = std::move(*names);
  return {};
}

SearchCache::Name SearchCache::name(std::string_view context, ByteView content) const {
  const auto inner = sha256(content);
  std::string all(as_text(inner));
  all += context;
  const auto whole = hmac_sha256(key_, as_bytes(all));
  Name name;
  std::memcpy(name.data(), whole.data(), name.size());
  return name;
}

bool SearchCache::knows(const Name& name) {
  if (std::ranges::binary_search(known_.young, name)) return true;
  if (!std::ranges::binary_search(known_.old, name)) return false;
  learn(name);  // it is young again
  return true;
}

void SearchCache::learn(const Name& name) {
  const std::scoped_lock guard(mutex_);
  if (met_.size() < most_names_) met_.push_back(name);
}

// A generation that is full becomes the old one, and the old one goes.
SearchCache::Generations SearchCache::joined(Generations disk) {
  sort_names(met_);
  std::vector<Name> all;
  all.reserve(disk.young.size() + met_.size());
  std::ranges::set_union(disk.young, met_, std::back_inserter(all));
  if (all.size() <= most_names_) return {std::move(all), std::move(disk.old)};
  return {met_, std::move(disk.young)};
}

Result<void> SearchCache::write(const Generations& names) const {
  Bytes file(kMagic.begin(), kMagic.end());
  file.reserve(kHead + (names.young.size() + names.old.size()) * kName);
  file.insert(file.end(), mark_.begin(), mark_.end());
  append_number(file, names.young.size());
  append_number(file, names.old.size());
  append(file, names.young);
  append(file, names.old);
  const auto temporary = path_ + ".new";  // whoever holds the lock may overwrite what a crash left there
  const OwnedFd fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd) return cannot(temporary, "cannot be made", errno);
  if (::fchmod(fd.get(), 0600) != 0 || !write_all(fd.get(), file) || ::rename(temporary.c_str(), path_.c_str()) != 0) {
    const int cause = errno;
    ::unlink(temporary.c_str());
    return cannot(path_, "cannot be written", cause);
  }
  return {};
}

Result<void> SearchCache::save() {
  const std::scoped_lock guard(mutex_);
  if (met_.empty() && !broken_) return {};
  std::error_code ec;
  const auto parent = std::filesystem::path(directory_).parent_path();
  if (!parent.empty()) std::filesystem::create_directories(parent, ec);
  if (!ec && ::mkdir(directory_.c_str(), 0700) != 0 && errno != EEXIST) ec.assign(errno, std::generic_category());
  if (ec) return cannot(directory_, "cannot be made", ec.value());
  const auto held = lock(directory_ + "/lock");
  if (!held) return std::unexpected(held.error());
  auto disk = read();  // what is broken is replaced; load() has said so
  auto written = write(joined(disk ? std::move(*disk) : Generations{}));
  if (!written) return written;
  met_.clear();
  broken_ = false;
  return {};
}

}  // namespace assay::source

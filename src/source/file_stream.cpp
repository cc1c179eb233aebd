#include "source/file_stream.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "model/secret.h"

namespace assay::source {

namespace {

constexpr off_t kPage = 4096;
constexpr int kReadOnly = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;

std::unexpected<Obstacle> unreadable(int cause) {
  return std::unexpected(Obstacle{std::string(gap::kUnreadable), std::strerror(cause)});
}

}  // namespace

OwnedFd& OwnedFd::operator=(OwnedFd&& other) noexcept {
  if (this != &other) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = other.release();
  }
  return *this;
}

OwnedFd::~OwnedFd() {
  if (fd_ >= 0) ::close(fd_);
}

int OwnedFd::release() {
  return std::exchange(fd_, -1);
}

Look<OwnedFd> open_beneath(int at, const std::string& name, bool directory) {
  const int flags = kReadOnly | (directory ? O_DIRECTORY : 0);
  // A single name cannot lead anywhere but by being a link itself, which O_NOFOLLOW refuses at half the price.
  if (name.find('/') == std::string::npos) {
    const int fd = ::openat(at, name.c_str(), flags);
    if (fd < 0) return unreadable(errno);
    return OwnedFd(fd);
  }
  open_how how{};
  how.flags = static_cast<decltype(how.flags)>(flags);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  const auto fd = static_cast<int>(::syscall(SYS_openat2, at, name.c_str(), &how, sizeof how));
  if (fd >= 0) return OwnedFd(fd);
  if (errno != ENOSYS && errno != EPERM) return unreadable(errno);
  // A sandbox without openat2: step by step.
  OwnedFd parent;
  for (std::size_t begin = 0;;) {
    const auto slash = name.find('/', begin);
    const bool last = slash == std::string::npos;
    const int next = ::openat(parent ? parent.get() : at, name.substr(begin, last ? slash : slash - begin).c_str(),
                              last ? flags : kReadOnly | O_DIRECTORY);
    if (next < 0) return unreadable(errno);
    parent = OwnedFd(next);
    if (last) return parent;
    begin = slash + 1;
  }
}

Look<FileStream> FileStream::of(OwnedFd fd) {
  struct stat status{};
  if (::fstat(fd.get(), &status) != 0) return unreadable(errno);
  if (!S_ISREG(status.st_mode))
    return std::unexpected(Obstacle{std::string(gap::kSpecialFile), "it is no regular file"});
  const bool sparse = status.st_size > kPage && status.st_blocks * 512 < status.st_size;
  return FileStream(std::move(fd), status.st_size, sparse);
}

Look<FileStream> FileStream::open(int at, const std::string& name) {
  auto fd = open_beneath(at, name, false);
  if (!fd) return std::unexpected(fd.error());
  return of(std::move(*fd));
}

Look<FileStream> FileStream::open_path(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0) return unreadable(errno);
  return of(OwnedFd(fd));
}

// Moves to the next data. Without SEEK_DATA (some file systems) all is data.
void FileStream::skip_hole() {
  const off_t data = ::lseek(fd_.get(), position_, SEEK_DATA);
  if (data < 0) {
    if (errno == ENXIO) {
      zeros_ = static_cast<std::size_t>(std::min(kPage, size_ - position_));
      position_ = size_;
    }
    data_end_ = size_;
    return;
  }
  zeros_ = static_cast<std::size_t>(std::min(kPage, data - position_));
  position_ = data;
  const off_t hole = ::lseek(fd_.get(), data, SEEK_HOLE);
  data_end_ = hole < 0 ? size_ : std::min(hole, size_);
}

Look<std::size_t> FileStream::read(std::span<char> to) {
  std::size_t got = 0;
  while (got < to.size()) {
    if (zeros_ > 0) {
      const std::size_t n = std::min(zeros_, to.size() - got);
      std::memset(to.data() + got, 0, n);
      zeros_ -= n;
      got += n;
      continue;
    }
    if (position_ >= size_) break;
    if (sparse_ && position_ >= data_end_) {
      skip_hole();
      continue;
    }
    const off_t end = sparse_ ? data_end_ : size_;
    const auto wanted = std::min(to.size() - got, static_cast<std::size_t>(end - position_));
    const ssize_t n = ::pread(fd_.get(), to.data() + got, wanted, position_);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return unreadable(errno);
    if (n == 0) {  // it became shorter meanwhile
      position_ = size_;
      break;
    }
    got += static_cast<std::size_t>(n);
    position_ += n;
  }
  return got;
}

}  // namespace assay::source

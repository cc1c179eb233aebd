#pragma once

// Files below a directory, opened so that nothing can lead out of it, and read whole without their holes.

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "source/byte_stream.h"

namespace assay::source {

// Owns a file descriptor.
class OwnedFd {
 public:
  OwnedFd() = default;
  explicit OwnedFd(int fd) : fd_(fd) {}
  OwnedFd(OwnedFd&& other) noexcept : fd_(other.release()) {}
  OwnedFd& operator=(OwnedFd&& other) noexcept;
  ~OwnedFd();

  int get() const { return fd_; }
  int release();
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

// Opens `name`, a path below the directory `at` ("." is itself), for reading. No symbolic link is followed, in no part
// of it, not even one that took a file's place a moment ago, and nothing is waited for.
Look<OwnedFd> open_beneath(int at, const std::string& name, bool directory);

// A regular file. Holes of a sparse file are skipped but for a page of zeros, so that 10 GB of nothing cost nothing;
// what is appended while it is read is left out.
class FileStream final : public ByteStream {
 public:
  // Obstacles: unreadable; "special-file" when it is no regular file.
  static Look<FileStream> open(int at, const std::string& name);
  // As open(), of a path that the user named; a symbolic link there is followed.
  static Look<FileStream> open_path(const std::string& path);

  std::uint64_t size() const { return static_cast<std::uint64_t>(size_); }
  Look<std::size_t> read(std::span<char> to) override;

 private:
  static Look<FileStream> of(OwnedFd fd);
  FileStream(OwnedFd fd, off_t size, bool sparse) : fd_(std::move(fd)), size_(size), sparse_(sparse) {}
  void skip_hole();

  OwnedFd fd_;
  off_t size_ = 0;
  off_t position_ = 0;
  off_t data_end_ = 0;     // of a sparse file: up to here there is data
  std::size_t zeros_ = 0;  // that stand for the hole before `position_`
  bool sparse_ = false;
};

}  // namespace assay::source

#include "base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/text.h"

namespace assay {

namespace {

Result<std::string> read_descriptor(int fd, const std::string& path, std::uint64_t max_bytes) {
  struct stat info{};
  if (::fstat(fd, &info) != 0) return fail(ErrorCode::io, path, std::strerror(errno));
  if (S_ISDIR(info.st_mode)) return fail(ErrorCode::io, path, "is a directory", "name a file");
  const auto too_long = [&] {
    return fail(ErrorCode::limit_exceeded, path, "holds more than " + format_bytes(max_bytes));
  };
  if (S_ISREG(info.st_mode) && static_cast<std::uint64_t>(info.st_size) > max_bytes) return too_long();
  std::string text;
  char buffer[16384];
  for (;;) {
    const ssize_t n = ::read(fd, buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail(ErrorCode::io, path, std::string("could not be read: ") + std::strerror(errno));
    if (n == 0) return text;
    text.append(buffer, static_cast<std::size_t>(n));
    if (text.size() > max_bytes) return too_long();
  }
}

}  // namespace

Result<std::string> read_file(const std::string& path, std::uint64_t max_bytes) {
  if (path == "-") return read_descriptor(STDIN_FILENO, "standard input", max_bytes);
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return fail(ErrorCode::io, path, std::string("cannot be opened: ") + std::strerror(errno),
                "check the path and its permissions");
  auto text = read_descriptor(fd, path, max_bytes);
  ::close(fd);
  return text;
}

}  // namespace assay

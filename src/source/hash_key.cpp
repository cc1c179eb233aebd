#include "source/hash_key.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string_view>

#include "source/file_stream.h"

namespace assay::source {

namespace {

constexpr std::size_t kKeyBytes = 32;
constexpr const char* kInstead = "or set ASSAY_HASH_KEY";

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

std::unexpected<Error> cannot(const std::string& path, std::string_view what, int cause) {
  return fail(ErrorCode::io, path, fmt::format("{}: {}", what, std::strerror(cause)),
              fmt::format("check the directory's permissions, {}", kInstead));
}

// The key in the file; not_found when there is none.
Result<Bytes> read_key(const std::string& path) {
  const OwnedFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd && errno == ENOENT) return fail(ErrorCode::not_found, path, "does not exist");
  if (!fd) return cannot(path, "cannot be opened", errno);
  struct stat status{};
  if (::fstat(fd.get(), &status) != 0) return cannot(path, "cannot be read", errno);
  if (status.st_uid != ::geteuid() || (status.st_mode & 077U) != 0)
    return fail(ErrorCode::io, path, "belongs to another user or can be read by others",
                fmt::format("give it mode 600, {}", kInstead));
  Bytes key(kKeyBytes);
  if (::read(fd.get(), key.data(), key.size()) != static_cast<ssize_t>(key.size()) || status.st_size != kKeyBytes)
    return fail(ErrorCode::io, path, fmt::format("does not hold a key of {} bytes", kKeyBytes),
                fmt::format("remove it, and a new one is made, {}", kInstead));
  return key;
}

// Writes a fresh key whole under a name of its own, then gives it its name, unless another process was faster.
Result<void> make_key(const std::string& path) {
  const std::string temporary = fmt::format("{}.{}", path, random_uuid());
  const OwnedFd fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!fd) return cannot(temporary, "cannot be made", errno);
  const auto key = random_bytes(kKeyBytes);
  const bool written = ::write(fd.get(), key.data(), key.size()) == static_cast<ssize_t>(key.size()) &&
                       ::fsync(fd.get()) == 0 && (::link(temporary.c_str(), path.c_str()) == 0 || errno == EEXIST);
  const int cause = errno;
  ::unlink(temporary.c_str());
  if (!written) return cannot(path, "cannot be made", cause);
  return {};
}

}  // namespace

Result<Bytes> hash_key() {
  if (const auto given = variable("ASSAY_HASH_KEY"); !given.empty()) {
    if (given.size() < kMinHashKey)
      return fail(ErrorCode::invalid_input, "ASSAY_HASH_KEY",
                  fmt::format("is {} characters long; at least {} are needed", given.size(), kMinHashKey),
                  "generate one with: openssl rand -hex 32");
    return Bytes(given.begin(), given.end());
  }
  auto state = variable("XDG_STATE_HOME");
  if (!state.starts_with('/')) {  // the specification has relative ones ignored
    const auto home = variable("HOME");
    if (!home.starts_with('/'))
      return fail(ErrorCode::not_found, "the key for hashes of secrets", "has no place: HOME is not set",
                  "set ASSAY_HASH_KEY to 32 random characters or more");
    state = home + "/.local/state";
  }
  const auto directory = state + "/assay";
  const auto path = directory + "/hash-key";
  if (auto key = read_key(path); key || key.error().code != ErrorCode::not_found) return key;
  std::error_code ec;
  std::filesystem::create_directories(state, ec);
  if (!ec && ::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) ec.assign(errno, std::generic_category());
  if (ec) return cannot(directory, "cannot be made", ec.value());
  if (auto made = make_key(path); !made) return std::unexpected(made.error());
  return read_key(path);
}

}  // namespace assay::source

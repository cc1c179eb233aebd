#include "server/log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>

#include "base/time.h"

namespace assay::server {

namespace {

std::string host_name() {
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) != 0) return "";
  return name.data();
}

void write_line(int file, std::string_view line) {
  while (!line.empty()) {
    const ssize_t written = ::write(file, line.data(), line.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;  // a full disk or a closed pipe must not stop the server
    line.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace

Log::Log() : Log(Where::standard_error) {}

Log::Log(Where where, std::string path) : where_(where), path_(std::move(path)), host_(host_name()) {
  if (where_ == Where::standard_error) file_ = STDERR_FILENO;
}

Log::~Log() {
  if (where_ == Where::file && file_ >= 0) ::close(file_);
}

Result<std::unique_ptr<Log>> Log::open(const std::string& path) {
  std::unique_ptr<Log> log(new Log(Where::file, path));
  if (auto opened = log->reopen(); !opened) return std::unexpected(opened.error());
  return log;
}

std::unique_ptr<Log> Log::silent() {
  return std::unique_ptr<Log>(new Log(Where::nowhere));
}

Result<void> Log::reopen() {
  const int file = ::open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  struct stat state{};
  if (file < 0 || fstat(file, &state) != 0) {
    const std::string reason = std::strerror(errno);
    if (file >= 0) ::close(file);
    return fail(ErrorCode::io, path_, "cannot be opened for the log: " + reason, "name another file with --log");
  }
  if (file_ >= 0) ::close(file_);
  file_ = file;
  inode_ = state.st_ino;
  return {};
}

bool Log::moved() const {
  struct stat state{};
  return stat(path_.c_str(), &state) != 0 || state.st_ino != inode_;
}

void Log::write(Severity severity, std::string_view type, Json fields) {
  if (where_ == Where::nowhere) return;
  const auto time = std::chrono::system_clock::now().time_since_epoch();
  const Json line{{"Timestamp", std::chrono::duration_cast<std::chrono::nanoseconds>(time).count()},
                  {"Time", format_rfc3339(now())},
                  {"Type", type},
                  {"Logger", "assay"},
                  {"Hostname", host_},
                  {"EnvVersion", "2.0"},
                  {"Severity", static_cast<int>(severity)},
                  {"Pid", getpid()},
                  {"Fields", std::move(fields)}};
  const std::string text = dump_json(line) + "\n";
  const std::lock_guard lock(mutex_);
  // When the new file cannot be opened, the old one still takes the line.
  if (where_ == Where::file && moved()) static_cast<void>(reopen());
  write_line(file_, text);
}

}  // namespace assay::server

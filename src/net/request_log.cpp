#include "net/request_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "base/json.h"

namespace assay::net {

namespace {

constexpr std::string_view kSchema = "assay-request-log/1";

Json line_of(const RequestLogEntry& e) {
  Json line{{"schema", kSchema}, {"time", format_rfc3339(e.time)}, {"scan", e.scan}, {"activity", e.activity}};
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) line[name] = value;
  };
  add("app", e.app);
  add("link", e.link);
  add("host", e.host);
  add("address", e.address);
  add("method", e.method);
  add("url", e.url);
  add(e.activity == "refused" ? "reason" : "purpose", e.purpose);
  return line;
}

}  // namespace

Result<std::unique_ptr<RequestLog>> RequestLog::open(const std::string& path) {
  const auto failed = [&] {
    return fail(ErrorCode::io, path, "cannot be opened for the request log: " + std::generic_category().message(errno),
                "name a file that can be written");
  };
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0) return failed();
  auto log = std::make_unique<RequestLog>();
  log->file_ = ::fdopen(fd, "a");
  if (log->file_ == nullptr) {
    auto error = failed();
    ::close(fd);
    return error;
  }
  return log;
}

RequestLog::~RequestLog() {
  if (file_ != nullptr) std::fclose(file_);
}

void RequestLog::tap(std::function<void(const RequestLogEntry&, std::string_view line)> tap) {
  tap_ = std::move(tap);
}

void RequestLog::write(const RequestLogEntry& entry) {
  const bool wanted = file_ != nullptr || tap_;
  const auto line = wanted ? dump_json(line_of(entry)) + "\n" : std::string();
  if (tap_) tap_(entry, line);
  const std::lock_guard lock(mutex_);
  ++entries_;
  if (file_ == nullptr || failed_) return;
  // Flushed line by line: what was sent is on record even when the program is killed.
  failed_ = std::fwrite(line.data(), 1, line.size(), file_) != line.size() || std::fflush(file_) != 0;
}

std::uint64_t RequestLog::entries() const {
  const std::lock_guard lock(mutex_);
  return entries_;
}

bool RequestLog::healthy() const {
  const std::lock_guard lock(mutex_);
  return !failed_;
}

}  // namespace assay::net

#pragma once

// The server's log: one line of JSON per event in Mozilla's mozlog form (MozLog JSON schema 2.0), on standard error or
// appended to a file. Never give it a secret: no cookies, tokens, queries or bodies. Thread-safe.

#include <cstdint>
#include <cstdio>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/json.h"

namespace assay::server {

// RFC 5424's numbers, as mozlog has them.
enum class Severity { error = 3, warning = 4, info = 6, debug = 7 };

class Log {
 public:
  // Writes to standard error.
  Log();
  // Appends to `path` (created with mode 0600). The file is opened again for each line after it was moved away, so that
  // it can be rotated. Errors name the file.
  static Result<std::unique_ptr<Log>> open(const std::string& path);
  // Discards everything; for tests that look at nothing.
  static std::unique_ptr<Log> silent();
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  // `type`: what happened, e.g. "request.summary", "access.refused". `fields`: an object.
  void write(Severity severity, std::string_view type, Json fields);

 private:
  enum class Where { standard_error, file, nowhere };
  explicit Log(Where where, std::string path = {});
  Result<void> reopen();
  bool moved() const;

  Where where_;
  std::string path_;
  std::string host_;
  std::mutex mutex_;
  int file_ = -1;
  std::uint64_t inode_ = 0;
};

}  // namespace assay::server

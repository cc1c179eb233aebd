#pragma once

// The request log: what the scan sent to whom, in a form that the app's owner can read. JSON lines, one per connection
// or request, schema "assay-request-log/1"; documented in docs/request-log.md. Thread-safe.

#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/time.h"

namespace assay::net {

struct RequestLogEntry {
  Time time;
  std::string scan;      // scan id
  std::string app;       // app key, may be empty
  std::string link;      // what the request is booked on; empty for TLS connections
  std::string activity;  // of assay::net::Activity, or "refused"
  std::string host;
  std::string address;  // "127.0.0.1:443"
  std::string method;   // of HTTP requests
  std::string url;      // of HTTP requests; secrets redacted
  std::string purpose;  // of HTTP requests (model/exchange.h); for "refused": why, written as "reason"
};

class RequestLog {
 public:
  // Discards everything.
  RequestLog() = default;
  // Appends to `path` (created with mode 0600). Errors name the file.
  static Result<std::unique_ptr<RequestLog>> open(const std::string& path);
  ~RequestLog();
  RequestLog(const RequestLog&) = delete;
  RequestLog& operator=(const RequestLog&) = delete;

  // Gives each entry and its line (with its line feed) to `tap` too, on the thread that writes, before write() returns.
  // Call it before anything is written.
  void tap(std::function<void(const RequestLogEntry&, std::string_view line)> tap);

  // Counts and appends one line at once, so that a killed program leaves all of what it sent. Empty fields are left
  // out.
  void write(const RequestLogEntry& entry);
  std::uint64_t entries() const;
  // False once a line could not be written (full disk); what was written before stays valid.
  bool healthy() const;

 private:
  std::function<void(const RequestLogEntry&, std::string_view)> tap_;
  mutable std::mutex mutex_;
  std::FILE* file_ = nullptr;
  std::uint64_t entries_ = 0;
  bool failed_ = false;
};

}  // namespace assay::net

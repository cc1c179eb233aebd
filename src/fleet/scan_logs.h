#pragma once

// The request logs of scans under way, in memory until they are stored with their scan. Thread-safe.

#include <cstddef>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace assay::fleet {

class ScanLogs {
 public:
  // Of one scan; what comes after is counted and not kept. A scan of an ordinary app writes some 30 kB.
  static constexpr std::size_t kMaxBytes = std::size_t{8} << 20U;

  void add(const std::string& scan_id, std::string_view line);

  // The JSON lines of the scan, which is forgotten. Where some were not kept, a last line with the activity "omitted"
  // says how many.
  std::string take(const std::string& scan_id);

 private:
  struct Lines {
    std::string text;
    std::size_t omitted = 0;
  };
  std::mutex mutex_;
  std::map<std::string, Lines, std::less<>> scans_;
};

}  // namespace assay::fleet

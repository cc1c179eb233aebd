#pragma once

// Notices scans that silently saw less than the app's last one: where much more is inconclusive while far fewer
// requests were sent, something is wrong between the scanner and the app, and nobody would see it in the findings.
// Thread-safe.

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/json.h"
#include "model/scan_record.h"

namespace assay::fleet {

class Footprints {
 public:
  // Scans that are remembered; beyond it all are forgotten and learned anew.
  static constexpr std::size_t kMaxScans = 200'000;

  // Remembers `record`, a scan of everything in `group`, and gives what is alarming about it; nullopt when nothing is.
  std::optional<Json> look_at(const ScanRecord& record, const std::string& group);

 private:
  struct Footprint {
    std::uint64_t requests = 0;
    int verdicts = 0, inconclusive = 0;
  };
  std::mutex mutex_;
  std::unordered_map<std::string, Footprint> last_;  // by app and group
};

}  // namespace assay::fleet

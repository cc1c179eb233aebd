#include "fleet/scan_logs.h"

#include <utility>

#include "base/json.h"
#include "base/time.h"

namespace assay::fleet {

void ScanLogs::add(const std::string& scan_id, std::string_view line) {
  const std::scoped_lock lock(mutex_);
  auto& lines = scans_[scan_id];
  if (lines.text.size() + line.size() > kMaxBytes) {
    ++lines.omitted;
  } else {
    lines.text += line;
  }
}

std::string ScanLogs::take(const std::string& scan_id) {
  Lines lines;
  {
    const std::scoped_lock lock(mutex_);
    const auto at = scans_.find(scan_id);
    if (at == scans_.end()) return {};
    lines = std::move(at->second);
    scans_.erase(at);
  }
  if (lines.omitted > 0)
    lines.text += dump_json(Json{{"schema", "assay-request-log/1"},
                                 {"time", format_rfc3339(now())},
                                 {"scan", scan_id},
                                 {"activity", "omitted"},
                                 {"entries", lines.omitted}}) +
                  "\n";
  return std::move(lines.text);
}

}  // namespace assay::fleet

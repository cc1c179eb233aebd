#include "fleet/footprints.h"

#include <algorithm>
#include <utility>

namespace assay::fleet {

namespace {

// Alarming is a scan with this part of the requests of the one before, or less, and with more inconclusive verdicts by
// this part of all verdicts, or more. A host that is down for once changes either, but rarely both so much.
constexpr std::uint64_t kCollapse = 4;
constexpr int kJump = 4;

}  // namespace

std::optional<Json> Footprints::look_at(const ScanRecord& record, const std::string& group) {
  const auto counts = count_outcomes(record);
  const auto& sent = record.statistics;
  const Footprint fresh{.requests = sent.http_requests + sent.tls_connections + sent.dns_queries,
                        .verdicts = counts.pass + counts.fail + counts.inconclusive + counts.not_applicable,
                        .inconclusive = counts.inconclusive};
  std::optional<Footprint> before;
  {
    const std::scoped_lock lock(mutex_);
    if (last_.size() >= kMaxScans) last_.clear();
    const auto [at, is_new] = last_.try_emplace(record.app.key + '\n' + group, fresh);
    if (!is_new) before = std::exchange(at->second, fresh);
  }
  if (!before || fresh.requests * kCollapse > before->requests) return std::nullopt;
  const int jump = std::max(before->verdicts / kJump, 1);
  if (fresh.inconclusive < before->inconclusive + jump) return std::nullopt;
  return Json{{"app", record.app.key},
              {"scan", record.id},
              {"inconclusive", fresh.inconclusive},
              {"inconclusive_before", before->inconclusive},
              {"requests", fresh.requests},
              {"requests_before", before->requests}};
}

}  // namespace assay::fleet

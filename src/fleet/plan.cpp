#include "fleet/plan.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace assay::fleet {

std::vector<std::string> scanned_kinds(const catalog::Catalog& catalog, const ScanGroup& group) {
  std::vector<std::string> kinds;
  std::ranges::copy_if(group.kinds, std::back_inserter(kinds), [&](const std::string& kind) {
    return std::ranges::any_of(catalog.requirements(), [&](const Requirement& r) {
      return r.verified() && std::ranges::find(r.kinds, kind) != r.kinds.end() &&
             catalog.schedule().group_of(r, kind) == &group;
    });
  });
  return kinds;
}

Result<std::vector<std::string>> requirements_of(const catalog::Catalog& catalog, const scan::Settings& settings,
                                                 const Job& job, std::string_view kind) {
  if (!job.only.empty()) return job.only;
  if (job.group.empty()) return settings.only;
  const auto* group = catalog.schedule().find(job.group);
  if (group == nullptr)
    return fail(ErrorCode::not_found, "scan group " + job.group, "is not in catalog/schedule.yaml",
                "ask for a scan of another group, or of everything");
  const auto selected = catalog.select(kind, settings.profiles, settings.only, settings.skip);
  if (!selected) return std::unexpected(selected.error());
  std::vector<std::string> ids;
  std::size_t verified = 0;
  for (const auto& requirement : *selected) {
    const bool mine = catalog.schedule().group_of(requirement, kind) == group;
    if (requirement.verified() && !mine) continue;
    ids.push_back(requirement.id);
    if (requirement.verified()) ++verified;
  }
  if (verified == 0)
    return fail(ErrorCode::unsupported, "scan group " + job.group,
                "verifies nothing of apps of kind " + std::string(kind), "ask for a scan of another group");
  if (ids.size() == selected->size()) return settings.only;
  return ids;
}

Result<scan::Order> order_of(const catalog::Catalog& catalog, const scan::Settings& settings,
                             const ledger::ClaimedJob& claimed, bool files) {
  auto target = scan::parse_target(claimed.target, claimed.kind);
  if (!target) return std::unexpected(target.error());
  if (target->form != scan::TargetForm::url && !files)
    return fail(ErrorCode::unsupported, "app " + claimed.job.app_key, "has a file for a target",
                "give it the URL of its descriptor, or run the server with --allow-file-targets");
  auto only = requirements_of(catalog, settings, claimed.job, claimed.kind);
  if (!only) return std::unexpected(only.error());
  scan::Order order;
  order.target = std::move(*target);
  order.app_key = claimed.job.app_key;
  order.only = std::move(*only);
  return order;
}

}  // namespace assay::fleet

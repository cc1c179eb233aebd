#include "scan/replay.h"

#include "model/evidence_view.h"
#include "scan/scan.h"

namespace assay::scan {

Result<void> replay(ScanRecord& record, const catalog::Catalog& catalog, const ReplaySettings& settings) {
  const auto& profiles = settings.profiles.empty() ? record.profiles : settings.profiles;
  auto requirements = catalog.select(record.app.kind, profiles, settings.only, settings.skip);
  if (!requirements) return std::unexpected(requirements.error());
  record.profiles = profiles.empty() ? catalog.default_profiles(record.app.kind) : profiles;
  std::optional<Error> no_surface;
  const EvidenceSet set(record.evidence);
  if (const auto* surface = set.surface()) {
    record.notes = surface->value.notes;
  } else {
    no_surface =
        Error{ErrorCode::not_found, record.app.key, "the evidence has no surface: the app could not be read", ""};
  }
  judge_record(record, set, catalog, *requirements, settings.skip, no_surface);
  return {};
}

}  // namespace assay::scan

#include "model/schedule.h"

#include <algorithm>

namespace assay {

namespace {

bool names(std::string_view word, std::string_view evidence_kind) {
  return evidence_kind == word || (evidence_kind.starts_with(word) && evidence_kind[word.size()] == '.');
}

}  // namespace

const ScanGroup* ScanSchedule::find(std::string_view id) const {
  const auto at = std::ranges::find(groups, id, &ScanGroup::id);
  return at == groups.end() ? nullptr : &*at;
}

const ScanGroup* ScanSchedule::group_of(const Requirement& requirement, std::string_view kind) const {
  for (const auto& group : groups) {
    if (std::ranges::find(group.kinds, kind) == group.kinds.end()) continue;
    for (const auto& word : group.evidence)
      if (std::ranges::any_of(requirement.needs, [&](const std::string& need) { return names(word, need); }))
        return &group;
  }
  return nullptr;
}

}  // namespace assay

#pragma once

// The three kinds of catalogue files, each read from its text into model values. Internal to the catalog room.
// Errors name file, line and column.

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "model/policy.h"
#include "model/requirement.h"

namespace assay::catalog {

struct SourceFile {
  std::string path;  // below the catalogue's root, e.g. "requirements/hsts.yaml"
  std::string name;  // in errors
  std::string text;
};

// `file` is the name in errors; its stem must be the id of what it holds.
Result<Requirement> read_requirement(std::string_view text, const std::string& file);

// A profile may name only requirements of `known` (sorted by id), and override only parameters that they have.
Result<Profile> read_profile(std::string_view text, const std::string& file, const std::vector<Requirement>& known);

Result<BugFixPolicy> read_policy(std::string_view text, const std::string& file);

// The entry of `sorted` with this id, or nullptr.
template <class T>
const T* find_by_id(const std::vector<T>& sorted, std::string_view id) {
  const auto at =
      std::lower_bound(sorted.begin(), sorted.end(), id, [](const T& a, std::string_view b) { return a.id < b; });
  return at != sorted.end() && at->id == id ? &*at : nullptr;
}

}  // namespace assay::catalog

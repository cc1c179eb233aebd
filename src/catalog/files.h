#pragma once

// The kinds of catalogue files, each read from its text into model values. Internal to the catalog room.
// Errors name file, line and column.

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "model/policy.h"
#include "model/registries.h"
#include "model/requirement.h"
#include "model/schedule.h"
#include "model/secret_rule.h"
#include "model/takeover.h"

namespace assay::catalog {

struct SourceFile {
  std::string path;  // below the catalogue's root, e.g. "requirements/hsts.yaml"
  std::string name;  // in errors
  std::string text;
};

// `file` is the name in errors; its stem must be the id of what it holds. `takeover`: what a requirement gets that asks
// for these facts; null when the catalogue has none, and asking for them is then an error.
Result<Requirement> read_requirement(std::string_view text, const std::string& file,
                                     const std::shared_ptr<const TakeoverFacts>& takeover);

// A profile may name only requirements of `known` (sorted by id), and override only parameters that they have.
Result<Profile> read_profile(std::string_view text, const std::string& file, const std::vector<Requirement>& known);

Result<BugFixPolicy> read_policy(std::string_view text, const std::string& file);

Result<ScanSchedule> read_schedule(std::string_view text, const std::string& file);

// Never null.
Result<std::shared_ptr<const Registries>> read_registries(const SourceFile& rdap, const SourceFile& whois);

// Never null.
Result<std::shared_ptr<const TakeoverFacts>> read_takeover(std::string_view text, const std::string& file);

// The rules of one file, in its order.
Result<std::vector<SecretRule>> read_secret_rules(std::string_view text, const std::string& file);

// The entry of `sorted` with this id, or nullptr.
template <class T>
const T* find_by_id(const std::vector<T>& sorted, std::string_view id) {
  const auto at =
      std::lower_bound(sorted.begin(), sorted.end(), id, [](const T& a, std::string_view b) { return a.id < b; });
  return at != sorted.end() && at->id == id ? &*at : nullptr;
}

}  // namespace assay::catalog

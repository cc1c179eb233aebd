#pragma once

// The catalogue: catalog/ read and checked into model values. Immutable once loaded; safe to share between threads.

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

struct SourceFile;

class Catalog {
 public:
  // The catalogue that this build carries.
  static Result<Catalog> embedded();
  // A directory of the same shape (requirements/*.yaml, profiles/*.yaml, policy.yaml, schedule.yaml, takeover.yaml,
  // registration/, secrets/*.yaml).
  // With `over_embedded`, its files are added to the embedded ones and replace those of the same id. Errors name file,
  // line and column.
  static Result<Catalog> from_directory(const std::string& path, bool over_embedded);

  const std::vector<Requirement>& requirements() const { return requirements_; }  // sorted by id
  const std::vector<Profile>& profiles() const { return profiles_; }              // sorted by id
  const Requirement* find(std::string_view id) const;
  const Profile* find_profile(std::string_view id) const;
  // Version 0 and no figures when a directory was read alone and holds no policy.yaml.
  const BugFixPolicy& policy() const { return policy_; }
  // Without groups when a directory was read alone and holds no schedule.yaml.
  const ScanSchedule& schedule() const { return schedule_; }
  // What is known of providers whose customers' names others can claim; null when a directory was read alone and holds
  // no takeover.yaml.
  const std::shared_ptr<const TakeoverFacts>& takeover() const { return takeover_; }

  // What secrets look like, sorted by id; never null, empty when a directory was read alone and holds no
  // secrets/*.yaml. An operator's rule replaces the embedded one of its id, whichever file it stands in; these were
  // read when the catalogue was. The first call brings the embedded ones, which takes some milliseconds.
  const std::shared_ptr<const std::vector<SecretRule>>& secret_rules() const;

  // Whom to ask about the registration of domains; null when a directory was read alone and does not hold both
  // registration/rdap.json and registration/whois.yaml.
  const std::shared_ptr<const Registries>& registries() const { return registries_; }

  // The requirements of the named profiles (of those that the app kind chooses, when none is named) that apply to
  // `app_kind`, with the profiles' parameters over the defaults; `only` and `skip` are requirement ids. Unknown names
  // are errors that list what exists. Profiles are merged in the order given: of two values for one parameter the later
  // wins. A requirement in `only` need not be in a profile, but must apply to `app_kind`. Sorted by id; each has the
  // score of its kind of app.
  Result<std::vector<Requirement>> select(std::string_view app_kind, const std::vector<std::string>& profiles,
                                          const std::vector<std::string>& only,
                                          const std::vector<std::string>& skip) const;
  // The profiles that `app_kind` chooses.
  std::vector<std::string> default_profiles(std::string_view app_kind) const;

 private:
  class SecretRules;

  // `over_embedded`: the embedded secret rules, which are none of `files`, are part of it.
  static Result<Catalog> of_files(const std::vector<SourceFile>& files, bool over_embedded);

  std::vector<Requirement> requirements_;
  std::vector<Profile> profiles_;
  BugFixPolicy policy_;
  ScanSchedule schedule_;
  std::shared_ptr<const Registries> registries_;
  std::shared_ptr<const TakeoverFacts> takeover_;
  std::shared_ptr<SecretRules> secret_rules_;
};

}  // namespace assay::catalog

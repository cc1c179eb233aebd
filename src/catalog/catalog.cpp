#include "catalog/catalog.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <mutex>

#include "base/text.h"
#include "catalog/embedded.h"
#include "catalog/files.h"
#include "catalog/packed_rules.h"
#include "catalog/yaml.h"

namespace assay::catalog {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxFiles = 4096;
constexpr const char* kRdapServices = "registration/rdap.json";
constexpr const char* kWhoisServers = "registration/whois.yaml";

std::vector<SourceFile> embedded_sources() {
  std::vector<SourceFile> files;
  for (const auto& file : embedded_files())
    files.push_back({std::string(file.path), "catalog/" + std::string(file.path), std::string(file.text)});
  return files;
}

// Reads at most one byte more than a file may have; the parser then says that it is too large.
Result<std::string> read_text(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::string text(yaml::kMaxFileBytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad() || (!in.is_open())) return fail(ErrorCode::io, path.string(), "cannot be read", "check its permissions");
  text.resize(static_cast<std::size_t>(in.gcount()));
  return text;
}

Result<std::vector<SourceFile>> directory_sources(const std::string& root) {
  std::error_code error;
  if (!fs::is_directory(root, error))
    return fail(ErrorCode::not_found, root, "is no directory", "name one with requirements/ and profiles/ in it");
  std::vector<fs::path> paths;
  for (const auto* part : {"requirements", "profiles", "secrets"})
    for (fs::directory_iterator at(fs::path(root) / part, error), end; !error && at != end; at.increment(error))
      if (at->path().extension() == ".yaml") paths.push_back(at->path());
  for (const auto* single : {"policy.yaml", "schedule.yaml", "takeover.yaml", kRdapServices, kWhoisServers})
    if (fs::exists(fs::path(root) / single, error)) paths.push_back(fs::path(root) / single);
  if (paths.empty())
    return fail(ErrorCode::not_found, root, "holds no catalogue file",
                "put requirements/*.yaml, profiles/*.yaml or secrets/*.yaml into it");
  if (paths.size() > kMaxFiles) return fail(ErrorCode::limit_exceeded, root, "holds more than 4096 catalogue files");
  std::ranges::sort(paths);
  std::vector<SourceFile> files;
  for (const auto& path : paths) {
    auto text = read_text(path);
    if (!text) return std::unexpected(text.error());
    files.push_back({path.lexically_relative(root).generic_string(), path.string(), std::move(*text)});
  }
  return files;
}

// The last file of each path, sorted by path: an operator's file replaces the embedded one of the same id, because a
// file bears the name of its id.
std::vector<SourceFile> without_replaced(std::vector<SourceFile> files) {
  std::map<std::string, SourceFile> by_path;
  for (auto& file : files) by_path.insert_or_assign(file.path, std::move(file));
  std::vector<SourceFile> kept;
  kept.reserve(by_path.size());
  for (auto& [path, file] : by_path) kept.push_back(std::move(file));
  return kept;
}

// An operator's rules of one id stand in one file only.
Result<std::vector<PackedFile>> own_secret_rules(const std::vector<SourceFile>& files) {
  std::vector<PackedFile> read;
  std::map<std::string, std::string> file_of;  // by id
  for (const auto& file : files) {
    if (!file.path.starts_with("secrets/")) continue;
    auto rules = read_secret_rules(file.text, file.name);
    if (!rules) return std::unexpected(rules.error());
    for (const auto& rule : *rules)
      if (const auto [at, added] = file_of.try_emplace(rule.id, file.name); !added)
        return fail(ErrorCode::invalid_input, file.name, "the rule " + rule.id + " stands in " + at->second + ", too",
                    "give one another id");
    read.push_back({file.path, std::move(*rules)});
  }
  return read;
}

template <class T>
std::string ids_of(const std::vector<T>& all) {
  std::vector<std::string> ids;
  ids.reserve(all.size());
  for (const auto& one : all) ids.push_back(one.id);
  return ids.empty() ? "none" : join(ids, ", ");
}

bool contains(const std::vector<std::string>& all, std::string_view one) {
  return std::ranges::find(all, one) != all.end();
}

void apply(Requirement& r, const Json& overrides) {
  for (const auto& [name, value] : overrides.items()) r.parameters[name] = value;
}

void score_for(Requirement& r, const std::string& app_kind) {
  const auto own = r.cvss_of_kind.find(app_kind);
  if (own == r.cvss_of_kind.end()) return;
  r.cvss = own->second;
  r.severity = severity_of_score(r.cvss.score);
}

}  // namespace

// Joins an operator's rules with the embedded ones when they are first asked for.
class Catalog::SecretRules {
 public:
  SecretRules(std::vector<PackedFile> own, bool over_embedded) : own_(std::move(own)), over_embedded_(over_embedded) {}

  const std::shared_ptr<const std::vector<SecretRule>>& all() {
    std::call_once(once_, [this] { join_rules(); });
    return all_;
  }

 private:
  void join_rules() {
    std::map<std::string, SecretRule> by_id;
    const auto add = [&](std::vector<SecretRule>& rules, bool built_in) {
      for (auto& rule : rules) {
        rule.built_in = built_in;
        const auto id = rule.id;
        by_id.insert_or_assign(id, std::move(rule));
      }
    };
    if (over_embedded_)
      for (auto& file : unpack(embedded_secret_rules()))
        if (std::ranges::find(own_, file.path, &PackedFile::path) == own_.end()) add(file.rules, true);
    for (auto& file : own_) add(file.rules, false);
    own_.clear();
    std::vector<SecretRule> sorted;
    sorted.reserve(by_id.size());
    for (auto& [id, rule] : by_id) sorted.push_back(std::move(rule));
    all_ = std::make_shared<const std::vector<SecretRule>>(std::move(sorted));
  }

  std::vector<PackedFile> own_;
  bool over_embedded_;
  std::once_flag once_;
  std::shared_ptr<const std::vector<SecretRule>> all_;
};

const std::shared_ptr<const std::vector<SecretRule>>& Catalog::secret_rules() const {
  return secret_rules_->all();
}

Result<Catalog> Catalog::embedded() {
  return of_files(embedded_sources(), true);
}

Result<Catalog> Catalog::from_directory(const std::string& path, bool over_embedded) {
  auto own = directory_sources(path);
  if (!own) return std::unexpected(own.error());
  auto files = over_embedded ? embedded_sources() : std::vector<SourceFile>{};
  std::ranges::move(*own, std::back_inserter(files));
  return of_files(without_replaced(std::move(files)), over_embedded);
}

Result<Catalog> Catalog::of_files(const std::vector<SourceFile>& files, bool over_embedded) {
  Catalog catalog;
  for (const auto& file : files) {
    if (file.path != "takeover.yaml") continue;
    auto takeover = read_takeover(file.text, file.name);
    if (!takeover) return std::unexpected(takeover.error());
    catalog.takeover_ = std::move(*takeover);
  }
  for (const auto& file : files) {
    if (!file.path.starts_with("requirements/")) continue;
    auto requirement = read_requirement(file.text, file.name, catalog.takeover_);
    if (!requirement) return std::unexpected(requirement.error());
    catalog.requirements_.push_back(std::move(*requirement));
  }
  std::ranges::sort(catalog.requirements_, {}, &Requirement::id);
  for (const auto& file : files) {
    if (file.path.starts_with("profiles/")) {
      auto profile = read_profile(file.text, file.name, catalog.requirements_);
      if (!profile) return std::unexpected(profile.error());
      catalog.profiles_.push_back(std::move(*profile));
    } else if (file.path == "policy.yaml") {
      auto policy = read_policy(file.text, file.name);
      if (!policy) return std::unexpected(policy.error());
      catalog.policy_ = std::move(*policy);
    } else if (file.path == "schedule.yaml") {
      auto schedule = read_schedule(file.text, file.name);
      if (!schedule) return std::unexpected(schedule.error());
      catalog.schedule_ = std::move(*schedule);
    }
  }
  std::ranges::sort(catalog.profiles_, {}, &Profile::id);
  const auto rdap = std::ranges::find(files, kRdapServices, &SourceFile::path);
  const auto whois = std::ranges::find(files, kWhoisServers, &SourceFile::path);
  if (rdap != files.end() && whois != files.end()) {
    auto registries = read_registries(*rdap, *whois);
    if (!registries) return std::unexpected(registries.error());
    catalog.registries_ = std::move(*registries);
  }
  auto secret_rules = own_secret_rules(files);
  if (!secret_rules) return std::unexpected(secret_rules.error());
  catalog.secret_rules_ = std::make_shared<SecretRules>(std::move(*secret_rules), over_embedded);
  return catalog;
}

const Requirement* Catalog::find(std::string_view id) const {
  return find_by_id(requirements_, id);
}

const Profile* Catalog::find_profile(std::string_view id) const {
  return find_by_id(profiles_, id);
}

std::vector<std::string> Catalog::default_profiles(std::string_view app_kind) const {
  std::vector<std::string> ids;
  for (const auto& profile : profiles_)
    if (contains(profile.kinds, app_kind)) ids.push_back(profile.id);
  return ids;
}

Result<std::vector<Requirement>> Catalog::select(std::string_view app_kind, const std::vector<std::string>& profiles,
                                                 const std::vector<std::string>& only,
                                                 const std::vector<std::string>& skip) const {
  const std::string kind_name(app_kind);
  const auto chosen = profiles.empty() ? default_profiles(app_kind) : profiles;
  if (chosen.empty())
    return fail(ErrorCode::not_found, "kind " + kind_name, "chooses no profile", "name one: " + ids_of(profiles_));
  for (const auto* names : {&only, &skip})
    for (const auto& id : *names)
      if (find(id) == nullptr)
        return fail(ErrorCode::not_found, "requirement " + printable(id), "does not exist",
                    "there are " + ids_of(requirements_));

  std::map<std::string, Requirement> selected;
  for (const auto& id : only) {
    if (!contains(find(id)->kinds, app_kind))
      return fail(ErrorCode::unsupported, "requirement " + id, "does not apply to apps of kind " + kind_name,
                  "it applies to " + join(find(id)->kinds, ", "));
    selected.emplace(id, *find(id));
  }
  for (const auto& name : chosen) {
    const auto* profile = find_profile(name);
    if (profile == nullptr)
      return fail(ErrorCode::not_found, "profile " + printable(name), "does not exist",
                  "there are " + ids_of(profiles_));
    for (const auto& [id, overrides] : profile->requirements) {
      const auto* requirement = find(id);
      if (!contains(requirement->kinds, app_kind) || (!only.empty() && !contains(only, id))) continue;
      apply(selected.emplace(id, *requirement).first->second, overrides);
    }
  }
  std::vector<Requirement> result;
  for (auto& [id, requirement] : selected) {
    if (contains(skip, id)) continue;
    score_for(requirement, kind_name);
    result.push_back(std::move(requirement));
  }
  return result;
}

}  // namespace assay::catalog

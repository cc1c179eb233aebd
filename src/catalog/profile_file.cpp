// catalog/profiles/<id>.yaml; docs/catalog.md describes the shape.

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "catalog/files.h"
#include "catalog/yaml.h"

namespace assay::catalog {

namespace {

using yaml::Value;

Json read_overrides(const Value& value, const Requirement& requirement) {
  Json overrides = Json::object();
  if (value.is_null()) return overrides;
  for (const auto& [name, parameter] : value.entries()) {
    const auto known = requirement.parameters.find(name);
    if (known == requirement.parameters.end())
      parameter.reject(fmt::format("{} has no parameter \"{}\"", requirement.id, name));
    overrides[name] = parameter.scalar_or_list();
    const bool same_type = known->is_number() ? overrides[name].is_number() : known->type() == overrides[name].type();
    if (!same_type)
      parameter.reject(fmt::format("{} must be a {}, as the default of {} is", name,
                                   known->is_array() ? "list" : known->type_name(), requirement.id));
  }
  return overrides;
}

Profile read_fields(const Value& file, const std::string& stem, const std::vector<Requirement>& known) {
  const auto fields = file.mapping({"id", "title", "kinds", "requirements"});
  Profile p;
  const auto id = fields.required("id");
  p.id = id.text();
  if (p.id != stem)
    id.reject(fmt::format("id is \"{}\" in the file of \"{}\"", p.id, stem), "name the file after the id");
  p.title = fields.required("title").text();
  if (const auto kinds = fields.optional("kinds"))
    for (const auto& kind : kinds->list()) p.kinds.push_back(kind.one_of({"connect", "forge", "service", "source"}));
  for (const auto& [name, overrides] : fields.required("requirements").entries()) {
    const auto* requirement = find_by_id(known, name);
    if (requirement == nullptr)
      overrides.reject(fmt::format("there is no requirement \"{}\"", name), "assay catalog lists them");
    p.requirements.emplace(name, read_overrides(overrides, *requirement));
  }
  return p;
}

}  // namespace

Result<Profile> read_profile(std::string_view text, const std::string& file, const std::vector<Requirement>& known) {
  return yaml::read_document(text, file, [&](const Value& document) {
    return read_fields(document, std::filesystem::path(file).stem().string(), known);
  });
}

}  // namespace assay::catalog

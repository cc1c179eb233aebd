// catalog/requirements/<id>.yaml; docs/catalog.md describes the shape.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>

#include "base/text.h"
#include "catalog/files.h"
#include "catalog/yaml.h"
#include "model/cvss.h"
#include "model/evidence.h"

namespace assay::catalog {

namespace {

using yaml::Mapping;
using yaml::Value;

constexpr std::size_t kMaxTitleBytes = 120;
std::string app_kind(const Value& value) {
  return value.one_of({"connect", "forge", "service", "source"});
}

// A list without repeats whose items `read` accepts.
template <class Read>
std::vector<std::string> distinct(const Value& value, Read read) {
  std::vector<std::string> result;
  for (const auto& item : value.list()) {
    auto s = read(item);
    if (std::ranges::find(result, s) != result.end())
      item.reject(fmt::format("\"{}\" stands twice in {}", s, value.name()));
    result.push_back(std::move(s));
  }
  return result;
}

std::string evidence_kind(const Value& value) {
  auto s = value.text();
  if (std::ranges::find(kind::kAll, s) == kind::kAll.end())
    value.reject(fmt::format("\"{}\" is no kind of evidence", printable(s)),
                 fmt::format("use one of {}", fmt::join(kind::kAll, ", ")));
  return s;
}

std::string identifier(const Value& value) {
  auto s = value.text();
  const auto good = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  if (!std::ranges::all_of(s, good))
    value.reject(fmt::format("{} is \"{}\"", value.name(), printable(s)), "use lower-case letters, digits and hyphens");
  return s;
}

std::string reference(const Value& value) {
  auto s = value.text();
  if (!s.starts_with("https://") || s.find(' ') != std::string::npos)
    value.reject(fmt::format("\"{}\" is no https URL", printable(s)));
  return s;
}

RequirementSource read_source(const Value& value) {
  const auto fields = value.mapping({"document", "row", "cvss", "severity"});
  RequirementSource source;
  source.document = fields.required("document").one_of({"ecoscanner", "marketplace-guidelines", "backend-checklist"});
  source.row = fields.required("row").text();
  if (const auto figure = fields.optional("cvss")) {
    source.cvss_score = figure->number();
    if (*source.cvss_score < 0.0 || *source.cvss_score > 10.0) figure->reject("cvss must be from 0.0 to 10.0");
  }
  if (const auto severity = fields.optional("severity"))
    source.severity = severity_from_string(severity->one_of({"low", "medium", "high", "critical"}));
  return source;
}

Cvss read_vector(const Value& value) {
  auto cvss = score_cvss(value.text());
  if (!cvss) value.reject(cvss.error().message());
  return *cvss;
}

// One vector, or `default` with vectors for single kinds of app.
void read_cvss(const Value& value, Requirement& r) {
  if (value.is_scalar()) {
    r.cvss = read_vector(value);
    return;
  }
  for (const auto& [word, vector] :
       value.mapping({"default", "connect", "forge", "service", "source"}).whole().entries()) {
    if (word == "default") {
      r.cvss = read_vector(vector);
    } else if (std::ranges::find(r.kinds, word) == r.kinds.end()) {
      vector.reject(fmt::format("cvss names the kind \"{}\", to which the requirement does not apply", word));
    } else {
      r.cvss_of_kind.emplace(word, read_vector(vector));
    }
  }
  if (r.cvss.vector.empty()) value.reject("cvss lacks the key \"default\"");
}

// A figure that a source prints must come out of a vector of ours.
void check_figures(const Value& value, const Requirement& r) {
  const auto same = [](double a, double b) { return std::abs(a - b) < 0.05; };
  for (const auto& source : r.sources) {
    if (!source.cvss_score) continue;
    bool reproduced = same(r.cvss.score, *source.cvss_score);
    for (const auto& [word, cvss] : r.cvss_of_kind) reproduced = reproduced || same(cvss.score, *source.cvss_score);
    if (!reproduced)
      value.reject(fmt::format("the vector scores {:.1f}, and {} {} prints {:.1f}", r.cvss.score, source.document,
                               source.row, *source.cvss_score),
                   "choose a vector with the printed score");
  }
}

void read_severity(const Mapping& fields, Requirement& r) {
  r.severity = severity_of_score(r.cvss.score);
  const auto value = fields.optional("severity");
  if (!value) return;
  const auto stated = severity_from_string(value->one_of({"low", "medium", "high", "critical"}));
  const bool fixed = std::ranges::any_of(r.sources, [&](const auto& s) { return s.severity == stated; });
  if (stated != r.severity && !fixed)
    value->reject(fmt::format("severity is {}, and the score {:.1f} is {}", to_string(*stated), r.cvss.score,
                              to_string(r.severity)),
                  "leave severity out, or give the source that fixes it its own severity");
  r.severity = *stated;
}

void read_verification(const Value& value, Requirement& r) {
  const auto fields = value.mapping({"judge", "planned", "attestation"});
  if (const auto judge = fields.optional("judge")) r.judge = identifier(*judge);
  if (const auto planned = fields.optional("planned"))
    r.planned = distinct(*planned, [](const Value& way) { return way.one_of({"net", "src", "cfg", "log"}); });
  if (const auto attested = fields.optional("attestation")) {
    const auto parts = attested->mapping({"questions", "valid_days"});
    r.attestation = Attestation{.questions = parts.required("questions").texts(),
                                .valid_days = parts.required("valid_days").integer(1, 1'100)};
  }
  if (r.judge.empty() && r.planned.empty() && !r.attestation)
    value.reject("verified_by names no way of verifying", "give it a judge, planned or an attestation");
  if (!r.judge.empty() && !r.planned.empty())
    value.reject("verified_by has both a judge and planned", "keep the judge");
}

void read_needs(const Mapping& fields, Requirement& r) {
  const auto value = fields.optional("needs");
  if (value) r.needs = distinct(*value, evidence_kind);
  if (!value && r.verified()) fields.required("needs");
}

void read_parameters(const Value& value, Requirement& r) {
  for (const auto& [name, parameter] : value.entries()) {
    const auto fields = parameter.mapping({"default", "unit", "description"});
    r.parameters[name] = fields.required("default").scalar_or_list();
    ParameterInfo info{.unit = {}, .description = fields.required("description").text()};
    if (const auto unit = fields.optional("unit")) info.unit = unit->text();
    r.parameter_info.emplace(name, std::move(info));
  }
}

void read_facts(const Mapping& fields, const std::shared_ptr<const TakeoverFacts>& takeover, Requirement& r) {
  const auto value = fields.optional("facts");
  if (!value) return;
  value->one_of({"takeover"});
  if (!takeover)
    value->reject("the catalogue has no takeover.yaml", "add one, or add the directory to the program's own");
  r.takeover = takeover;
}

Requirement read_fields(const Value& file, const std::string& stem,
                        const std::shared_ptr<const TakeoverFacts>& takeover) {
  const auto fields = file.mapping({"id", "title", "sources", "cvss", "severity", "kinds", "subject", "verified_by",
                                    "needs", "facts", "parameters", "detail", "remediation", "references"});
  Requirement r;
  const auto id = fields.required("id");
  r.id = identifier(id);
  if (r.id != stem)
    id.reject(fmt::format("id is \"{}\" in the file of \"{}\"", r.id, stem), "name the file after the id");
  const auto title = fields.required("title");
  r.title = title.text();
  if (r.title.size() > kMaxTitleBytes || r.title.find('\n') != std::string::npos)
    title.reject("title must be one line of at most 120 bytes");
  for (const auto& source : fields.required("sources").list()) r.sources.push_back(read_source(source));
  r.kinds = distinct(fields.required("kinds"), app_kind);
  const auto cvss = fields.required("cvss");
  read_cvss(cvss, r);
  check_figures(cvss, r);
  read_severity(fields, r);
  r.subject =
      *subject_kind_from_string(fields.required("subject").one_of({"app", "origin", "endpoint", "host", "domain"}));
  read_verification(fields.required("verified_by"), r);
  read_needs(fields, r);
  read_facts(fields, takeover, r);
  if (const auto parameters = fields.optional("parameters")) read_parameters(*parameters, r);
  const auto detail = fields.required("detail").mapping({"what", "why", "how"});
  r.what = detail.required("what").text();
  r.why = detail.required("why").text();
  r.how = detail.required("how").text();
  r.remediation = fields.required("remediation").text();
  r.references = distinct(fields.required("references"), reference);
  return r;
}

}  // namespace

Result<Requirement> read_requirement(std::string_view text, const std::string& file,
                                     const std::shared_ptr<const TakeoverFacts>& takeover) {
  return yaml::read_document(text, file, [&](const Value& document) {
    return read_fields(document, std::filesystem::path(file).stem().string(), takeover);
  });
}

}  // namespace assay::catalog

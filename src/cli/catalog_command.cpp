#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/network_options.h"

namespace assay::cli {

namespace {

std::string how_verified(const Requirement& r) {
  return r.verified() ? "judge" : "not yet verified";
}

Json requirement_json(const Requirement& r) {
  Json sources = Json::array();
  for (const auto& s : r.sources) {
    Json source{{"document", s.document}, {"row", s.row}};
    if (s.cvss_score) source["cvss_score"] = *s.cvss_score;
    sources.push_back(std::move(source));
  }
  return Json{{"id", r.id},
              {"title", r.title},
              {"sources", sources},
              {"cvss", {{"vector", r.cvss.vector}, {"score", r.cvss.score}}},
              {"severity", to_string(r.severity)},
              {"kinds", r.kinds},
              {"subject", to_string(r.subject)},
              {"verified", r.verified()},
              {"how_verified", how_verified(r)},
              {"needs", r.needs},
              {"parameters", r.parameters},
              {"what", r.what},
              {"why", r.why},
              {"how", r.how},
              {"remediation", r.remediation},
              {"references", r.references}};
}

// `text` as paragraphs of at most `width` columns, each line indented.
std::string wrap(std::string_view text, std::size_t width, std::string_view indent) {
  std::string out;
  for (const auto paragraph : split(trim(text), '\n')) {
    std::string line(indent);
    for (const auto word : split(trim(paragraph), ' ')) {
      if (word.empty()) continue;
      if (line.size() > indent.size() && display_width(line) + 1 + display_width(word) > width) {
        out += line + "\n";
        line = indent;
      }
      if (line.size() > indent.size()) line += ' ';
      line += word;
    }
    out += line + "\n";
  }
  return out;
}

std::string explain(const Requirement& r, const catalog::Catalog& catalog) {
  std::string out = fmt::format("{} - {}\n\n", r.id, r.title);
  out += fmt::format("  Severity   {} (CVSS {:.1f}, {})\n", to_string(r.severity), r.cvss.score, r.cvss.vector);
  out += fmt::format("  Verified   {}\n", r.verified() ? "by a judge" : r.not_verified_reason());
  out += fmt::format("  Judged     once for each {} of {} apps\n", to_string(r.subject), join(r.kinds, ", "));
  if (!r.needs.empty()) out += fmt::format("  Rests on   {}\n", join(r.needs, ", "));
  for (const auto& s : r.sources) out += fmt::format("  Source     {}: {}\n", s.document, s.row);
  for (const auto& p : catalog.profiles())
    if (p.requirements.contains(r.id)) out += fmt::format("  Profile    {}\n", p.id);
  for (const auto& [name, value] : r.parameters.items())
    out += fmt::format("  Parameter  {} = {}\n", name, dump_json(value));
  constexpr std::size_t kWidth = 100;
  const auto section = [&](std::string_view title, std::string_view text) {
    if (!trim(text).empty()) out += fmt::format("\n{}\n{}", title, wrap(text, kWidth, "  "));
  };
  section("What it asks", r.what);
  section("Why", r.why);
  section("How it is checked", r.how);
  section("How to fix it", r.remediation);
  if (r.attestation) {
    out += "\nQuestions of the attestation\n";
    for (const auto& q : r.attestation->questions) out += wrap(q, kWidth, "  - ");
  }
  if (!r.references.empty()) out += "\nReferences\n";
  for (const auto& reference : r.references) out += fmt::format("  {}\n", reference);
  return out;
}

std::string list(const std::vector<const Requirement*>& requirements) {
  std::size_t id_width = 2;
  for (const auto* r : requirements) id_width = std::max(id_width, r->id.size());
  std::string out =
      fmt::format("{:<{}}  {:<8}  {:>4}  {:<16}  {}\n", "ID", id_width, "SEVERITY", "CVSS", "VERIFIED BY", "TITLE");
  std::size_t verified = 0;
  for (const auto* r : requirements) {
    out += fmt::format("{:<{}}  {:<8}  {:>4.1f}  {:<16}  {}\n", r->id, id_width, to_string(r->severity), r->cvss.score,
                       how_verified(*r), r->title);
    verified += r->verified() ? 1 : 0;
  }
  out += fmt::format(
      "\n{}, {} verified by a judge; the others are never counted as passed. Explain one: assay catalog ID\n",
      plural(requirements.size(), "requirement"), verified);
  return out;
}

struct CatalogCommand {
  std::string id;
  std::string profile;
  std::string kind;
  std::string format = "text";
  std::string directory;
  bool signing_directory = false;
  std::string signing_key;

  int run() const {
    if (format != "text" && format != "json")
      return report_error({ErrorCode::unsupported, fmt::format("--format {}", printable(format)),
                           "the catalogue has no such format", "choose text or json"});
    if (signing_directory) return print_signing_directory();
    RequirementOptions options;
    options.catalog_directory = directory;
    const auto catalog = options.load();
    if (!catalog) return report_error(catalog.error());
    if (!id.empty()) return print_one(*catalog);
    if (!profile.empty() && catalog->find_profile(profile) == nullptr) {
      std::vector<std::string> names;
      for (const auto& p : catalog->profiles()) names.push_back(p.id);
      return report_error({ErrorCode::not_found, fmt::format("--profile {}", printable(profile)),
                           "there is no such profile", "choose one of " + join(names, ", ")});
    }
    std::vector<const Requirement*> shown;
    for (const auto& r : catalog->requirements()) {
      if (!profile.empty() && !catalog->find_profile(profile)->requirements.contains(r.id)) continue;
      if (!kind.empty() && std::ranges::find(r.kinds, kind) == r.kinds.end()) continue;
      shown.push_back(&r);
    }
    if (format == "text") return print(list(shown));
    Json all = Json::array();
    for (const auto* r : shown) all.push_back(requirement_json(*r));
    return print(dump_json(Json{{"schema", "assay-catalog/1"}, {"requirements", all}}, 2) + "\n");
  }

 private:
  static int print(const std::string& text) {
    const auto written = write_stdout(text);
    return written ? static_cast<int>(kClean) : report_error(written.error());
  }

  int print_one(const catalog::Catalog& catalog) const {
    const auto* r = catalog.find(id);
    if (r == nullptr)
      return report_error(
          {ErrorCode::not_found, printable(id), "is no requirement of the catalogue", "list them with assay catalog"});
    return print(format == "json" ? dump_json(requirement_json(*r), 2) + "\n" : explain(*r, catalog));
  }

  int print_signing_directory() const {
    NetworkOptions options;
    options.signing_key = signing_key;
    const auto signer = options.load_signer();
    if (!signer) return report_error(signer.error());
    if (!*signer)
      return report_error(
          {ErrorCode::invalid_input, "--signing-directory", "needs the key that signs requests",
           "name it with --signing-key or ASSAY_SIGNING_KEY; make one with: openssl genpkey -algorithm ed25519"});
    return print(dump_json((*signer)->directory(), 2) + "\n");
  }
};

}  // namespace

void add_catalog(CLI::App& app, Chosen& chosen) {
  auto* command =
      app.add_subcommand("catalog", "List the requirements, or explain one: what is checked, how, CVSS, remedy");
  auto state = std::make_shared<CatalogCommand>();
  command->add_option("id", state->id, "Requirement to explain")->type_name("ID");
  command->add_option("--profile", state->profile, "Only the requirements of this profile")->type_name("PROFILE");
  command->add_option("--kind", state->kind, "Only the requirements for this kind of app")->type_name("KIND");
  command->add_option("--format", state->format, "text or json")->capture_default_str()->type_name("FORMAT");
  command->add_option("--catalog", state->directory, "Add the requirements and profiles in DIR")->type_name("DIR");
  command->add_flag("--signing-directory", state->signing_directory,
                    "Print the key directory with which receivers verify our signed requests");
  command->add_option("--signing-key", state->signing_key, "PEM file with the Ed25519 key that signs requests")
      ->type_name("FILE");
  choose(chosen, command, [state] { return state->run(); });
}

}  // namespace assay::cli

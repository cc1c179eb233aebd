// Recall and precision on files of our own making: tests/secrets/labelled/ and tests/secrets/held_out/ say where
// secrets stand. No rule was written after the first, and nothing at all was tuned on the second. docs/secrets.md
// describes the labels.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/text.h"
#include "catalog/catalog.h"
#include "secrets/engine.h"
#include "unit/secrets/template.h"

namespace assay::secrets {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMark = " @@ ";
constexpr std::string_view kSuffix = ".txt";  // behind the name that a file would have
constexpr std::uint64_t kSeeds = 5;

struct Line {
  std::size_t end = 0;  // in the text, behind the line feed
  std::string label;    // the rule of the secret in it, "generic", or "none"
};

struct File {
  std::string path;  // as the engine sees it
  std::string text;
  std::vector<Line> lines;
};

File fill_file(const fs::path& folder, const fs::path& path, const std::string& content, std::uint64_t seed) {
  File file{.path = fs::relative(path, folder).generic_string(), .text = {}, .lines = {}};
  file.path.resize(file.path.size() - kSuffix.size());
  for (const auto line : split(content, '\n')) {
    const auto mark = line.rfind(kMark);
    const auto label = mark == std::string_view::npos ? "none" : line.substr(mark + kMark.size());
    // A seed of its own for each line: lines that begin alike hold different secrets.
    file.text += fill_template(line.substr(0, mark), (seed << 32U) + file.lines.size()) + "\n";
    file.lines.push_back({file.text.size(), std::string(label)});
  }
  return file;
}

std::vector<fs::path> labelled_files(const fs::path& folder) {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file()) paths.push_back(entry.path());
  std::ranges::sort(paths);
  return paths;
}

struct Score {
  int secrets = 0, found = 0;  // of providers
  int generic_secrets = 0, generic_found = 0;
  int right = 0, wrong = 0;  // findings of providers' rules
  int generic_wrong = 0;
  std::string faults;  // one line each
};

bool is_generic(const Hit& hit) {
  return hit.rule->id.starts_with("generic-");
}

void add_file(const File& file, const std::vector<Hit>& hits, Score& score) {
  std::size_t begin = 0;
  for (const auto& line : file.lines) {
    const bool clean = line.label == "none";
    bool found = false;
    std::string rules;
    for (const auto& hit : hits) {
      if (hit.begin < begin || hit.begin >= line.end || !hit.suppressed.empty()) continue;
      found = found || line.label == "generic" || hit.rule->id == line.label;
      rules += " " + hit.rule->id;
      if (clean && is_generic(hit)) ++score.generic_wrong;
      if (!is_generic(hit)) ++(clean ? score.wrong : score.right);
    }
    if (!clean) {
      ++(line.label == "generic" ? score.generic_secrets : score.secrets);
      if (found) ++(line.label == "generic" ? score.generic_found : score.found);
    }
    if (clean ? !rules.empty() : !found)
      score.faults += fmt::format("{}: {} but found{}: {}", file.path, line.label, rules.empty() ? " nothing" : rules,
                                  file.text.substr(begin, line.end - begin));
    begin = line.end;
  }
}

Score score_all(const fs::path& folder) {
  const auto catalog = catalog::Catalog::embedded();
  if (!catalog) throw std::runtime_error(catalog.error().message());
  const auto engine = Engine::build(*catalog->secret_rules());
  if (!engine) throw std::runtime_error(engine.error().message());
  Engine::Scratch scratch(**engine);
  Score score;
  for (const auto& path : labelled_files(folder)) {
    const auto content = read_file(path.string(), 1U << 20U);
    if (!content) throw std::runtime_error(content.error().message());
    for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
      const auto file = fill_file(folder, path, *content, seed);
      std::vector<Hit> hits;
      (*engine)->scan(file.text, {file.path}, scratch, hits);
      add_file(file, hits, score);
    }
  }
  return score;
}

double share(int part, int rest) {
  return part + rest == 0 ? 0.0 : static_cast<double>(part) / (part + rest);
}

std::string summary_of(const Score& score) {
  return fmt::format(
      "providers: {} of {} found, {} findings wrong of {}; generic: {} of {} found, {} findings wrong\n{}", score.found,
      score.secrets, score.wrong, score.right + score.wrong, score.generic_found, score.generic_secrets,
      score.generic_wrong, score.faults);
}

TEST(LabelledSecrets, ProvidersAreFoundAndLittleElseIs) {
  const auto score = score_all("tests/secrets/labelled");
  const auto summary = summary_of(score);
  EXPECT_GE(score.secrets, 200 * static_cast<int>(kSeeds));
  EXPECT_GE(share(score.found, score.secrets - score.found), 0.98) << summary;
  EXPECT_GE(share(score.right, score.wrong), 0.98) << summary;
  EXPECT_GE(share(score.generic_found, score.generic_secrets - score.generic_found), 0.75) << summary;
  EXPECT_LE(score.generic_wrong, score.secrets / 50) << summary;
  RecordProperty("summary", summary);
}

TEST(LabelledSecrets, SecretsOfNoProviderAreFoundWhereNothingWasTuned) {
  const auto score = score_all("tests/secrets/held_out");
  const auto recall = share(score.generic_found, score.generic_secrets - score.generic_found);
  const auto precision = share(score.generic_found, score.generic_wrong);
  EXPECT_GE(score.generic_secrets, 80 * static_cast<int>(kSeeds));
  EXPECT_GE(2 * recall * precision / (recall + precision), 0.75) << summary_of(score);
  RecordProperty("summary", summary_of(score));
}

}  // namespace
}  // namespace assay::secrets
